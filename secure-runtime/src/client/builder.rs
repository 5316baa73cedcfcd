//! The settings of a channel that its connections need.

#[cfg(unix)]
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderValue, Uri};
use tonic::transport::Endpoint;

use super::SecureChannel;
use super::balance::{Balance, Name};
use super::link::Link;
use super::tls_link::TlsLink;
#[cfg(unix)]
use super::unix::UnixTarget;
use crate::connect::{ConnectError, Dialer, Target};
use crate::tls::ClientTls;

/// The settings of a [`SecureChannel`] before it connects.
///
/// ```no_run
/// # use std::time::Duration;
/// # use secure_runtime::{ClientTls, SecureChannel};
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let channel = SecureChannel::builder(ClientTls::system_roots()?)
///     .user_agent("billing/1.4")
///     .keepalive_interval(Duration::from_secs(60))
///     .connect("https://orders.internal:50051")
///     .await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct ChannelBuilder {
    tls: ClientTls,
    user_agent: Option<String>,
    keepalive_interval: Duration,
    keepalive_timeout: Duration,
    keeps_alive_while_idle: bool,
}

impl ChannelBuilder {
    pub(super) fn new(tls: ClientTls) -> Self {
        Self {
            tls,
            user_agent: None,
            keepalive_interval: KEEPALIVE_INTERVAL,
            keepalive_timeout: KEEPALIVE_TIMEOUT,
            keeps_alive_while_idle: false,
        }
    }

    /// The name of the client, as `product/version`. It is sent as `user-agent`, followed by the name of the library.
    /// Default: the library alone.
    #[must_use]
    pub fn user_agent(self, product: impl Into<String>) -> Self {
        Self { user_agent: Some(product.into()), ..self }
    }

    /// How often the client sends a PING on a connection with running calls, to find out whether the server still
    /// answers. Default: 5 minutes. Minimum: 10 seconds.
    ///
    /// Servers close connections with more pings than they allow. Many allow one in 5 minutes (gRFC A8).
    #[must_use]
    pub fn keepalive_interval(self, interval: Duration) -> Self {
        Self { keepalive_interval: interval.max(MIN_KEEPALIVE_INTERVAL), ..self }
    }

    /// How long the server has to answer a PING. After that, the connection counts as broken. Default: 20 seconds.
    #[must_use]
    pub fn keepalive_timeout(self, timeout: Duration) -> Self {
        Self { keepalive_timeout: timeout, ..self }
    }

    /// Sends pings on connections without calls, too. A broken connection is then found before the next call. Default:
    /// no pings without calls.
    #[must_use]
    pub fn keepalive_while_idle(self) -> Self {
        Self { keeps_alive_while_idle: true, ..self }
    }

    /// Connects to `https://host:port`. Returns after TLS verified the name of the server and the server answered.
    ///
    /// If the name has several addresses, the first that answers is used (RFC 8305). `unix:///path` is the socket of a server
    /// on this host: see [`SecureChannel::connect_unix`].
    ///
    /// # Errors
    ///
    /// One [`ConnectError`] for each cause, at the latest after [`ClientTls::connect_timeout`].
    pub async fn connect(&self, address: &str) -> Result<SecureChannel, ConnectError> {
        #[cfg(unix)]
        if let Some(target) = UnixTarget::parse(address) {
            let channel = target?.connect(self.endpoint(Uri::from_static(LOCAL))?).await?;
            return Ok(SecureChannel::over(Link::Plaintext(channel)));
        }
        let Name { endpoint, dialer } = self.name(address)?;
        let link = TlsLink::connect(endpoint, dialer).await?;
        Ok(SecureChannel::over(Link::Tls(Arc::new(link))))
    }

    /// Connects to `https://host:port` or `unix:///path` at the first call. If that fails, the call fails with
    /// UNAVAILABLE. The next call tries again.
    ///
    /// # Panics
    ///
    /// Panics outside a Tokio runtime.
    ///
    /// # Errors
    ///
    /// Fails if the address or a setting is wrong.
    pub fn lazy(&self, address: &str) -> Result<SecureChannel, ConnectError> {
        #[cfg(unix)]
        if let Some(target) = UnixTarget::parse(address) {
            let channel = target?.lazy(&self.endpoint(Uri::from_static(LOCAL))?);
            return Ok(SecureChannel::over(Link::Plaintext(channel)));
        }
        let Name { endpoint, dialer } = self.name(address)?;
        let link = TlsLink::lazy(endpoint, dialer, Arc::new(|_| {}));
        Ok(SecureChannel::over(Link::Tls(Arc::new(link))))
    }

