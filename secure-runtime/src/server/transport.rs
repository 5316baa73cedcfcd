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
}

impl Transport {
    pub(crate) fn plaintext() -> Self {
        Self(Kind::Plaintext)
    }

    /// The acceptor of TLS connections, which follows their files; `None` for plaintext.
    pub(super) fn acceptor(self) -> Result<Option<Acceptor>, TlsError> {
        match self.0 {
            Kind::Plaintext => Ok(None),
            Kind::Tls(tls) => Acceptor::start(*tls).map(Some),
        }
    }
}

/// Types that [`Server::new`](crate::Server::new) takes as its transport.
///
/// These are a [`ServerTls`] with a decision on client certificates, and the [`Transport`] that
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

mod sealed {
    #[expect(unnameable_types, reason = "sealed: there is no third transport")]
    pub trait Sealed {}
    impl Sealed for super::ServerTls {}
    impl Sealed for super::Transport {}
}
