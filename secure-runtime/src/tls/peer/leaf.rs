//! Reads the name and the expiry of a verified leaf certificate.

use std::time::{Duration, SystemTime};

use x509_parser::asn1_rs::{Any, Class, FromDer, SequenceOf, Tag};
use x509_parser::certificate::{X509Certificate, X509CertificateParser};
use x509_parser::extensions::{BasicConstraints, KeyUsage};
use x509_parser::nom::Parser;
use x509_parser::oid_registry::{
    OID_X509_EXT_BASIC_CONSTRAINTS, OID_X509_EXT_KEY_USAGE, OID_X509_EXT_SUBJECT_ALT_NAME, Oid,
};

use super::nameless::NamelessReason;
use super::names::Names;
use super::{CommonName, DnsName, PeerName, SpiffeId};

/// The fields of a leaf certificate that webpki verified but does not return.
pub(in crate::tls) struct Leaf {
    pub(in crate::tls) names: Result<Names, NamelessReason>,
    pub(super) common_name: Option<PeerName>,
    pub(super) not_after: SystemTime,
}

/// webpki could parse the certificate and x509-parser could not. Parsers that disagree are no ground for trust.
#[derive(Debug, thiserror::Error)]
#[error("the client certificate cannot be parsed")]
pub(crate) struct UnreadableCertificate;

impl Leaf {
    /// Leaves extensions as bytes: only three of them count, and those are parsed without trailing data.
    pub(in crate::tls) fn read(der: &[u8]) -> Result<Self, UnreadableCertificate> {
        let parsed = X509CertificateParser::new().with_deep_parse_extensions(false).parse(der);
        let (b"", certificate) = parsed.map_err(|_| UnreadableCertificate)? else {
            return Err(UnreadableCertificate);
        };
        let names = names(&certificate);
        let common_name = match names {
            Err(NamelessReason::NoAlternativeNames) => common_name(&certificate).map(PeerName::CommonName),
            _ => None,
        };
        Ok(Self { names, common_name, not_after: not_after(&certificate) })
    }

    /// Whether it has subject alternative names, so that a common name does not count.
    pub(in crate::tls) fn may_have_names(&self) -> bool {
        !matches!(self.names, Err(NamelessReason::NoAlternativeNames))
    }

    /// A leaf for tests, valid for an hour.
    #[cfg(any(test, feature = "testing"))]
    pub(in crate::tls) fn with_names(names: impl IntoIterator<Item = PeerName>) -> Self {
        let not_after = SystemTime::now() + Duration::from_secs(3_600);
        let names: Vec<PeerName> = names.into_iter().collect();
        let common_name = names.iter().find(|name| matches!(name, PeerName::CommonName(_))).cloned();
        Self { names: Names::of(names).ok_or(NamelessReason::NoAlternativeNames), common_name, not_after }
    }
}

fn names(certificate: &X509Certificate<'_>) -> Result<Names, NamelessReason> {
    check_usage(certificate)?;
    let Some(names) = extension(certificate, &OID_X509_EXT_SUBJECT_ALT_NAME)? else {
        return Err(NamelessReason::NoAlternativeNames);
    };
    let names: Vec<Any<'_>> = parse_all::<SequenceOf<Any<'_>>, _>(names)?.into();
    if names.len() > MAX_NAMES {
        return Err(NamelessReason::TooMany);
    }
    match (&*of_kind(&names, URI), &*of_kind(&names, DNS_NAME)) {
        ([uri], _) => SpiffeId::from_bytes(uri).map(Names::spiffe).ok_or(NamelessReason::NotSpiffeId),
        ([_, _, ..], _) => Err(NamelessReason::SeveralUris),
        ([], []) => Err(NamelessReason::NoName),
        ([], dns) => dns_names(dns),
    }
}

/// An invalid name, such as one with a wildcard, does not count. But with it, another name is not the only one.
fn dns_names(names: &[&[u8]]) -> Result<Names, NamelessReason> {
    let valid: Vec<DnsName> = names.iter().filter_map(|name| DnsName::from_bytes(name)).collect();
    match valid.is_empty() {
        true => Err(NamelessReason::NotDnsName),
        false => Ok(Names::dns(valid, names.len() == 1)),
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
