//! The shop itself: handlers that receive the proof of who calls.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};

use secure_runtime::tonic::{Request, Response, Status, Streaming};
use secure_runtime::{Caller, Holds};
use tokio_stream::{Stream, StreamExt};

use crate::pb::orders_policy::rpc;
use crate::pb::orders_server::Orders;
use crate::pb::{
    GetRequest, GetResponse, ImportRequest, ImportResponse, Order, PackRequest, PackResponse, PingRequest,
    PingResponse, WatchRequest, WatchResponse, WhoAmIRequest, WhoAmIResponse, policy_roles,
};

/// Orders by number.
pub(crate) struct Shop(Mutex<BTreeMap<u64, Order>>);

impl Shop {
    pub(crate) fn new() -> Self {
        Self(Mutex::new([(7, Order { id: 7, item: "tea".to_owned() })].into()))
    }

    fn orders(&self) -> MutexGuard<'_, BTreeMap<u64, Order>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Only an admin may replace everything: the compiler asks for the proof.
    fn replace(&self, orders: BTreeMap<u64, Order>, _by: &impl Holds<policy_roles::Admin>) {
        *self.orders() = orders;
    }
}

type Responses<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

impl Orders for Shop {
    type WatchStream = Responses<WatchResponse>;
    type PackStream = Responses<PackResponse>;

    async fn ping(
        &self,
        _caller: Option<Caller<rpc::Ping>>,
        _request: Request<PingRequest>,
    ) -> Result<Response<PingResponse>, Status> {
        Ok(Response::new(PingResponse {}))
    }

    async fn who_am_i(
        &self,
        caller: Caller<rpc::WhoAmI>,
        _request: Request<WhoAmIRequest>,
    ) -> Result<Response<WhoAmIResponse>, Status> {
        Ok(Response::new(WhoAmIResponse { subject: caller.subject().to_owned() }))
    }

    async fn get(
        &self,
        _caller: Caller<rpc::Get>,
        request: Request<GetRequest>,
    ) -> Result<Response<GetResponse>, Status> {
        let order = self.orders().get(&request.get_ref().id).cloned();
        let order = order.ok_or_else(|| Status::not_found("no such order"))?;
        Ok(Response::new(GetResponse { order: Some(order) }))
    }

    async fn watch(
        &self,
        _caller: Caller<rpc::Watch>,
        _request: Request<WatchRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        let orders = self.orders().clone().into_values();
        let responses = orders.map(|order| Ok(WatchResponse { order: Some(order) }));
        Ok(Response::new(Box::pin(tokio_stream::iter(responses))))
    }

    async fn import(
        &self,
        caller: Caller<rpc::Import>,
        request: Request<Streaming<ImportRequest>>,
    ) -> Result<Response<ImportResponse>, Status> {
        let mut requests = request.into_inner();
        let mut orders = BTreeMap::new();
        while let Some(request) = requests.next().await {
            let order = request?.order.unwrap_or_default();
            orders.insert(order.id, order);
        }
        let count = orders.len() as u64;
        self.replace(orders, &caller);
        Ok(Response::new(ImportResponse { count }))
    }

    async fn pack(
        &self,
        _caller: Caller<rpc::Pack>,
        request: Request<Streaming<PackRequest>>,
    ) -> Result<Response<Self::PackStream>, Status> {
        let orders = self.orders().clone();
        let responses =
            request.into_inner().map(move |request| Ok(PackResponse { order: orders.get(&request?.id).cloned() }));
        Ok(Response::new(Box::pin(responses)))
    }
}
