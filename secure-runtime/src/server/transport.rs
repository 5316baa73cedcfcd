//! The transport of a server: TLS, or plaintext.

use super::{Listener, ServeError};
use crate::tls::{Acceptor, ServerTls, TlsError};

/// The transport of a server: TLS with [`ServerTls`], or plaintext with
/// [`danger::serve_plaintext`](crate::danger::serve_plaintext).
#[derive(Debug)]
pub struct Transport {
    kind: Kind,
    allows_http1: bool,
}

#[derive(Debug)]
enum Kind {
    Plaintext,
    Tls(Box<ServerTls>),
    UnixOnly,
}

impl Transport {
    pub(crate) fn plaintext() -> Self {
        Self::new(Kind::Plaintext)
    }

    fn new(kind: Kind) -> Self {
        Self { kind, allows_http1: false }
    }

    pub(super) fn allow_http1(self) -> Self {
        Self { allows_http1: true, ..self }
    }

    /// Whether it can serve these listeners.
    pub(super) fn check(&self, listeners: &[Listener]) -> Result<(), ServeError> {
        if matches!(self.kind, Kind::UnixOnly) && !listeners.iter().all(Listener::is_local) {
            return Err(ServeError::NotUnix);
        }
        // Only a TLS handshake chooses a version of HTTP.
        match self.allows_http1 && !matches!(self.kind, Kind::Tls(_)) {
            true => Err(ServeError::Http1WithoutTls),
            false => Ok(()),
        }
    }

    /// The acceptor of TLS connections, which follows their files; `None` for plaintext.
    pub(super) fn acceptor(self) -> Result<Option<Acceptor>, TlsError> {
        match self.kind {
            Kind::Plaintext | Kind::UnixOnly => Ok(None),
            Kind::Tls(tls) => Acceptor::start(if self.allows_http1 { tls.allow_http1() } else { *tls }).map(Some),
        }
    }
}

/// Types that [`Server::new`](crate::Server::new) takes as its transport.
///
/// These are a [`ServerTls`] with a decision on client certificates, [`UnixOnly`], and the [`Transport`] that
/// [`danger::serve_plaintext`](crate::danger::serve_plaintext) returns. The trait is sealed.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not what a server can be made with",
    note = "decide on client certificates: `.without_client_certificates()`, `.allow_client_certificates(..)` or \
            `.require_client_certificates(..)`"
)]
pub trait IntoTransport: sealed::Sealed {
    #[doc(hidden)]
    fn into_transport(self) -> Transport;
}

impl IntoTransport for ServerTls {
    fn into_transport(self) -> Transport {
        Transport::new(Kind::Tls(Box::new(self)))
    }
}

impl IntoTransport for Transport {
    fn into_transport(self) -> Transport {
        self
    }
}

/// The transport of a server that listens on Unix sockets only, so that it needs no TLS.
///
/// [`Server::serve`](crate::Server::serve) fails for any other listener. Tokens are accepted: see `server::UnixSocket`.
///
/// ```no_run
/// # #[cfg(unix)]
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// # use secure_runtime::Server;
/// # use secure_runtime::server::{UnixOnly, UnixSocket, shutdown_signal};
/// let socket = UnixSocket::bind("/var/lib/kubelet/device-plugins/shop.sock")?;
/// Server::new(UnixOnly).serve_with_shutdown(socket, shutdown_signal()).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "there is nothing to set")]
pub struct UnixOnly;

impl IntoTransport for UnixOnly {
    fn into_transport(self) -> Transport {
        Transport::new(Kind::UnixOnly)
    }
}

mod sealed {
    #[expect(unnameable_types, reason = "sealed: there is no other transport")]
    pub trait Sealed {}
    impl Sealed for super::ServerTls {}
    impl Sealed for super::Transport {}
    impl Sealed for super::UnixOnly {}
}
