//! Where a server accepts connections: TCP, Unix sockets, and any other stream of connections.

use std::fmt;
use std::io;
use std::pin::Pin;

use tokio::net::TcpListener;
use tokio_stream::{Stream, StreamExt};

use super::proxy_protocol::Proxied;
use super::stream::{ClientStream, ServerStream};
use super::trusted_proxies::TrustedProxies;
#[cfg(unix)]
use super::unix::UnixSocket;

/// Where a server accepts connections.
///
/// [`Server::serve`](crate::Server::serve) takes a [`TcpListener`], a [`UnixSocket`], or the value of
/// [`incoming`](Self::incoming). [`Server::also_on`](crate::Server::also_on) adds further ones.
///
/// ```no_run
/// # use secure_runtime::{Server, ServerTls};
/// # use secure_runtime::server::{UnixSocket, shutdown_signal};
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let network = tokio::net::TcpListener::bind("0.0.0.0:50051").await?;
/// Server::new(ServerTls::from_pem_dir("/etc/tls")?.without_client_certificates())
///     // .add(OrdersServer::new(Shop, gate))
///     .also_on(UnixSocket::bind("/run/orders/orders.sock")?)
///     .serve_with_shutdown(network, shutdown_signal())
///     .await?;
/// # Ok(())
/// # }
/// ```
pub struct Listener(Source);

enum Source {
    Incoming(Incoming),
    Tcp(TcpListener),
    #[cfg(unix)]
    Unix(UnixSocket),
}

type Incoming = Pin<Box<dyn Stream<Item = io::Result<ServerStream>> + Send>>;

impl Listener {
    /// Takes connections from a stream. The transport of the server applies to them: TLS, unless the server is one of
    /// [`danger::serve_plaintext`](crate::danger::serve_plaintext).
    ///
    /// An error in the stream is logged, and the next connection is taken after a delay of up to a second. When the stream
    /// ends, its connections are served to their end.
    pub fn incoming<S>(connections: impl Stream<Item = io::Result<S>> + Send + 'static) -> Self
    where
        S: ClientStream,
    {
        Self(Source::Incoming(Box::pin(connections.map(|accepted| accepted.map(ServerStream::other)))))
    }

    /// Takes connections from proxies that say who their clients are, by the PROXY protocol, version 2.
    ///
    /// The address of a client in limits, audit events and handlers is the one that the proxy names. A connection is
    /// closed if it does not come from `proxies`. It is also closed if its header does not arrive within 2 s, is of
    /// version 1, or is not for TCP. A proxy that connects for itself, to check the server's health, has its own
    /// address.
    ///
    /// Risk: who can connect from an address in `proxies` can pretend to be a client of any address. Trust the proxies alone,
    /// and not the network they are in.
    ///
    /// ```no_run
    /// # use secure_runtime::{Server, ServerTls};
    /// # use secure_runtime::server::{Listener, TrustedProxies};
    /// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
    /// let listener = tokio::net::TcpListener::bind("0.0.0.0:50051").await?;
    /// let proxies = TrustedProxies::new(["10.1.2.3", "10.1.2.4"])?;
    /// Server::new(ServerTls::from_pem_dir("/etc/tls")?.without_client_certificates())
    ///     // .add(OrdersServer::new(Shop, gate))
    ///     .serve(Listener::behind_proxies(listener, proxies))
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn behind_proxies(listener: TcpListener, proxies: TrustedProxies) -> Self {
        Self::incoming(Proxied::new(listener, proxies))
    }

    /// Where it is, for the log.
    pub(super) fn address(&self) -> String {
        match &self.0 {
            Source::Incoming(_) => "a stream of connections".to_owned(),
            Source::Tcp(listener) => listener.local_addr().map_or_else(|error| error.to_string(), |it| it.to_string()),
            #[cfg(unix)]
            Source::Unix(socket) => socket.path().display().to_string(),
        }
    }

    /// Whether its connections need no TLS, because they cannot leave this host.
    pub(super) fn is_local(&self) -> bool {
        match &self.0 {
            Source::Incoming(_) | Source::Tcp(_) => false,
            #[cfg(unix)]
            Source::Unix(_) => true,
        }
    }

    /// The next connection. `None` if there will be no other. Cancel safe.
    pub(super) async fn accept(&mut self) -> Option<io::Result<ServerStream>> {
        match &mut self.0 {
            Source::Incoming(connections) => connections.next().await,
            Source::Tcp(listener) => Some(listener.accept().await.map(|(stream, _)| ServerStream::Tcp(stream))),
            #[cfg(unix)]
            Source::Unix(socket) => Some(socket.accept().await.map(ServerStream::unix)),
        }
    }
}

impl From<TcpListener> for Listener {
    fn from(listener: TcpListener) -> Self {
        Self(Source::Tcp(listener))
    }
}

#[cfg(unix)]
impl From<UnixSocket> for Listener {
    fn from(socket: UnixSocket) -> Self {
        Self(Source::Unix(socket))
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listener").field("is_local", &self.is_local()).finish_non_exhaustive()
    }
}
