//! The builder of a server: transport, services, limits and layers.

use std::convert::Infallible;
use std::fmt;
use std::future::{Future, pending};
use std::io;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderName, Request};
use tokio_stream::Stream;
use tonic::body::Body;
use tower::util::BoxCloneSyncService;
use tower::{BoxError, Layer, Service};

use super::app::App;
use super::connection::Host;
use super::fallback::Fallback;
use super::layers::{CredentialHeaders, Layers};
use super::mounted::Mounted;
use super::observer::Observer;
use super::routes::Routes;
use super::serve::serve_until;
use super::{ClientStream, IntoTransport, Limits, Listener, ServeError, Transport, Ungated, build, descriptors};
use crate::audit::AuditLogger;
use crate::gate::{Answer, AnyService, SecuredService};
#[cfg(feature = "otel")]
use crate::otel::{Methods, Resolve, Telemetry, TelemetryLayer};

/// A gRPC server that serves secured services only.
///
/// Generated servers, [`Gated`](crate::Gated) and [`Public`](crate::Public) are secured. A service without a gate does
/// not compile here.
///
/// ```no_run
/// # use secure_runtime::{SecuredService, Server, ServerTls};
/// # async fn run<S>(orders: S) -> Result<(), Box<dyn std::error::Error>>
/// # where S: SecuredService + Send + Sync + 'static {
/// let listener = tokio::net::TcpListener::bind("0.0.0.0:50051").await?;
/// Server::new(ServerTls::from_pem_dir("/etc/tls")?.without_client_certificates())
///     .add(orders)
///     .serve(listener)
///     .await?;
/// # Ok(())
/// # }
/// ```
pub struct Server {
    pub(super) transport: Transport,
    limits: Limits,
    services: Vec<(&'static str, AnyService)>,
    method_without_rate: Option<(&'static str, &'static str)>,
    pub(super) mounted: Mounted,
    credential_headers: Vec<HeaderName>,
    max_credential_bytes: usize,
    fallback: Option<Ungated>,
    layers: Layers,
    #[cfg(feature = "otel")]
    methods: Vec<(&'static str, Resolve)>,
    observer: Observer,
    listeners: Vec<Listener>,
}

impl Server {
    /// Creates a server without services, with the default [`Limits`].
    ///
    /// `transport` is a [`ServerTls`](crate::ServerTls) that says what it does about client certificates, or the value of
    /// [`danger::serve_plaintext`](crate::danger::serve_plaintext).
    pub fn new(transport: impl IntoTransport) -> Self {
        Self {
            transport: transport.into_transport(),
            limits: Limits::default(),
            services: Vec::new(),
            method_without_rate: None,
            mounted: Mounted::default(),
            credential_headers: Vec::new(),
            max_credential_bytes: 0,
            fallback: None,
            layers: Layers::default(),
            #[cfg(feature = "otel")]
            methods: Vec::new(),
            observer: Observer::default(),
            listeners: Vec::new(),
        }
    }

    /// Replaces the limits on what one client may take of the server. [`serve`](Self::serve) checks their bounds.
    #[must_use]
    pub fn limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// Adds a service. A call of a service that was not added fails with UNIMPLEMENTED.
    ///
    /// A service name can be added once: [`serve`](Self::serve) fails if there are two.
    #[must_use]
    #[expect(clippy::should_implement_trait, reason = "nobody adds servers up")]
    pub fn add<S>(mut self, service: S) -> Self
    where
        S: SecuredService + Send + Sync + 'static,
    {
        self.method_without_rate = self.method_without_rate.or_else(|| service.method_without_rate());
        self.credential_headers.extend_from_slice(service.credential_headers());
        self.max_credential_bytes = self.max_credential_bytes.max(service.max_credential_bytes());
        self.mounted.add(service.table());
        #[cfg(feature = "otel")]
        self.methods.push((S::NAME, S::method_at));
        self.services.push((S::NAME, Box::new(service)));
        self
    }

    /// Serves other routes, such as an axum `Router`, on all paths that belong to no added service.
    ///
    /// **These routes have no gate.** Callers are not authenticated, no rule is evaluated and no audit event is written.
    /// Only [`danger::ungated`](crate::danger::ungated) creates the argument. A request keeps its credentials, and its
    /// addresses are in a `TcpConnectInfo` extension.
    ///
    /// The routes never receive gRPC requests: a gRPC call of a service that was not added fails with UNIMPLEMENTED. A gRPC
    /// server among the routes would also run for other content types. Its responses are withheld, with HTTP status 501 and
    /// an error in the log. A second fallback replaces the first.
    ///
    /// Without a fallback, a request that is not gRPC and for no added service gets HTTP status 404.
    #[must_use]
    pub fn fallback(self, routes: Ungated) -> Self {
        Self { fallback: Some(routes), ..self }
    }

    /// Wraps all services and routes in a tower layer: gRPC-Web, CORS, compression, tracing. The first layer added sees a
    /// request first.
    ///
    /// Layers run before the gates. A layer may answer a request by itself; then no rule is evaluated and no audit
    /// event is written. A layer may change a request; the gate decides about the changed request. A layer cannot
    /// bypass a gate. The connection of a request is recorded in a private type, and nothing that a layer can write
    /// creates a caller.
    ///
    /// A layer sees every credential, so add only layers that you trust with them. The deadline of a call (`grpc-timeout`)
    /// is enforced by its gate. A layer that waits must limit its own time.
    ///
    /// If a layer fails, gRPC clients get a status:
    ///
    /// - DEADLINE_EXCEEDED from tower's `Timeout`. Its time ends with the first byte of the response.
    /// - RESOURCE_EXHAUSTED from tower's `LoadShed`.
    /// - The status itself, if the error is one.
    /// - INTERNAL from all other errors. Their text goes to the log.
    ///
    /// Clients that are not gRPC get the HTTP status 504, 503 or 500.
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
        L::Service: Service<Request<Body>, Response = http::Response<B>, Error: Into<BoxError>, Future: Send>
            + Clone
            + Send
            + Sync
            + 'static,
        B: http_body::Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
    {
        self.layers.push(layer);
        self
    }

    /// Records what no gate sees. Default: nothing of it is recorded.
    ///
    /// - Connections that are closed before there is a call on them: [`AuditLogger::log_connection`].
    /// - Limits that clients reach on open connections: [`AuditLogger::log_limit`].
    /// - Calls of [`Public::health`](crate::Public::health), summed up: [`AuditLogger::log_health`].
    #[must_use]
    pub fn audit(mut self, audit: impl AuditLogger) -> Self {
        self.observer.set_audit(audit);
        self
    }

    /// Measures and traces all gRPC requests. Default: none. See [`otel`](crate::otel).
    ///
    /// It is inside all layers: what a layer answers by itself is not measured.
    #[cfg(feature = "otel")]
    #[must_use]
    pub fn telemetry(mut self, telemetry: Telemetry) -> Self {
        self.observer.telemetry = Some(telemetry);
        self
    }

    /// Also serves on another listener: a TCP port, a [`UnixSocket`](super::UnixSocket), or a stream of connections.
    ///
    /// Services, layers and limits are those of the whole server. A Unix socket has no TLS.
    #[must_use]
    pub fn also_on(mut self, listener: impl Into<Listener>) -> Self {
        self.listeners.push(listener.into());
        self
    }

    /// Serves until the future is dropped. Dropping it closes the listener and all connections at once.
    ///
    /// # Errors
    ///
    /// Fails before it accepts a connection, with one [`ServeError`] for each cause:
    ///
    /// - Two services have the same name.
    /// - A limit is out of bounds.
    /// - The TLS settings do not work.
    /// - The process may open fewer file descriptors than [`Limits::max_connections`] needs.
    /// - A method names a rate class that its gate has no rate for.
    pub async fn serve(self, listener: impl Into<Listener>) -> Result<(), ServeError> {
        self.serve_with_shutdown(listener, pending()).await
    }

    /// Serves connections of any stream, until it has ended and they have, or the future is dropped. The transport of the
    /// server applies to them: see [`Listener::incoming`].
    ///
    /// For a shutdown, pass [`Listener::incoming`] to [`serve_with_shutdown`](Self::serve_with_shutdown).
    ///
    /// ```no_run
    /// # use secure_runtime::{Server, ServerTls};
    /// # async fn run(tls: ServerTls) -> Result<(), Box<dyn std::error::Error>> {
    /// let listener = tokio::net::TcpListener::bind("0.0.0.0:50051").await?;
    /// let connections = tokio_stream::wrappers::TcpListenerStream::new(listener);
    /// Server::new(tls).serve_with_incoming(connections).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`serve`](Self::serve).
    pub async fn serve_with_incoming<S: ClientStream>(
        self,
        connections: impl Stream<Item = io::Result<S>> + Send + 'static,
    ) -> Result<(), ServeError> {
        self.serve(Listener::incoming(connections)).await
    }

    /// Serves until `signal` resolves, then shuts down:
    ///
    /// 1. The listeners close, and unfinished handshakes are dropped.
    /// 2. Clients are told to start no new calls (HTTP/2 GOAWAY).
    /// 3. Running calls have [`Limits::drain_timeout`] to finish. Then their connections are closed.
    ///
    /// # Errors
    ///
    /// As for [`serve`](Self::serve).
    pub async fn serve_with_shutdown(
        mut self,
        listener: impl Into<Listener>,
        signal: impl Future<Output = ()>,
    ) -> Result<(), ServeError> {
        self.listeners.push(listener.into());
        self.transport.check(&self.listeners)?;
        if let Some(name) = self.mounted.duplicate() {
            return Err(ServeError::ServiceAddedTwice(name));
        }
        if let Some((method, class)) = self.method_without_rate {
            return Err(ServeError::NoRateOfClass { method, class });
        }
        if let Some(limit) = self.limits.out_of_bounds() {
            return Err(ServeError::LimitOutOfBounds(limit));
        }
        descriptors::ensure(&self.limits)?;
        build::warn();
        build::log(&self.mounted, &self.listeners);
        let acceptor = self.transport.acceptor()?;
        let credentials = CredentialHeaders::new(self.credential_headers);
        let fallback = match self.fallback {
            Some(routes) => Fallback::Ungated(routes, credentials.clone()),
            None => Fallback::NotFound,
        };
        #[cfg(feature = "otel")]
        let layers = measured(self.layers, self.observer.telemetry.clone(), self.methods);
        #[cfg(not(feature = "otel"))]
        let layers = self.layers;
        let app = App::new(Routes::new(self.services, fallback), layers, credentials);
        let limits = Arc::new(self.limits.for_credentials_of(self.max_credential_bytes));
        let host = Host { acceptor, limits, app, observer: Arc::new(self.observer) };
        serve_until(signal, self.listeners, host).await;
        Ok(())
    }
}

/// Adds the measurements inside all layers.
#[cfg(feature = "otel")]
fn measured(mut layers: Layers, telemetry: Option<Telemetry>, methods: Vec<(&'static str, Resolve)>) -> Layers {
    if let Some(telemetry) = telemetry {
        layers.push(TelemetryLayer::new(telemetry, Methods::new(methods)));
    }
    layers
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("services", &self.mounted.names()).finish_non_exhaustive()
    }
}
