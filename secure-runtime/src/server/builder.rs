//! What is served, and over what.

use std::convert::Infallible;
use std::fmt;
use std::future::{Future, pending};
use std::sync::Arc;

use bytes::Bytes;
use http::Request;
use tokio::net::TcpListener;
use tonic::body::Body;
use tonic::service::Routes;
use tower::util::BoxCloneSyncService;
use tower::{BoxError, Layer, Service};

use super::connection::Host;
use super::layers::Layers;
use super::{IntoTransport, Limits, Transport, Ungated, serve};
use crate::gate::{Answer, SecuredService};
use crate::tls::TlsError;

/// A gRPC server that takes secured services only.
///
/// ```no_run
/// # use secure_runtime::{Public, Server, ServerTls};
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// # let (reporter, health) = tonic_health::server::health_reporter();
/// let listener = tokio::net::TcpListener::bind("0.0.0.0:50051").await?;
/// Server::new(ServerTls::from_pem_dir("/etc/tls")?.without_client_certificates())
///     .add(Public::health(health))
///     .serve(listener)
///     .await?;
/// # Ok(())
/// # }
/// ```
pub struct Server {
    transport: Transport,
    limits: Limits,
    routes: Routes,
    names: Vec<&'static str>,
    fallback: Option<Ungated>,
    layers: Layers,
}

impl Server {
    /// A server without services.
    pub fn new(transport: impl IntoTransport) -> Self {
        Self {
            transport: transport.into_transport(),
            limits: Limits::default(),
            routes: Routes::default(),
            names: Vec::new(),
            fallback: None,
            layers: Layers::default(),
        }
    }

    /// Replaces the limits on what one client may take.
    #[must_use]
    pub fn limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// Adds a service. Paths of services that were not added are answered with UNIMPLEMENTED.
    #[must_use]
    #[expect(clippy::should_implement_trait, reason = "nobody adds servers up")]
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

    /// Serves other routes, such as an axum `Router`, on the paths that belong to no added service.
    ///
    /// **No gate stands in front of them.** Nobody is authenticated, nothing is decided, and no event is written: that
    /// is why only [`danger::ungated`](crate::danger::ungated) makes what this takes. A request has its credential where it
    /// was sent, and its addresses in a `TcpConnectInfo`. No gRPC request gets there: one for a service that was not added
    /// is UNIMPLEMENTED, as ever. A second fallback replaces the first.
    #[must_use]
    pub fn fallback(self, routes: Ungated) -> Self {
        Self { fallback: Some(routes), ..self }
    }

    /// Puts a layer around everything: gRPC-Web, CORS, compression, traces. The first one added sees a request first.
    ///
    /// A layer is outside of every gate. It may answer by itself, and then nothing is decided or written; it may change
    /// what it passes on, and the gate decides about what arrives. It cannot get around a gate:
    /// the word of the server for a request's connection has a type that nobody else can name, and nothing that a layer
    /// could write makes a caller. It does see every credential, so take none that you would not hand one to.
    ///
    /// ```no_run
    /// # use secure_runtime::{Server, ServerTls};
    /// # use tower::layer::util::Identity;
    /// # fn layered(tls: ServerTls, cors: Identity, grpc_web: Identity) -> Server {
    /// Server::new(tls).layer(cors).layer(grpc_web)
    /// # }
    /// ```
    #[must_use]
    pub fn layer<L, B>(mut self, layer: L) -> Self
    where
        L: Layer<BoxCloneSyncService<Request<Body>, Answer, Infallible>> + Send + 'static,
        L::Service: Service<Request<Body>, Response = http::Response<B>, Error = Infallible, Future: Send>
            + Clone
            + Send
            + Sync
            + 'static,
        B: http_body::Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
    {
        self.layers.push(layer);
        self
    }

    /// Serves for as long as this future is kept; dropping it closes the listener and every connection.
    ///
    /// # Errors
    ///
    /// Two services have one name, a limit is out of bounds, or the TLS settings do not work.
    pub async fn serve(self, listener: TcpListener) -> Result<(), ServeError> {
        self.serve_with_shutdown(listener, pending()).await
    }

    /// Serves until `signal` resolves, then accepts nothing more, drops handshakes, and lets calls in flight finish
    /// within [`Limits::drain_timeout`].
    ///
    /// # Errors
    ///
    /// As for [`serve`](Self::serve).
    pub async fn serve_with_shutdown(
        self,
        listener: TcpListener,
        signal: impl Future<Output = ()>,
    ) -> Result<(), ServeError> {
        if let Some(name) = first_twin(self.names) {
            return Err(ServeError::ServiceAddedTwice(name));
        }
        if let Some(limit) = self.limits.out_of_bounds() {
            return Err(ServeError::LimitOutOfBounds(limit));
        }
        let acceptor = self.transport.acceptor()?;
        let routes = match self.fallback {
            Some(fallback) => fallback.beside(self.routes),
            None => self.routes,
        };
        let host = Host { acceptor, limits: Arc::new(self.limits), app: self.layers.around(routes.prepare()) };
        serve::until(signal, listener, host).await;
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

/// Why a server does not serve.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// A limit is nothing, or so high that it limits nothing.
    #[error("the limit `{0}` is zero, or so high that it limits nothing")]
    LimitOutOfBounds(&'static str),
    /// Two services have one name, so one of them would never be called.
    #[error("the service `{0}` was added twice")]
    ServiceAddedTwice(&'static str),
    /// The TLS settings do not work.
    #[error("the TLS settings do not work")]
    Tls(#[from] TlsError),
}

debug_as_display!(ServeError);