    /// Spreads calls over all servers of these addresses, such as the pods behind a headless service of Kubernetes.
    ///
    /// Calls take the servers in turn. Names are resolved at the first call, again every 30 seconds, and after a
    /// connection failed. Each server proves the name of its address. Connections are opened by the first calls.
    ///
    /// A server that cannot be reached is left out for a second, then for longer, up to a minute. The call that found out
    /// goes to the next server, unless it is client-streaming or bidirectional.
    ///
    /// # Panics
    ///
    /// Panics outside a Tokio runtime.
    ///
    /// # Errors
    ///
    /// Fails if an address or a setting is wrong, or there is no address.
    pub fn balance<A: AsRef<str>>(
        &self,
        addresses: impl IntoIterator<Item = A>,
    ) -> Result<SecureChannel, ConnectError> {
        let names = addresses.into_iter().map(|address| self.name(address.as_ref())).collect::<Result<Vec<_>, _>>()?;
        if names.is_empty() {
            return Err(ConnectError::NoAddress);
        }
        Ok(SecureChannel::over(Link::Balanced(Balance::new(names))))
    }

    fn name(&self, address: &str) -> Result<Name, ConnectError> {
        let target = Target::parse(address)?;
        // tonic refuses an `https` URI if another crate turned on its TLS, which this channel does not use. So the scheme
        // and authority of requests are set apart from the URI that tonic connects to.
        let endpoint = self.endpoint(Uri::from_static("http://tls.invalid"))?.origin(target.uri().clone());
        Ok(Name { endpoint, dialer: Dialer::new(target, &self.tls)? })
    }

    fn endpoint(&self, uri: Uri) -> Result<Endpoint, ConnectError> {
        let endpoint = plain_endpoint(uri)
            .http2_keep_alive_interval(self.keepalive_interval)
            .keep_alive_timeout(self.keepalive_timeout)
            .keep_alive_while_idle(self.keeps_alive_while_idle);
        let Some(user_agent) = &self.user_agent else { return Ok(endpoint) };
        let user_agent = HeaderValue::try_from(user_agent).map_err(|_| ConnectError::UserAgent)?;
        endpoint.user_agent(user_agent).map_err(|_| ConnectError::UserAgent)
    }
}

impl SecureChannel {
    /// Connects to `https://host:port`, or to `unix:///path` as [`connect_unix`](Self::connect_unix) does. Returns after
    /// TLS verified the name of the server and the server answered.
    ///
    /// ```no_run
    /// # use secure_runtime::{ClientTls, SecureChannel};
    /// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
    /// let channel = SecureChannel::connect("https://orders.internal:50051", ClientTls::system_roots()?).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// One [`ConnectError`] for each cause, at the latest after [`ClientTls::connect_timeout`].
    pub async fn connect(address: &str, tls: ClientTls) -> Result<Self, ConnectError> {
        Self::builder(tls).connect(address).await
    }

    /// Connects to `https://host:port` at the first call. See [`ChannelBuilder::lazy`].
    ///
    /// # Panics
    ///
    /// Panics outside a Tokio runtime.
    ///
    /// # Errors
    ///
    /// Fails if the address is wrong.
    pub fn lazy(address: &str, tls: ClientTls) -> Result<Self, ConnectError> {
        Self::builder(tls).lazy(address)
    }

    /// Connects to a server on this host by the path of its Unix socket. There is no TLS, and tokens are sent: TLS protects
    /// bytes on a network, and these never leave the kernel of this host.
    ///
    /// Risk: a user who may write to the directory of the socket can put another socket there, and receive the tokens.
    /// Use a directory that only the user of the server may write to, and never `/tmp`.
    ///
    /// # Errors
    ///
    /// One [`ConnectError`] for each cause, such as no server at this path.
    #[cfg(unix)]
    pub async fn connect_unix(path: impl AsRef<Path>) -> Result<Self, ConnectError> {
        let channel = UnixTarget::at(path).connect(plain_endpoint(Uri::from_static(LOCAL))).await?;
        Ok(Self::over(Link::Plaintext(channel)))
    }

    /// Sets the user agent and keepalive, and spreads calls over several servers.
    pub fn builder(tls: ClientTls) -> ChannelBuilder {
        ChannelBuilder::new(tls)
    }

    pub(crate) async fn plaintext(address: &str) -> Result<Self, ConnectError> {
        let uri: Uri = address.parse().map_err(ConnectError::Uri)?;
        if uri.scheme_str() != Some("http") {
            return Err(ConnectError::Scheme { expected: "http" });
        }
        plain_endpoint(uri).connect().await.map(Link::Plaintext).map(Self::over).map_err(ConnectError::Connect)
    }
}

/// The authority of requests over a Unix socket, as other gRPC libraries send it.
#[cfg(unix)]
const LOCAL: &str = "http://localhost";

/// An endpoint with the default settings.
pub(super) fn plain_endpoint(uri: Uri) -> Endpoint {
    Endpoint::from(uri).http2_keep_alive_interval(KEEPALIVE_INTERVAL).keep_alive_timeout(KEEPALIVE_TIMEOUT)
}

const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(5 * 60);
const MIN_KEEPALIVE_INTERVAL: Duration = Duration::from_secs(10);
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(20);
