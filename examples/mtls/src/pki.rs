//! Temporary CAs, and certificates with SPIFFE IDs. In production, SPIRE or Istio issues them.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, SanType};
use secure_runtime::tls::{ClientCertificate, ClientRoots, ServerRoots, TlsError};
use secure_runtime::{ClientTls, ServerTls};

use crate::TRUST_DOMAIN;

/// The CA of a trust domain.
pub(crate) struct Ca(CertifiedIssuer<'static, KeyPair>);

/// A certificate and its key, as PEM.
struct Issued {
    certificate: String,
    key: String,
}

impl Ca {
    pub(crate) fn new(name: &str) -> Result<Self, rcgen::Error> {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Ok(Self(CertifiedIssuer::self_signed(params, KeyPair::generate()?)?))
    }

    /// A server for `localhost` that wants certificates of this CA, which is accepted for one trust domain.
    pub(crate) fn server_tls(&self) -> Result<ServerTls, Box<dyn std::error::Error>> {
        let own = self.issue(vec![SanType::DnsName("localhost".try_into()?)])?;
        let roots = ClientRoots::from_pem(self.0.pem())?.for_trust_domain(TRUST_DOMAIN)?;
        Ok(ServerTls::from_pem(own.certificate, own.key)?.require_client_certificates(roots))
    }

    /// A client that trusts this CA, and has no certificate.
    pub(crate) fn client_tls(&self) -> Result<ClientTls, TlsError> {
        Ok(ClientTls::with_roots(ServerRoots::from_pem(self.0.pem())?))
    }

    /// The certificate of a workload.
    pub(crate) fn workload(&self, id: &str) -> Result<ClientCertificate, Box<dyn std::error::Error>> {
        let own = self.issue(vec![SanType::URI(id.try_into()?)])?;
        Ok(ClientCertificate::from_pem(own.certificate, own.key)?)
    }

    fn issue(&self, names: Vec<SanType>) -> Result<Issued, rcgen::Error> {
        let mut params = CertificateParams::default();
        params.subject_alt_names = names;
        let key = KeyPair::generate()?;
        Ok(Issued { certificate: params.signed_by(&key, &self.0)?.pem(), key: key.serialize_pem() })
    }
}
