//! What is served, and over what.

use std::convert::Infallible;
use std::fmt;
use std::future::{Future, pending};

use http::Request;
use tokio::net::TcpListener;
use tonic::body::Body;
use tonic::service::Routes;
use tower::Service;

use super::serve;
use crate::gate::{Answer, SecuredService};

/// A gRPC server that takes secured services only.
///
/// ```no_run
/// # use secure_runtime::{Public, Server, danger};
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// # let (reporter, health) = tonic_health::server::health_reporter();
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:50051").await?;
/// Server::new(danger::serve_plaintext("nobody but this host reaches the listener"))
///     .add(Public::health(health))
///     .serve(listener)
///     .await?;
/// # Ok(())
/// # }
/// ```
pub struct Server {
    transport: Transport,
    routes: Routes,
    names: Vec<&'static str>,
}

impl Server {
    /// A server without services.
    pub fn new(transport: impl Into<Transport>) -> Self {
        Self { transport: transport.into(), routes: Routes::default(), names: Vec::new() }
    }

    /// Adds a service. Paths of services that were not added are answered with UNIMPLEMENTED.
    #[expect(clippy::should_implement_trait, reason = "a server is no number")]
    #[must_use]
    pub fn add<S>(mut self, service: S) -> Self
    where
        S: SecuredService
            + Service<Request<Body>, Response = Answer, Error = Infallible, Future: Send>
            + Clone
            + Send
            + Sync
            + 'static,
    {
        // The router panics on a second service of one name; `serve` reports it instead.
        if !self.names.contains(&S::NAME) {
            self.routes = self.routes.add_service(service);
        }
        self.names.push(S::NAME);
        self
    }

    /// Serves until the listener is dropped with this future.
    ///
    /// # Errors
    ///
    /// Two services have one name.
    pub async fn serve(self, listener: TcpListener) -> Result<(), ServeError> {
        self.serve_with_shutdown(listener, pending()).await
    }

    /// Serves until `signal` resolves, then lets calls in flight finish.
    ///
    /// # Errors
    ///
    /// Two services have one name.
    pub async fn serve_with_shutdown(
        self,
        listener: TcpListener,
        signal: impl Future<Output = ()>,
    ) -> Result<(), ServeError> {
        if let Some(name) = first_twin(self.names) {
            return Err(ServeError::ServiceAddedTwice(name));
        }
        serve::until(signal, listener, self.transport, self.routes.prepare()).await;
        Ok(())
    }
}

fn first_twin(mut names: Vec<&'static str>) -> Option<&'static str> {
    names.sort_unstable();
    names.windows(2).find_map(|pair| (pair[0] == pair[1]).then_some(pair[0]))
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("services", &self.names).finish_non_exhaustive()
    }
}

/// What calls come over.
#[derive(Debug)]
pub struct Transport(pub(super) ());

impl Transport {
    pub(crate) fn plaintext() -> Self {
        Self(())
    }
}

/// Why a server does not serve.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// Two services have one name, so one of them would never be called.
    #[error("the service `{0}` was added twice")]
    ServiceAddedTwice(&'static str),
}
