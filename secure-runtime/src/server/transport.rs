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

impl From<ServerTls> for Transport {
    fn from(tls: ServerTls) -> Self {
        Self(Kind::Tls(tls))
    }
}
