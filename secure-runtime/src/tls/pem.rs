//! PEM from files or memory.

use std::fs;
use std::path::Path;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::{PemOrigin, TlsError};

/// PEM text and its origin. It may hold a private key, so it has no `Debug`.
pub(super) struct Pem {
    text: Vec<u8>,
    origin: PemOrigin,
}

impl Pem {
    pub(super) fn read(path: impl AsRef<Path>) -> Result<Self, TlsError> {
        let origin = PemOrigin::file(path.as_ref());
        match fs::read(path) {
            Ok(text) => Ok(Self { text, origin }),
            Err(source) => Err(TlsError::Read { file: origin, source }),
        }
    }

    pub(super) fn from_memory(text: impl AsRef<[u8]>) -> Self {
        Self { text: text.as_ref().to_owned(), origin: PemOrigin::memory() }
    }

    pub(super) fn origin(&self) -> PemOrigin {
        self.origin.clone()
    }

    /// The certificates. There is at least one.
    pub(super) fn certificates(&self) -> Result<Vec<CertificateDer<'static>>, TlsError> {
        let certificates: Vec<_> = self.sections()?;
        if certificates.is_empty() { Err(TlsError::NoCertificate { file: self.origin() }) } else { Ok(certificates) }
    }

    /// The private key. There is exactly one.
    pub(super) fn key(&self) -> Result<PrivateKeyDer<'static>, TlsError> {
        let mut keys: Vec<_> = self.sections()?;
        match (keys.pop(), keys.is_empty()) {
            (Some(key), true) => Ok(key),
            (Some(_), false) => Err(TlsError::SeveralKeys { file: self.origin() }),
            (None, _) => Err(TlsError::NoKey { file: self.origin() }),
        }
    }

    /// Drops the error of the parser: it quotes the malformed line, which may be part of a key.
    fn sections<T: PemObject>(&self) -> Result<Vec<T>, TlsError> {
        T::pem_slice_iter(&self.text).collect::<Result<_, _>>().map_err(|_| TlsError::NotPem { file: self.origin() })
    }
}
