//! The certificate chain and private key that a server or client presents.

use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{Error, InconsistentKeys};
use webpki::{EndEntityCert, KeyUsage};

use super::pem::Pem;
use super::{TlsError, provider};

/// A certificate chain and the private key of its leaf. Loading refuses what every peer would refuse.
#[derive(Clone)]
pub(super) struct CertificateWithKey(Arc<SingleCertAndKey>);

impl CertificateWithKey {
    /// Reads `tls.crt` and `tls.key`, the file names of Kubernetes secrets and cert-manager.
    pub(super) fn from_pem_dir(directory: &Path, usage: KeyUsage) -> Result<Self, TlsError> {
        Self::from_pem_files(&directory.join("tls.crt"), &directory.join("tls.key"), usage)
    }

    pub(super) fn from_pem_files(chain: &Path, key: &Path, usage: KeyUsage) -> Result<Self, TlsError> {
        Self::load(&Pem::read(chain)?, &Pem::read(key)?, usage)
    }

    pub(super) fn from_pem(chain: &[u8], key: &[u8], usage: KeyUsage) -> Result<Self, TlsError> {
        Self::load(&Pem::from_memory(chain), &Pem::from_memory(key), usage)
    }

    fn load(chain: &Pem, key: &Pem, usage: KeyUsage) -> Result<Self, TlsError> {
        let certificates = chain.certificates()?;
        for certificate in &certificates {
            parse(certificate, chain)?;
        }
        check_leaf(&certificates[0], chain, usage)?;
        let certified =
            CertifiedKey::from_der(certificates, key.key()?, &provider()).map_err(|source| match source {
                Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
                    TlsError::KeyMismatch { certificate: chain.origin(), key: key.origin() }
                }
                source => TlsError::Key { file: key.origin(), source: source.into() },
            })?;
        Ok(Self(Arc::new(SingleCertAndKey::from(certified))))
    }

    /// The form in which rustls asks for it.
    pub(super) fn resolver(&self) -> Arc<SingleCertAndKey> {
        Arc::clone(&self.0)
    }
}

fn parse<'a>(certificate: &'a CertificateDer<'_>, chain: &Pem) -> Result<EndEntityCert<'a>, TlsError> {
    EndEntityCert::try_from(certificate)
        .map_err(|source| TlsError::Certificate { file: chain.origin(), source: source.into() })
}

/// Checks validity dates, CA flag and key usage of the leaf.
///
/// It verifies the leaf without any roots. webpki looks for the issuer last, so `UnknownIssuer` means that all other checks
/// passed.
fn check_leaf(leaf: &CertificateDer<'_>, chain: &Pem, usage: KeyUsage) -> Result<(), TlsError> {
    let algorithms = provider().signature_verification_algorithms.all;
    let leaf = parse(leaf, chain)?;
    let verified = leaf.verify_for_usage(algorithms, &[], &[], UnixTime::now(), usage, None, None);
    let file = chain.origin();
    match verified {
        Ok(_) | Err(webpki::Error::UnknownIssuer) => Ok(()),
        Err(webpki::Error::CaUsedAsEndEntity) => Err(TlsError::CaCertificate { file }),
        Err(webpki::Error::CertExpired { .. }) => Err(TlsError::Expired { file }),
        Err(webpki::Error::CertNotValidYet { .. }) => Err(TlsError::NotYetValid { file }),
        Err(source) => Err(TlsError::Certificate { file, source: source.into() }),
    }
}
