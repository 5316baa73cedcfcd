//! Revocation lists: their order, and when they are out of date.

use rustls::pki_types::CertificateRevocationListDer;
use x509_parser::num_bigint::BigUint;
use x509_parser::prelude::FromDer as _;
use x509_parser::revocation_list::CertificateRevocationList;

use super::TlsError;
use super::expiries::Expiries;

/// The lists of one set of client roots, the newest one of each issuer before its others.
///
/// rustls reads one list for each certificate: the first one of its issuer that covers it.
pub(super) struct RevocationLists {
    pub(super) der: Vec<CertificateRevocationListDer<'static>>,
    pub(super) expiries: Expiries,
}

impl RevocationLists {
    /// A list that cannot be read is refused: it might be the newest one.
    pub(super) fn newest_first(lists: Vec<CertificateRevocationListDer<'static>>) -> Result<Self, TlsError> {
        let mut expiries = Expiries::default();
        let lists = lists.into_iter().map(|der| {
            let (_, list) = CertificateRevocationList::from_der(&der).map_err(TlsError::settings)?;
            expiries.add_revocation_list(&list);
            Ok((Age::of(&list), der))
        });
        let mut lists = lists.collect::<Result<Vec<_>, TlsError>>()?;
        lists.sort_by(|(one, _), (other, _)| other.cmp(one));
        Ok(Self { der: lists.into_iter().map(|(_, der)| der).collect(), expiries })
    }
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
    fn of(list: &CertificateRevocationList<'_>) -> Self {
        Self {
            this_update: list.last_update().timestamp(),
            number: list.crl_number().cloned(),
            entries: list.iter_revoked_certificates().count(),
        }
    }
}
