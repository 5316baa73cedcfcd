//! A throw-away CA, and what it issues.

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, date_time_ymd,
};

/// A CA of its own.
#[expect(missing_debug_implementations, reason = "it holds a key")]
pub struct Ca(CertifiedIssuer<'static, KeyPair>);

/// A certificate chain and its key, as PEM.
pub struct Issued {
    /// The chain, leaf first.
    pub chain: String,
    /// The key.
    pub key: String,
}

impl Ca {
    /// A CA of this name.
    pub fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// The CA's own certificate.
    pub fn pem(&self) -> String {
        self.0.pem()
    }

    /// A certificate for `localhost` and 127.0.0.1, for servers and clients alike.
    pub fn issue(&self) -> Issued {
        self.issue_as(|_| {})
    }

    /// The same, expired since 2001.
    pub fn issue_expired(&self) -> Issued {
        self.issue_as(|params| {
            params.not_before = date_time_ymd(2000, 1, 1);
            params.not_after = date_time_ymd(2001, 1, 1);
        })
    }

    /// The same, after a change.
    pub fn issue_as(&self, change: impl FnOnce(&mut CertificateParams)) -> Issued {
        let mut params = CertificateParams::new(["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let chain = params.signed_by(&key, &self.0).unwrap().pem();
        Issued { chain, key: key.serialize_pem() }
    }
}
