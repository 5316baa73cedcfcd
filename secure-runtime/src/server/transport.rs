//! What calls come over.

use crate::tls::{Acceptor, ServerTls, TlsError};

/// What calls come over: a [`ServerTls`] becomes one, and [`danger`](crate::danger) makes one without TLS.
#[derive(Debug)]
pub struct Transport(Kind);

#[derive(Debug)]
enum Kind {
    Plaintext,
    Tls(ServerTls),
}

impl Transport {
    pub(crate) fn plaintext() -> Self {
        Self(Kind::Plaintext)
    }

    /// What makes TLS connections of TCP connections; `None` in plaintext.
    pub(super) fn acceptor(&self) -> Result<Option<Acceptor>, TlsError> {
        match &self.0 {
            Kind::Plaintext => Ok(None),
            Kind::Tls(tls) => Ok(Some(Acceptor::new(tls.config()?))),
        }
    }
}

/// What a server can be made with: a [`ServerTls`] that says what it asks of clients, or what
/// [`danger::serve_plaintext`](crate::danger::serve_plaintext) gives.
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
        Transport(Kind::Tls(self))
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
