//! When certificates and revocation lists are out of date.

use rustls::pki_types::CertificateDer;
use x509_parser::certificate::X509CertificateParser;
use x509_parser::nom::Parser as _;
use x509_parser::revocation_list::CertificateRevocationList;

/// The first seconds, since 1970, at which certificates or revocation lists do not count any more. It is 0 for a date that
/// cannot be read.
#[derive(Clone, Debug, Default)]
pub(super) struct Expiries(Vec<u64>);

impl Expiries {
    pub(super) fn of_certificates(certificates: &[CertificateDer<'_>]) -> Self {
        Self(certificates.iter().map(|certificate| certificate_expiry(certificate).unwrap_or_default()).collect())
    }

    pub(super) fn add_revocation_list(&mut self, list: &CertificateRevocationList<'_>) {
        self.0.push(list_expiry(list).unwrap_or_default());
    }

    pub(super) fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// The first one that is not before `second`.
    pub(super) fn next(&self, second: u64) -> Option<u64> {
        self.0.iter().copied().filter(|expiry| *expiry >= second).min()
    }
}

/// A certificate counts in its last second, too (RFC 5280, section 4.1.2.5).
fn certificate_expiry(certificate: &[u8]) -> Option<u64> {
    let (_, certificate) = X509CertificateParser::new().with_deep_parse_extensions(false).parse(certificate).ok()?;
    Some(u64::try_from(certificate.validity().not_after.timestamp()).ok()?.saturating_add(1))
}

fn list_expiry(list: &CertificateRevocationList<'_>) -> Option<u64> {
    list.next_update()?.timestamp().try_into().ok()
}
