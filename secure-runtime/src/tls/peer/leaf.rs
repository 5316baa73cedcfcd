//! Reads the name and the expiry of a verified leaf certificate.

use std::time::{Duration, SystemTime};

use x509_parser::asn1_rs::{Any, Class, FromDer, SequenceOf, Tag};
use x509_parser::certificate::{X509Certificate, X509CertificateParser};
use x509_parser::extensions::{BasicConstraints, KeyUsage};
use x509_parser::nom::Parser;
use x509_parser::oid_registry::{
    OID_X509_EXT_BASIC_CONSTRAINTS, OID_X509_EXT_KEY_USAGE, OID_X509_EXT_SUBJECT_ALT_NAME, Oid,
};

use super::{CommonName, DnsName, PeerName, SpiffeId};

/// The fields of a leaf certificate that webpki verified but does not return.
pub(super) struct Leaf {
    pub(super) name: Result<PeerName, NamelessReason>,
    pub(super) common_name: Option<PeerName>,
    pub(super) not_after: SystemTime,
}

/// webpki could parse the certificate and x509-parser could not. Parsers that disagree are no ground for trust.
#[derive(Debug, thiserror::Error)]
#[error("the client certificate cannot be parsed")]
pub(crate) struct UnreadableCertificate;

/// Why a leaf has no name.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum NamelessReason {
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

impl NamelessReason {
    /// The reason in the audit log.
    pub(crate) const fn reason(self) -> &'static str {
        match self {
            Self::Authority => "the client certificate is a CA certificate, or its key may sign certificates",
            Self::Extensions => "an extension of the client certificate cannot be parsed, or appears twice",
            Self::NoAlternativeNames => "the client certificate has no subject alternative name",
            Self::NoCommonName => {
                "the client certificate has no common name, several, or one that is not printable ASCII"
            }
            Self::NoName => "the client certificate has neither a URI nor a DNS name",
            Self::NotDnsName => {
                "the DNS name of the client certificate is not valid, not in lower case, or has a wildcard"
            }
            Self::NotSpiffeId => "the URI of the client certificate is not a SPIFFE ID",
            Self::SeveralDnsNames => "the client certificate has several DNS names",
            Self::SeveralUris => "the client certificate has several URIs",
            Self::TooMany => "the client certificate has more than 64 names",
        }
    }
}

impl Leaf {
    /// Leaves extensions as bytes: only three of them count, and those are parsed without trailing data.
    pub(super) fn read(der: &[u8]) -> Result<Self, UnreadableCertificate> {
        let parsed = X509CertificateParser::new().with_deep_parse_extensions(false).parse(der);
        let (b"", certificate) = parsed.map_err(|_| UnreadableCertificate)? else {
            return Err(UnreadableCertificate);
        };
        let name = name(&certificate);
        let common_name = match name {
            Err(NamelessReason::NoAlternativeNames) => common_name(&certificate).map(PeerName::CommonName),
            _ => None,
        };
        Ok(Self { name, common_name, not_after: not_after(&certificate) })
    }

    /// A leaf for tests, valid for an hour.
    #[cfg(any(test, feature = "testing"))]
    pub(super) fn with_name(name: Option<PeerName>) -> Self {
        let not_after = SystemTime::now() + Duration::from_secs(3_600);
        Self { name: name.ok_or(NamelessReason::NoAlternativeNames), common_name: None, not_after }
    }
}

fn name(certificate: &X509Certificate<'_>) -> Result<PeerName, NamelessReason> {
    check_usage(certificate)?;
    let Some(names) = extension(certificate, &OID_X509_EXT_SUBJECT_ALT_NAME)? else {
        return Err(NamelessReason::NoAlternativeNames);
    };
    let names: Vec<Any<'_>> = parse_all::<SequenceOf<Any<'_>>, _>(names)?.into();
    if names.len() > MAX_NAMES {
        return Err(NamelessReason::TooMany);
    }
    match (&*of_kind(&names, URI), &*of_kind(&names, DNS_NAME)) {
        ([uri], _) => SpiffeId::from_bytes(uri).map(PeerName::Spiffe).ok_or(NamelessReason::NotSpiffeId),
        ([_, _, ..], _) => Err(NamelessReason::SeveralUris),
        ([], [dns]) => DnsName::from_bytes(dns).map(PeerName::Dns).ok_or(NamelessReason::NotDnsName),
        ([], [_, _, ..]) => Err(NamelessReason::SeveralDnsNames),
        ([], []) => Err(NamelessReason::NoName),
    }
}

/// A leaf is not a CA, and its key signs neither certificates nor revocation lists (X509-SVID, section 5.2).
fn check_usage(certificate: &X509Certificate<'_>) -> Result<(), NamelessReason> {
    let constraints = extension(certificate, &OID_X509_EXT_BASIC_CONSTRAINTS)?;
    let usage = extension(certificate, &OID_X509_EXT_KEY_USAGE)?;
    let is_ca =
        constraints.map(parse_all::<BasicConstraints, _>).transpose()?.is_some_and(|constraints| constraints.ca);
    let usage = usage.map(parse_all::<KeyUsage, _>).transpose()?;
    match is_ca || usage.is_some_and(|usage| usage.key_cert_sign() || usage.crl_sign()) {
        true => Err(NamelessReason::Authority),
        false => Ok(()),
    }
}

/// The value of an extension. No extension may appear twice (RFC 5280, section 4.2).
fn extension<'a>(certificate: &X509Certificate<'a>, oid: &Oid<'_>) -> Result<Option<&'a [u8]>, NamelessReason> {
    let found = certificate.get_extension_unique(oid).map_err(|_| NamelessReason::Extensions)?;
    Ok(found.map(|extension| extension.value))
}

/// Parses a value without trailing data.
fn parse_all<'a, T: FromDer<'a, E>, E>(value: &'a [u8]) -> Result<T, NamelessReason> {
    match T::from_der(value) {
        Ok((b"", read)) => Ok(read),
        _ => Err(NamelessReason::Extensions),
    }
}

/// The names of one kind, invalid ones included. An IA5String in DER is primitive; another encoding is read as an empty
/// name, which is invalid.
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

/// A date before 1970 is read as 1970: both have expired.
fn not_after(certificate: &X509Certificate<'_>) -> SystemTime {
    let seconds = certificate.validity().not_after.timestamp().try_into().unwrap_or_default();
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

/// Bounds the work for one certificate.
const MAX_NAMES: usize = 64;

// GeneralName (RFC 5280, section 4.2.1.6).
const DNS_NAME: Tag = Tag(2);
const URI: Tag = Tag(6);
