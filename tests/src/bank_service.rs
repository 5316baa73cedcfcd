//! The handlers of `bank.v1.Bank`. They are careless on purpose: they treat an error of a stream as its end.

use std::pin::Pin;
use std::sync::{Arc, Mutex};

use secure_runtime::Caller;
use tokio_stream::{Stream, StreamExt};
use tonic::{Request, Response, Status, Streaming};

use crate::services::bank::v1::Transfer;
use crate::services::bank::v1::bank_policy::{Method, rpc};
use crate::services::bank::v1::bank_server::Bank;

/// Remembers every request that reached a handler.
#[derive(Clone, Debug, Default)]
pub struct Ledger(Arc<Mutex<Vec<Entry>>>);

/// A method that ran, or a request that it was given.
pub type Entry = (Method, Option<Transfer>);

impl Ledger {
    /// What was seen since the last time.
    pub fn take(&self) -> Vec<Entry> {
        std::mem::take(&mut *self.0.lock().expect("no handler panics"))
    }

    fn saw(&self, method: Method, request: Option<Transfer>) {
        self.0.lock().expect("no handler panics").push((method, request));
    }

    fn one(&self, method: Method, request: Request<Transfer>) -> Result<Response<Transfer>, Status> {
        self.saw(method, Some(request.into_inner()));
        Ok(Response::new(Transfer::default()))
    }
}

/// Handlers that take no error for an answer: they go on with whatever comes, and answer with it.
#[derive(Clone, Debug, Default)]
pub struct Stubborn(Ledger);

type Transfers = Pin<Box<dyn Stream<Item = Result<Transfer, Status>> + Send>>;

impl Bank for Ledger {
    type BalanceStream = Transfers;
    type TradeStream = Transfers;

    async fn open(&self, _: Caller<rpc::Open>, request: Request<Transfer>) -> Result<Response<Transfer>, Status> {
        self.one(Method::Open, request)
    }

    async fn open_all(
        &self,
        _: Caller<rpc::OpenAll>,
        request: Request<Streaming<Transfer>>,
    ) -> Result<Response<Transfer>, Status> {
        self.saw(Method::OpenAll, None);
        let mut requests = request.into_inner();
        while let Ok(Some(request)) = requests.message().await {
            self.saw(Method::OpenAll, Some(request));
        }
        Ok(Response::new(Transfer::default()))
    }

    async fn balance(
        &self,
        _: Caller<rpc::Balance>,
        request: Request<Transfer>,
    ) -> Result<Response<Transfers>, Status> {
        self.saw(Method::Balance, Some(request.into_inner()));
        Ok(Response::new(Box::pin(tokio_stream::once(Ok(Transfer::default())))))
    }

    /// Reads in a task of its own, and answers for ever.
    async fn trade(
        &self,
        _: Caller<rpc::Trade>,
        request: Request<Streaming<Transfer>>,
    ) -> Result<Response<Transfers>, Status> {
        self.saw(Method::Trade, None);
        let (mut requests, ledger) = (request.into_inner(), self.clone());
        tokio::spawn(async move {
            while let Ok(Some(request)) = requests.message().await {
                ledger.saw(Method::Trade, Some(request));
            }
        });
        let first = tokio_stream::once(Ok(Transfer::default()));
        Ok(Response::new(Box::pin(first.chain(tokio_stream::pending()))))
    }

    async fn wire(&self, _: Caller<rpc::Wire>, request: Request<Transfer>) -> Result<Response<Transfer>, Status> {
        self.one(Method::Wire, request)
    }

    async fn token(&self, _: Caller<rpc::Token>, request: Request<Transfer>) -> Result<Response<Transfer>, Status> {
        self.one(Method::Token, request)
    }

    async fn both(&self, _: Caller<rpc::Both>, request: Request<Transfer>) -> Result<Response<Transfer>, Status> {
        self.one(Method::Both, request)
    }

    async fn settle(&self, _: Caller<rpc::Settle>, request: Request<Transfer>) -> Result<Response<Transfer>, Status> {
        self.one(Method::Settle, request)
    }

    async fn close(&self, _: Caller<rpc::Close>, request: Request<Transfer>) -> Result<Response<Transfer>, Status> {
        self.one(Method::Close, request)
    }

    async fn ping(
        &self,
        _: Option<Caller<rpc::Ping>>,
        request: Request<Transfer>,
    ) -> Result<Response<Transfer>, Status> {
        self.one(Method::Ping, request)
    }
}

impl Bank for Stubborn {
    type BalanceStream = Transfers;
    type TradeStream = Transfers;

    async fn open(&self, caller: Caller<rpc::Open>, request: Request<Transfer>) -> Result<Response<Transfer>, Status> {
        self.0.open(caller, request).await
    }

    async fn open_all(
        &self,
        _: Caller<rpc::OpenAll>,
        request: Request<Streaming<Transfer>>,
    ) -> Result<Response<Transfer>, Status> {
        let mut requests = request.into_inner();
        while requests.next().await.is_some() {}
        Ok(Response::new(Transfer::default()))
    }

    async fn balance(
        &self,
        caller: Caller<rpc::Balance>,
        request: Request<Transfer>,
    ) -> Result<Response<Transfers>, Status> {
        self.0.balance(caller, request).await
    }

    async fn trade(
        &self,
        _: Caller<rpc::Trade>,
        request: Request<Streaming<Transfer>>,
    ) -> Result<Response<Transfers>, Status> {
        Ok(Response::new(Box::pin(request.into_inner().filter_map(Result::ok).map(Ok))))
    }

    async fn wire(&self, caller: Caller<rpc::Wire>, request: Request<Transfer>) -> Result<Response<Transfer>, Status> {
        self.0.wire(caller, request).await
    }

    async fn token(
        &self,
        caller: Caller<rpc::Token>,
        request: Request<Transfer>,
    ) -> Result<Response<Transfer>, Status> {
        self.0.token(caller, request).await
    }

    async fn both(&self, caller: Caller<rpc::Both>, request: Request<Transfer>) -> Result<Response<Transfer>, Status> {
        self.0.both(caller, request).await
    }

    async fn settle(
        &self,
        caller: Caller<rpc::Settle>,
        request: Request<Transfer>,
    ) -> Result<Response<Transfer>, Status> {
        self.0.settle(caller, request).await
    }

    async fn close(
        &self,
        caller: Caller<rpc::Close>,
        request: Request<Transfer>,
    ) -> Result<Response<Transfer>, Status> {
        self.0.close(caller, request).await
    }

    async fn ping(
        &self,
        caller: Option<Caller<rpc::Ping>>,
        request: Request<Transfer>,
    ) -> Result<Response<Transfer>, Status> {
        self.0.ping(caller, request).await
    }
}
