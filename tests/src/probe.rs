//! A service that answers with what its server sees of a call, a server of it, and calls to it.

use std::future::pending;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime};

use secure_runtime::authz::Denial;
use secure_runtime::server::{IntoTransport, Limits};
use secure_runtime::{Authentication, CallHead, Caller, Credentials, Gate, Principal, SecureChannel, Server};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_stream::adapters::Chain;
use tokio_stream::{Once, Stream, StreamExt};
use tonic::{Code, Request, Response, Status, Streaming};

use crate::services::lab::probe_client::ProbeClient;
use crate::services::lab::probe_policy::rpc;
use crate::services::lab::probe_server::{Probe, ProbeServer};

/// A server that ends with its value.
#[derive(Debug)]
#[non_exhaustive]
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    handlers: Handlers,
    /// Dropped, it begins the shutdown.
    pub stop: Option<oneshot::Sender<()>>,
    /// Ends with the server.
    pub task: JoinHandle<()>,
}

impl Running {
    /// Serves the probe, to callers whose token is their name.
    pub async fn start(transport: impl IntoTransport, limits: Limits) -> Self {
        Self::start_with(transport, |server| server.limits(limits)).await
    }

    /// The same, with further settings of the server.
    pub async fn start_with(transport: impl IntoTransport, tell: impl FnOnce(Server) -> Server) -> Self {
        Self::start_gated(transport, Gate::new(by_name), tell).await
    }

    /// The same, behind this gate.
    pub async fn start_gated(transport: impl IntoTransport, gate: Gate, tell: impl FnOnce(Server) -> Server) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a server on loopback");
        let address = listener.local_addr().expect("a server on loopback");
        let handlers = Handlers::default();
        let server = tell(Server::new(transport)).add(ProbeServer::new(handlers.clone(), gate));
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(async move {
            server.serve_with_shutdown(listener, async { _ = stopped.await }).await.expect("a server on loopback");
        });
        Self { address, handlers, stop: Some(stop), task }
    }

    /// How many handlers are running.
    pub fn running_handlers(&self) -> usize {
        // One count is ours, one the server's.
        Arc::strong_count(&self.handlers.0) - 2
    }

    /// How the requests of `Collect` ended.
    pub fn requests_ended(&self) -> Option<Code> {
        *self.handlers.1.lock().expect("no reader panics")
    }

    /// The address for channels.
    pub fn uri(&self) -> String {
        format!("https://localhost:{}", self.address.port())
    }

    /// Begins the shutdown.
    pub fn stop(&mut self) {
        self.stop = None;
    }
}

/// Takes any token for the name of its bearer.
pub fn by_name(head: &CallHead<'_>) -> Authentication {
    match head.bearer() {
        Ok(Some(token)) if token.as_str() == "short-lived" => {
            Principal::new("lab", "short-lived").expires_at(SystemTime::now() + Duration::from_millis(500)).into()
        }
        Ok(Some(token)) => Principal::new("lab", token.as_str()).into(),
        Ok(None) => Authentication::anonymous(),
        Err(rejection) => rejection.into(),
    }
}

/// Counts the handlers that are running.
#[derive(Clone, Debug, Default)]
struct Handlers(Arc<()>, Arc<Mutex<Option<Code>>>);

/// One message, then silence, as long as its handler is held.
type OneAndSilence = Chain<Once<Result<String, Status>>, Silence>;

/// No message, ever.
#[derive(Debug)]
pub struct Silence(#[expect(dead_code, reason = "counted while it lives")] Arc<()>);

impl Stream for Silence {
    type Item = Result<String, Status>;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Pending
    }
}

impl Probe for Handlers {
    type FollowStream = OneAndSilence;

    async fn open(
        &self,
        caller: Option<Caller<rpc::Open>>,
        request: Request<String>,
    ) -> Result<Response<String>, Status> {
        if let Some(length) = request.get_ref().strip_prefix("bytes ") {
            return Ok(Response::new("x".repeat(length.parse().unwrap_or(0))));
        }
        tokio::time::sleep(Duration::from_millis(request.get_ref().parse().unwrap_or(0))).await;
        let subject = caller.as_ref().map_or("nobody", |caller| caller.subject());
        let known = request.remote_addr().is_some() && request.local_addr().is_some();
        Ok(Response::new(format!("{subject}, addresses {}", if known { "known" } else { "unknown" })))
    }

    async fn who(&self, caller: Caller<rpc::Who>, _: Request<String>) -> Result<Response<String>, Status> {
        if caller.subject() == "forwarder" {
            // What another server said about the token that this one sent it.
            return Err(Denial::CredentialExpired.into());
        }
        let certificates = caller.peer().map_or(0, |peer| peer.chain().len());
        Ok(Response::new(format!("{}, {certificates} certificates", caller.subject())))
    }

    async fn hang(&self, _: Caller<rpc::Hang>, _: Request<String>) -> Result<Response<String>, Status> {
        let _running = Arc::clone(&self.0);
        pending().await
    }

    async fn follow(&self, _: Caller<rpc::Follow>, _: Request<String>) -> Result<Response<Self::FollowStream>, Status> {
        let first = tokio_stream::once(Ok("first".to_owned()));
        Ok(Response::new(first.chain(Silence(Arc::clone(&self.0)))))
    }

    async fn collect(
        &self,
        _: Caller<rpc::Collect>,
        request: Request<Streaming<String>>,
    ) -> Result<Response<String>, Status> {
        let running = Arc::clone(&self.0);
        let ended = Arc::clone(&self.1);
        let mut requests = request.into_inner();
        // A task of its own is not dropped with the handler.
        let reading = tokio::spawn(async move {
            let _running = running;
            let end = loop {
                match requests.message().await {
                    Ok(Some(_)) => {}
                    Ok(None) => break Code::Ok,
                    Err(status) => break status.code(),
                }
            };
            *ended.lock().expect("no reader panics") = Some(end);
        });
        reading.await.map_err(|_| Status::internal("the reader panicked"))?;
        Ok(Response::new("ended".to_owned()))
    }
}

/// Calls the public method.
pub async fn call_open(channel: &SecureChannel, request: &str) -> Result<String, Status> {
    let client = ProbeClient::new(channel.clone(), Credentials::none());
    Ok(client.open(request.to_owned()).await?.into_inner())
}

/// Calls the protected method.
pub async fn call_who(channel: &SecureChannel, credentials: Credentials) -> Result<String, Status> {
    Ok(ProbeClient::new(channel.clone(), credentials).who(String::new()).await?.into_inner())
}
