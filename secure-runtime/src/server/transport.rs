//! The transport of a server: TLS, or plaintext.

use crate::tls::{Acceptor, ServerTls, TlsError};

/// The transport of a server: TLS with [`ServerTls`], or plaintext with
/// [`danger::serve_plaintext`](crate::danger::serve_plaintext).
#[derive(Debug)]
pub struct Transport(Kind);

#[derive(Debug)]
enum Kind {
    Plaintext,
    Tls(Box<ServerTls>),
    UnixOnly,
}

impl Transport {
    pub(crate) fn plaintext() -> Self {
        Self(Kind::Plaintext)
    }

    /// Whether it has no rule for connections that can leave this host.
    pub(super) fn is_unix_only(&self) -> bool {
        matches!(self.0, Kind::UnixOnly)
    }

    /// The acceptor of TLS connections, which follows their files; `None` for plaintext.
    pub(super) fn acceptor(self) -> Result<Option<Acceptor>, TlsError> {
        match self.0 {
            Kind::Plaintext | Kind::UnixOnly => Ok(None),
            Kind::Tls(tls) => Acceptor::start(*tls).map(Some),
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
        Transport(Kind::Tls(Box::new(self)))
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
        Transport(Kind::UnixOnly)
    }
}

mod sealed {
    #[expect(unnameable_types, reason = "sealed: there is no other transport")]
    pub trait Sealed {}
    impl Sealed for super::ServerTls {}
    impl Sealed for super::Transport {}
    impl Sealed for super::UnixOnly {}
}
