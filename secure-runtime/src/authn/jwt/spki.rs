//! Public keys in PEM, and in X.509 certificates (RFC 5280, section 4.1.2.7).

use rustls::pki_types::pem::{PemObject as _, SectionKind};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer as _;
use x509_parser::public_key::PublicKey as Parsed;
use x509_parser::x509::SubjectPublicKeyInfo;

use super::key::{Key, KeyName};
use super::public_key::{PublicKey, UNKNOWN_CURVE, Unusable};

/// The keys of a text in PEM: of public keys, and of certificates. Each has the name `name`.
pub(super) fn keys(pem: &str, name: &KeyName) -> Result<Vec<Result<Key, Unusable>>, NotPem> {
    let sections = <(SectionKind, Vec<u8>)>::pem_slice_iter(pem.as_bytes());
    let keys: Vec<_> = sections
        .map(|section| section.map(|(kind, der)| key(kind, &der, name.clone())))
        .collect::<Result<_, _>>()
        .map_err(|_| NotPem)?;
    if keys.is_empty() { Err(NotPem) } else { Ok(keys) }
}

/// The text has no section, or a broken one.
pub(super) struct NotPem;

fn key(kind: SectionKind, der: &[u8], name: KeyName) -> Result<Key, Unusable> {
    let public_key = match kind {
        SectionKind::PublicKey => of_info(&parsed(SubjectPublicKeyInfo::from_der(der))?)?,
        SectionKind::Certificate => of_info(parsed(X509Certificate::from_der(der))?.public_key())?,
        SectionKind::PrivateKey | SectionKind::EcPrivateKey | SectionKind::RsaPrivateKey => {
            return Err(Unusable::Faulty("it is a secret key"));
        }
        _ => return Err(Unusable::OtherPurpose("it is neither a public key nor a certificate")),
    };
    let fits = public_key.fits;
    Key::public(name, fits, public_key)
}

fn parsed<T, E>(outcome: Result<(&[u8], T), E>) -> Result<T, Unusable> {
    match outcome {
        Ok(([], value)) => Ok(value),
        _ => Err(Unusable::Faulty("it is not a DER encoding")),
    }
}

fn of_info(info: &SubjectPublicKeyInfo<'_>) -> Result<PublicKey, Unusable> {
    if info.algorithm.algorithm.to_id_string() == ED25519 {
        return PublicKey::ed25519(&info.subject_public_key.data);
    }
    match info.parsed().map_err(|_| Unusable::Faulty("it is not a DER encoding"))? {
        Parsed::RSA(key) => PublicKey::rsa(key.modulus, key.exponent),
        Parsed::EC(point) => elliptic(info, point.data()),
        _ => Err(Unusable::OtherPurpose("its algorithm is not supported")),
    }
}

fn elliptic(info: &SubjectPublicKeyInfo<'_>, point: &[u8]) -> Result<PublicKey, Unusable> {
    let curve = info.algorithm.parameters.as_ref().and_then(|curve| curve.as_oid().ok());
    let curve = match curve.map(|curve| curve.to_id_string()).as_deref() {
        Some("1.2.840.10045.3.1.7") => "P-256",
        Some("1.3.132.0.34") => "P-384",
        Some("1.3.132.0.35") => "P-521",
        _ => return Err(UNKNOWN_CURVE),
    };
    match point {
        [4, coordinates @ ..] => {
            let (x, y) = coordinates.split_at(coordinates.len() / 2);
            PublicKey::elliptic(curve, x, y)
        }
        _ => Err(Unusable::Faulty("its point is compressed or malformed")),
    }
}

/// RFC 8410, section 3.
const ED25519: &str = "1.3.101.112";
