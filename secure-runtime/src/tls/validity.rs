//! How long the own certificate is valid, and when to warn that nobody renewed it.

use std::time::{Duration, SystemTime};

use rustls::pki_types::CertificateDer;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer as _;
use x509_parser::time::ASN1Time;

use super::TlsError;
use super::pem::Pem;

/// Who presents a certificate.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Role {
    Client,
    Server,
}

/// The dates between which a certificate is valid.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Validity {
    not_before: SystemTime,
    not_after: SystemTime,
}

impl Validity {
    /// Reads the dates of a leaf. The leaf of a server needs a subject alternative name.
    pub(super) fn of_own_leaf(leaf: &CertificateDer<'_>, chain: &Pem, role: Role) -> Result<Self, TlsError> {
        let refused =
            |source: Box<dyn std::error::Error + Send + Sync>| TlsError::Certificate { file: chain.origin(), source };
        let (_, certificate) = X509Certificate::from_der(leaf).map_err(|error| refused(error.into()))?;
        let names = certificate.subject_alternative_name().map_err(|error| refused(error.into()))?;
        if role == Role::Server && names.is_none_or(|names| names.value.general_names.is_empty()) {
            return Err(TlsError::NoAlternativeName { file: chain.origin() });
        }
        let dates = certificate.validity();
        Ok(Self { not_before: system_time(dates.not_before), not_after: system_time(dates.not_after) })
    }

    pub(super) fn not_after(&self) -> SystemTime {
        self.not_after
    }

    fn third(&self) -> Duration {
        self.not_after.duration_since(self.not_before).unwrap_or_default() / 3
    }
}

/// A date before 1970 counts as 1970.
fn system_time(time: ASN1Time) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(time.timestamp().try_into().unwrap_or_default())
}

/// Decides when to warn about a certificate that is not renewed. The first warning is due at the last third of its
/// life. Each further one is due at the last third of the remaining time. The last one is due at its expiry.
#[derive(Clone, Copy, Debug)]
pub(super) struct RenewalWarning {
    validity: Validity,
    /// The remaining life below which the next warning is due. `None` after the last one.
    below: Option<Duration>,
}

/// What to warn about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Warning {
    Expired,
    ExpiresIn(Duration),
}

impl RenewalWarning {
    pub(super) fn new(validity: Validity) -> Self {
        Self { validity, below: Some(validity.third()) }
    }

    /// The warning that is due at `now`, if one is.
    pub(super) fn due(&mut self, now: SystemTime) -> Option<Warning> {
        let below = self.below?;
        let left = self.validity.not_after.duration_since(now).unwrap_or_default();
        if left.is_zero() {
            self.below = None;
            return Some(Warning::Expired);
        }
        if left > below {
            return None;
        }
        self.below = Some(left / 3);
        Some(Warning::ExpiresIn(left))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_are_due_at_the_last_third_and_at_thirds_of_the_remaining_time() {
        let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        let mut warning = RenewalWarning::new(Validity { not_before: at(0), not_after: at(900) });
        let due: Vec<_> = (0..1_000).filter_map(|second| Some((second, warning.due(at(second))?))).collect();
        let in_seconds = |seconds| Warning::ExpiresIn(Duration::from_secs(seconds));
        assert_eq!(due[..3], [(600, in_seconds(300)), (800, in_seconds(100)), (867, in_seconds(33))]);
        assert_eq!(due.last(), Some(&(900, Warning::Expired)));
        assert!(due.len() < 10, "{due:?}");
    }
}
