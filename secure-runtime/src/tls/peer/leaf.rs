//! What a verified leaf says of its holder.

use std::time::{Duration, SystemTime};

use x509_parser::asn1_rs::{Any, Class, FromDer, SequenceOf, Tag};
use x509_parser::certificate::{X509Certificate, X509CertificateParser};
use x509_parser::extensions::{BasicConstraints, KeyUsage};
use x509_parser::nom::Parser;
use x509_parser::oid_registry::{
    OID_X509_EXT_BASIC_CONSTRAINTS, OID_X509_EXT_KEY_USAGE, OID_X509_EXT_SUBJECT_ALT_NAME, Oid,
};

use super::{CommonName, DnsName, PeerName, SpiffeId};

/// The one certificate that speaks of the client itself. webpki verified it; this reads what webpki does not tell.
pub(super) struct Leaf {
    pub(super) name: Result<PeerName, Unnamed>,
    pub(super) common_name: Option<PeerName>,
    pub(super) not_after: SystemTime,
}

/// webpki could read the certificate and we cannot: one of the two is wrong about it.
#[derive(Debug, thiserror::Error)]
#[error("the client's certificate cannot be read")]
pub(crate) struct UnreadableCertificate;

/// Why a leaf has no name.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Unnamed {
    Authority,
    Extensions,
    NoAlternativeNames,
    NoCommonName,
    NoName,
    NotDnsName,
    NotSpiffeId,
    SeveralDnsNames,
    SeveralUris,
    TooMany,
}

impl Unnamed {
    /// For the audit log.
    pub(crate) const fn reason(self) -> &'static str {
        match self {
            Self::Authority => "the client certificate is a CA's, or its key may sign certificates",
            Self::Extensions => "the extensions of the client certificate cannot be read, or one is there twice",
            Self::NoAlternativeNames => "the client certificate has no subject alternative name",
            Self::NoCommonName => "the client certificate has no common name that is printable and the only one",
            Self::NoName => "the client certificate names neither a URI nor a DNS name",
            Self::NotDnsName => "the DNS name of the client certificate is none in lower case without a wildcard",
            Self::NotSpiffeId => "the URI of the client certificate is no SPIFFE ID",
            Self::SeveralDnsNames => "the client certificate has several DNS names",
            Self::SeveralUris => "the client certificate has several URIs",
            Self::TooMany => "the client certificate has more than 64 names",
        }
    }
}

impl Leaf {
    /// Reads extensions as bytes: only three of them matter, and each must be exact.
    pub(super) fn read(der: &[u8]) -> Result<Self, UnreadableCertificate> {
        let parsed = X509CertificateParser::new().with_deep_parse_extensions(false).parse(der);
        let (b"", certificate) = parsed.map_err(|_| UnreadableCertificate)? else {
            return Err(UnreadableCertificate);
        };
        let name = name(&certificate);
        let common_name = match name {
            Err(Unnamed::NoAlternativeNames) => common_name(&certificate).map(PeerName::CommonName),
            _ => None,
        };
        Ok(Self { name, common_name, not_after: not_after(&certificate) })
    }

    /// One that no CA vouches for.
    #[cfg(any(test, feature = "testing"))]
    pub(super) fn called(name: Option<PeerName>) -> Self {
        let not_after = SystemTime::now() + Duration::from_secs(3_600);
        Self { name: name.ok_or(Unnamed::NoAlternativeNames), common_name: None, not_after }
    }
}

fn name(certificate: &X509Certificate<'_>) -> Result<PeerName, Unnamed> {
    check_usage(certificate)?;
    let Some(names) = extension(certificate, &OID_X509_EXT_SUBJECT_ALT_NAME)? else {
        return Err(Unnamed::NoAlternativeNames);
    };
    let names: Vec<Any<'_>> = exact::<SequenceOf<Any<'_>>, _>(names)?.into();
    if names.len() > MAX_NAMES {
        return Err(Unnamed::TooMany);
    }
    match (&*of_kind(&names, URI), &*of_kind(&names, DNS_NAME)) {
        ([uri], _) => SpiffeId::from_bytes(uri).map(PeerName::Spiffe).ok_or(Unnamed::NotSpiffeId),
        ([_, _, ..], _) => Err(Unnamed::SeveralUris),
        ([], [dns]) => DnsName::from_bytes(dns).map(PeerName::Dns).ok_or(Unnamed::NotDnsName),
        ([], [_, _, ..]) => Err(Unnamed::SeveralDnsNames),
        ([], []) => Err(Unnamed::NoName),
    }
}

/// X509-SVID, section 5.2: a leaf is no CA, and its key signs neither certificates nor lists of revoked ones.
fn check_usage(certificate: &X509Certificate<'_>) -> Result<(), Unnamed> {
    let constraints = extension(certificate, &OID_X509_EXT_BASIC_CONSTRAINTS)?;
    let usage = extension(certificate, &OID_X509_EXT_KEY_USAGE)?;
    let is_ca = constraints.map(exact::<BasicConstraints, _>).transpose()?.is_some_and(|constraints| constraints.ca);
    let usage = usage.map(exact::<KeyUsage, _>).transpose()?;
    match is_ca || usage.is_some_and(|usage| usage.key_cert_sign() || usage.crl_sign()) {
        true => Err(Unnamed::Authority),
        false => Ok(()),
    }
}

/// RFC 5280, section 4.2: no extension is there twice.
fn extension<'a>(certificate: &X509Certificate<'a>, oid: &Oid<'_>) -> Result<Option<&'a [u8]>, Unnamed> {
    let found = certificate.get_extension_unique(oid).map_err(|_| Unnamed::Extensions)?;
    Ok(found.map(|extension| extension.value))
}

fn exact<'a, T: FromDer<'a, E>, E>(value: &'a [u8]) -> Result<T, Unnamed> {
    match T::from_der(value) {
        Ok((b"", read)) => Ok(read),
        _ => Err(Unnamed::Extensions),
    }
}

/// The names of a kind, invalid ones too. One that is not primitive, as every IA5String is in DER, matches no grammar.
fn of_kind<'a>(names: &[Any<'a>], kind: Tag) -> Vec<&'a [u8]> {
    let is_kind = |name: &&Any<'a>| name.class() == Class::ContextSpecific && name.tag() == kind;
    names.iter().filter(is_kind).map(text).collect()
}

fn text<'a>(name: &Any<'a>) -> &'a [u8] {
    if name.header.is_primitive() { name.data } else { &[] }
}

fn common_name(certificate: &X509Certificate<'_>) -> Option<CommonName> {
    let mut names = certificate.subject().iter_common_name();
    let name = names.next().filter(|_| names.next().is_none())?;
    name.as_str().ok()?.parse().ok()
}

/// A date before 1970 is as long over as one of 1970.
fn not_after(certificate: &X509Certificate<'_>) -> SystemTime {
    let seconds = certificate.validity().not_after.timestamp().try_into().unwrap_or_default();
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

const MAX_NAMES: usize = 64;

// GeneralName (RFC 5280, section 4.2.1.6).
const DNS_NAME: Tag = Tag(2);
const URI: Tag = Tag(6);
