//! The connection of a client.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use http::Uri;
use hyper_util::rt::TokioIo;
use tonic::client::Grpc;
use tonic::transport::{Channel, Endpoint};
use tower::service_fn;

use super::io::ClientIo;
use super::response::{Checked, Messages};
use crate::connect::{ConnectError, Dialer, Target};
use crate::framing::DEFAULT_MESSAGE_LIMIT;
use crate::tls::ClientTls;

/// A connection to one server, shared by the clients of its services. Cloning is cheap.
///
/// If the connection broke, the next call opens a new one, to the same address and with the same proof of the server's name.
/// If files of its [`ClientTls`] changed, new calls go to a new connection, and running calls finish on the old one.
#[derive(Clone)]
pub struct SecureChannel {
    link: Link,
    max_decoding_message_size: Option<usize>,
}

/// How to reach the server.
#[derive(Clone)]
enum Link {
    Plaintext(Channel),
    Tls(Arc<TlsLink>),
}

/// A channel that is replaced when the TLS settings change.
struct TlsLink {
    current: ArcSwap<TlsChannel>,
    endpoint: Endpoint,
    dialer: Dialer,
}

/// A channel, and the revision of the TLS settings that it was opened with.
struct TlsChannel {
    channel: Channel,
    revision: u64,
}

impl TlsLink {
    fn channel(&self) -> Channel {
        let current = self.current.load();
        let revision = self.dialer.revision();
        if current.revision == revision {
            return current.channel.clone();
        }
        // Calls at the same moment may each replace the channel. All of them work.
        let channel = self.endpoint.connect_with_connector_lazy(connector(None, self.dialer.clone()));
        self.current.store(Arc::new(TlsChannel { channel: channel.clone(), revision }));
        channel
    }
}

impl SecureChannel {
    /// Connects to `https://host:port`, and returns when the server has proven its name and answered.
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
    /// One [`ConnectError`] for each thing that can be wrong, within [`ClientTls::connect_timeout`].
    pub async fn connect(address: &str, tls: ClientTls) -> Result<Self, ConnectError> {
        let target = Target::parse(address)?;
        let endpoint = tls_endpoint(&target);
        let dialer = Dialer::new(target, &tls)?;
        // A change while this connects is a change for the next call.
        let revision = dialer.revision();
        let channel = dialer.in_time(open(endpoint.clone(), &dialer)).await?;
        let current = ArcSwap::from_pointee(TlsChannel { channel, revision });
        Ok(Self::over(Link::Tls(Arc::new(TlsLink { current, endpoint, dialer }))))
    }

    pub(crate) async fn plaintext(address: &str) -> Result<Self, ConnectError> {
        let uri: Uri = address.parse().map_err(ConnectError::Uri)?;
        if uri.scheme_str() != Some("http") {
            return Err(ConnectError::Scheme { expected: "http" });
        }
        endpoint(uri).connect().await.map(Link::Plaintext).map(Self::over).map_err(ConnectError::Connect)
    }

    fn over(link: Link) -> Self {
        Self { link, max_decoding_message_size: None }
    }

    /// Refuses longer response messages; 4 MiB unless set.
    #[must_use]
    pub fn max_decoding_message_size(mut self, bytes: usize) -> Self {
        self.max_decoding_message_size = Some(bytes);
        self
    }

    /// Calls whose responses have so many messages.
    pub(super) fn grpc(&self, messages: Messages) -> Grpc<Checked<Channel>> {
        let limit = self.max_decoding_message_size.unwrap_or(DEFAULT_MESSAGE_LIMIT);
        let channel = match &self.link {
            Link::Plaintext(channel) => channel.clone(),
            Link::Tls(link) => link.channel(),
        };
        Grpc::new(Checked { channel, messages, limit }).max_decoding_message_size(limit)
    }
}

impl fmt::Debug for SecureChannel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecureChannel").finish_non_exhaustive()
    }
}

fn endpoint(uri: Uri) -> Endpoint {
    Endpoint::from(uri).http2_keep_alive_interval(KEEPALIVE_INTERVAL).keep_alive_timeout(KEEPALIVE_TIMEOUT)
}

/// tonic refuses an `https` URI, if another crate turned on its TLS, which this channel does not use. So the scheme and
/// authority of the requests are set apart from the URI that tonic connects to.
fn tls_endpoint(target: &Target) -> Endpoint {
    endpoint(Uri::from_static("http://tls.invalid")).origin(target.uri().clone())
}

/// The first connection is made before there is a channel, so that its errors are values; the later ones by tonic.
async fn open(endpoint: Endpoint, dialer: &Dialer) -> Result<Channel, ConnectError> {
    let (first, answer) = ClientIo::new(dialer.dial().await?);
    let opened = endpoint.connect_with_connector(connector(Some(first), dialer.clone())).await;
    if let Ok(Err(error)) = answer.await {
        return Err(dialer.failure(error));
    }
    opened.map_err(ConnectError::Connect)
}

fn connector(
    mut first: Option<ClientIo>,
    dialer: Dialer,
) -> impl tower::Service<Uri, Response = TokioIo<ClientIo>, Error = ConnectError, Future: Send> + Send {
    service_fn(move |_| {
        let (first, dialer) = (first.take(), dialer.clone());
        async move {
            match first {
                Some(first) => Ok(TokioIo::new(first)),
                None => dialer.in_time(dialer.dial()).await.map(|stream| TokioIo::new(ClientIo::new(stream).0)),
            }
        }
    })
}

/// Servers of other makers cut connections that ask more often (gRFC A8: at most every five minutes).
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(5 * 60);
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(20);
