//! Errors of TLS settings.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use tower::BoxError;

use super::PeerNameError;
use crate::follow::ReadError;

/// Why TLS settings are refused. Errors name the file, and never hold its contents.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// The certificate to present is a CA certificate.
    #[error(
        "the certificate in {file} is a CA certificate: use one that the CA issued (`openssl req -x509` creates CAs)"
    )]
    CaCertificate {
        /// The certificate.
        file: PemOrigin,
    },
    /// The certificate to present cannot be used.
    #[error("the certificate in {file} cannot be used")]
    Certificate {
        /// The certificate.
        file: PemOrigin,
        /// The reason.
        source: BoxError,
    },
    /// The certificate to present has expired.
    #[error("the certificate in {file} has expired: renew it")]
    Expired {
        /// The certificate.
        file: PemOrigin,
    },
    /// No thread can be started to read the files again.
    #[error("no thread can be started that reads the files of the TLS settings again")]
    Follow {
        /// The reason.
        source: io::Error,
    },
    /// The private key cannot be used.
    #[error("the private key in {file} cannot be used")]
    Key {
        /// The key.
        file: PemOrigin,
        /// The reason.
        source: BoxError,
    },
    /// The private key is not that of the certificate.
    #[error("the private key in {key} is not that of the first certificate in {certificate}: the leaf must come first")]
    KeyMismatch {
        /// The certificate.
        certificate: PemOrigin,
        /// The key.
        key: PemOrigin,
    },
    /// A name for which roots should be accepted is not valid.
    #[error("a name for which the roots should be accepted is not valid")]
    Name(#[from] PeerNameError),
    /// There is no certificate.
    #[error("{file} holds no PEM certificate")]
    NoCertificate {
        /// The PEM without one.
        file: PemOrigin,
    },
    /// The certificate of a server has no subject alternative name. Clients look for the name there, and nowhere else
    /// (RFC 9525, section 2).
    #[error("the certificate in {file} has no subject alternative name: issue it for the DNS names of the server")]
    NoAlternativeName {
        /// The certificate.
        file: PemOrigin,
    },
    /// There is no private key, or it is encrypted.
    #[error("{file} holds no private key, or an encrypted one: provide it unencrypted")]
    NoKey {
        /// The PEM without one.
        file: PemOrigin,
    },
    /// There is no revocation list.
    #[error("{file} holds no PEM revocation list (`X509 CRL`)")]
    NoRevocationList {
        /// The PEM without one.
        file: PemOrigin,
    },
    /// This host has no readable CA certificates.
    #[error("this host has no CA certificates: install them, set SSL_CERT_FILE, or use `ClientTls::with_roots`")]
    NoSystemRoots {
        /// The first error while reading them, if there was one.
        source: Option<BoxError>,
    },
    /// The text is not PEM.
    #[error("{file} is not PEM")]
    NotPem {
        /// The text.
        file: PemOrigin,
    },
    /// The certificate to present is not valid yet.
    #[error("the certificate in {file} is not valid yet: check the clock of this host")]
    NotYetValid {
        /// The certificate.
        file: PemOrigin,
    },
    /// The file cannot be read.
    #[error("cannot read {file}")]
    Read {
        /// The file.
        file: PemOrigin,
        /// The reason.
        source: io::Error,
    },
    /// A certificate cannot be a root.
    #[error("certificate {number} in {file} cannot be a root certificate")]
    Root {
        /// The roots.
        file: PemOrigin,
        /// The position of the certificate, counted from 1.
        number: usize,
        /// The reason.
        source: BoxError,
    },
    /// There is more than one private key.
    #[error("{file} holds more than one private key: keep the one of the certificate")]
    SeveralKeys {
        /// The keys.
        file: PemOrigin,
    },
    /// The TLS library refuses the settings.
    #[error("the TLS library refuses these settings")]
    Settings {
        /// The reason.
        source: BoxError,
    },
    /// The file is longer than 1 MiB.
    #[error("{file} is longer than 1 MiB: check that it is the right file")]
    TooLong {
        /// The file.
        file: PemOrigin,
    },
}

debug_as_display!(TlsError);

impl TlsError {
    pub(super) fn settings(reason: impl Into<BoxError>) -> Self {
        Self::Settings { source: reason.into() }
    }
}

impl From<ReadError> for TlsError {
    fn from(ReadError { path, source }: ReadError) -> Self {
        Self::Read { file: PemOrigin::file(&path), source }
    }
}

/// Where PEM came from: a file, or memory. Errors print it; they never print the contents.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PemOrigin(Option<PathBuf>);

impl PemOrigin {
    pub(super) fn file(path: &Path) -> Self {
        Self(Some(path.to_owned()))
    }

    pub(super) fn memory() -> Self {
        Self(None)
    }

    /// The file; `None` if the PEM was passed in memory.
    pub fn path(&self) -> Option<&Path> {
        self.0.as_deref()
    }
}

impl fmt::Display for PemOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(path) => write!(f, "`{}`", path.display()),
            None => f.write_str("the given PEM"),
        }
    }
}
