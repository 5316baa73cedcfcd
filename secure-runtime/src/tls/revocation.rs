//! The order of revocation lists.

use rustls::pki_types::CertificateRevocationListDer;
use x509_parser::num_bigint::BigUint;
use x509_parser::prelude::FromDer as _;
use x509_parser::revocation_list::CertificateRevocationList;

use super::TlsError;

/// Sorts lists so that the newest one of an issuer comes first.
///
/// rustls reads one list for each certificate: the first one of its issuer that covers it.
pub(super) fn newest_first(
    lists: Vec<CertificateRevocationListDer<'static>>,
) -> Result<Vec<CertificateRevocationListDer<'static>>, TlsError> {
    let lists = lists.into_iter().map(|list| Ok((Age::of(&list)?, list)));
    let mut lists = lists.collect::<Result<Vec<_>, TlsError>>()?;
    lists.sort_by(|(one, _), (other, _)| other.cmp(one));
    Ok(lists.into_iter().map(|(_, list)| list).collect())
}

/// Newer lists are larger. Numbers only decide between lists of one second (RFC 5280, section 5.2.3), because a CA that is
/// set up again may count from 1. After that, the list with more entries counts as newer, so that no order in the file
/// admits a revoked certificate.
#[derive(Eq, Ord, PartialEq, PartialOrd)]
struct Age {
    this_update: i64,
    number: Option<BigUint>,
    entries: usize,
}

impl Age {
    /// A list without a date that can be read is refused: it might be the newest one.
    fn of(list: &[u8]) -> Result<Self, TlsError> {
        let (_, list) = CertificateRevocationList::from_der(list).map_err(TlsError::settings)?;
        Ok(Self {
            this_update: list.last_update().timestamp(),
            number: list.crl_number().cloned(),
            entries: list.iter_revoked_certificates().count(),
        })
    }
}
