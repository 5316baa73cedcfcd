//! Why TLS settings are refused.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use tower::BoxError;

/// Why TLS settings are refused. It names the file; it never holds contents.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// The certificate to present is a CA's.
    #[error("the certificate in {file} is a CA's: present one that the CA issued (`openssl req -x509` makes CAs)")]
    CaCertificate {
        /// The certificate.
        file: PemOrigin,
    },
    /// The certificate to present cannot be used, for the reason in `source`.
    #[error("the certificate in {file} cannot be used")]
    Certificate {
        /// The certificate.
        file: PemOrigin,
        /// The reason.
        source: BoxError,
    },
    /// The certificate to present has expired.
    #[error("the certificate in {file} has expired")]
    Expired {
        /// The certificate.
        file: PemOrigin,
    },
    /// The private key cannot be used, for the reason in `source`.
    #[error("the private key in {file} cannot be used")]
    Key {
        /// The key.
        file: PemOrigin,
        /// The reason.
        source: BoxError,
    },
    /// Certificate and private key do not belong together.
    #[error("the private key in {key} does not belong to the first certificate in {certificate}")]
    KeyMismatch {
        /// The certificate.
        certificate: PemOrigin,
        /// The key.
        key: PemOrigin,
    },
    /// No certificate is there: a chain without a leaf, or roots that nobody could chain to.
    #[error("{file} holds no certificate")]
    NoCertificate {
        /// What was to hold one.
        file: PemOrigin,
    },
    /// No private key is there, or only an encrypted one.
    #[error("{file} holds no private key that is not encrypted")]
    NoKey {
        /// What was to hold one.
        file: PemOrigin,
    },
    /// This host has no store of CA certificates, or an empty one.
    #[error("this host has no CA certificates: install them, point SSL_CERT_FILE at them, or name roots of your own")]
    NoSystemRoots {
        /// What went wrong first, if anything did.
        source: Option<BoxError>,
    },
    /// The text is not PEM.
    #[error("{file} is not PEM")]
    NotPem {
        /// What was read.
        file: PemOrigin,
    },
    /// The certificate to present is not valid yet.
    #[error("the certificate in {file} is not valid yet: is the clock right?")]
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
    /// One of the roots is no certificate, for the reason in `source`.
    #[error("certificate {number} in {file} cannot be a root")]
    Root {
        /// The roots.
        file: PemOrigin,
        /// Which of them, counted from 1.
        number: usize,
        /// The reason.
        source: BoxError,
    },
    /// Several private keys are there, and nothing says which is meant.
    #[error("{file} holds more than one private key")]
    SeveralKeys {
        /// The keys.
        file: PemOrigin,
    },
    /// The TLS library refuses the settings, for the reason in `source`.
    #[error("these TLS settings do not work together")]
    Settings {
        /// The reason.
        source: BoxError,
    },
}

debug_as_display!(TlsError);

impl TlsError {
    pub(super) fn settings(reason: impl Into<BoxError>) -> Self {
        Self::Settings { source: reason.into() }
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
