//! A throw-away CA, and what it issues.

use std::time::SystemTime;

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer, DnType,
    ExtendedKeyUsagePurpose, IsCa, KeyIdMethod, KeyPair, RevokedCertParams, SignatureAlgorithm, date_time_ymd,
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

    /// A CA below this one, valid until `not_after`.
    pub fn intermediate(&self, not_after: SystemTime) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "intermediate");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.not_after = not_after.into();
        Self(CertifiedIssuer::signed_by(params, KeyPair::generate().unwrap(), &self.0).unwrap())
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
        self.issue_for(&rcgen::PKCS_ECDSA_P256_SHA256, change)
    }

    /// The same, for a key of another type.
    pub fn issue_for(
        &self,
        algorithm: &'static SignatureAlgorithm,
        change: impl FnOnce(&mut CertificateParams),
    ) -> Issued {
        let mut params = CertificateParams::new(["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        change(&mut params);
        let key = KeyPair::generate_for(algorithm).unwrap();
        let chain = params.signed_by(&key, &self.0).unwrap().pem();
        Issued { chain, key: key.serialize_pem() }
    }

    /// A list, valid from 2000 to 2999, that revokes the certificates with these serial numbers.
    pub fn revocation_list(&self, serial_numbers: &[u64]) -> String {
        self.revocation_list_as(serial_numbers, |_| {})
    }

    /// The same, valid until the beginning of a year.
    pub fn revocation_list_until(&self, year: i32, serial_numbers: &[u64]) -> String {
        self.revocation_list_as(serial_numbers, |list| list.next_update = date_time_ymd(year, 1, 1))
    }

    /// The same, after a change.
    pub fn revocation_list_as(
        &self,
        serial_numbers: &[u64],
        change: impl FnOnce(&mut CertificateRevocationListParams),
    ) -> String {
        let revoked = |serial: &u64| RevokedCertParams {
            serial_number: (*serial).into(),
            revocation_time: date_time_ymd(2001, 1, 1),
            reason_code: None,
            invalidity_date: None,
        };
        let mut list = CertificateRevocationListParams {
            this_update: date_time_ymd(2000, 1, 1),
            next_update: date_time_ymd(2999, 1, 1),
            crl_number: 1.into(),
            issuing_distribution_point: None,
            revoked_certs: serial_numbers.iter().map(revoked).collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        change(&mut list);
        list.signed_by(&self.0).unwrap().pem().unwrap()
    }
}
