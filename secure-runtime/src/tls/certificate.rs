//! The certificate chain and private key that a server or client presents.

use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{Error, InconsistentKeys};
use webpki::{EndEntityCert, KeyUsage};

use super::pem::{Pem, PemSource, Texts, files};
use super::validity::{Role, Validity};
use super::{TlsError, provider};

/// A certificate chain and the private key of its leaf. Loading refuses what every peer would refuse.
#[derive(Clone)]
pub(super) struct CertificateWithKey {
    resolver: Arc<SingleCertAndKey>,
    validity: Validity,
    sources: [PemSource; 2],
    role: Role,
}

impl CertificateWithKey {
    /// Reads `tls.crt` and `tls.key`, the file names of Kubernetes secrets and cert-manager.
    pub(super) fn from_pem_dir(directory: &Path, role: Role) -> Result<Self, TlsError> {
        Self::from_pem_files(&directory.join("tls.crt"), &directory.join("tls.key"), role)
    }

    pub(super) fn from_pem_files(chain: &Path, key: &Path, role: Role) -> Result<Self, TlsError> {
        Self::first(PemSource::files([chain, key])?, role)
    }

    pub(super) fn from_pem(chain: &[u8], key: &[u8], role: Role) -> Result<Self, TlsError> {
        Self::first([PemSource::memory(chain), PemSource::memory(key)], role)
    }

    fn first(sources: [PemSource; 2], role: Role) -> Result<Self, TlsError> {
        let (_, texts) = files(&sources);
        Self::load(sources, role, &mut texts.iter())
    }

    fn load(sources: [PemSource; 2], role: Role, texts: &mut Texts<'_>) -> Result<Self, TlsError> {
        let [chain, key] = &sources;
        let (chain, key) = (chain.pem(texts)?, key.pem(texts)?);
        let certificates = chain.certificates()?;
        for certificate in &certificates {
            parse(certificate, &chain)?;
        }
        check_leaf(&certificates[0], &chain, role)?;
        let validity = Validity::of_own_leaf(&certificates[0], &chain, role)?;
        let resolver = Arc::new(SingleCertAndKey::from(certified_key(certificates, &chain, &key)?));
        Ok(Self { resolver, validity, sources, role })
    }

    /// The files to follow.
    pub(super) fn sources(&self) -> &[PemSource] {
        &self.sources
    }

    /// The certificate and key in new contents of the files.
    pub(super) fn reload(&self, texts: &mut Texts<'_>) -> Result<Self, TlsError> {
        Self::load(self.sources.clone(), self.role, texts)
    }

    pub(super) fn validity(&self) -> Validity {
        self.validity
    }

    /// The form in which rustls asks for it.
    pub(super) fn resolver(&self) -> Arc<SingleCertAndKey> {
        Arc::clone(&self.resolver)
    }
}

fn certified_key(certificates: Vec<CertificateDer<'static>>, chain: &Pem, key: &Pem) -> Result<CertifiedKey, TlsError> {
    CertifiedKey::from_der(certificates, key.key()?, &provider()).map_err(|source| match source {
        Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
            TlsError::KeyMismatch { certificate: chain.origin(), key: key.origin() }
        }
        source => TlsError::Key { file: key.origin(), source: source.into() },
    })
}

fn parse<'a>(certificate: &'a CertificateDer<'_>, chain: &Pem) -> Result<EndEntityCert<'a>, TlsError> {
    EndEntityCert::try_from(certificate)
        .map_err(|source| TlsError::Certificate { file: chain.origin(), source: source.into() })
}

/// Checks validity dates, CA flag and key usage of the leaf.
///
/// It verifies the leaf without any roots. webpki looks for the issuer last, so `UnknownIssuer` means that all other checks
/// passed.
fn check_leaf(leaf: &CertificateDer<'_>, chain: &Pem, role: Role) -> Result<(), TlsError> {
    let algorithms = provider().signature_verification_algorithms.all;
    let leaf = parse(leaf, chain)?;
    let usage = match role {
        Role::Client => KeyUsage::client_auth(),
        Role::Server => KeyUsage::server_auth(),
    };
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
