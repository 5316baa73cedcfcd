//! The time in which a token is valid (RFC 7519, sections 4.1.4 to 4.1.6).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;

use super::claims::Claims;
use super::reason;
use crate::authn::Rejection;

/// The leeway is longer than five minutes.
#[non_exhaustive]
#[derive(Clone, Copy, Eq, PartialEq, thiserror::Error)]
#[error("the leeway is longer than 300 seconds: set a shorter one, and correct the clocks")]
pub struct LeewayTooLong;

debug_as_display!(LeewayTooLong);

/// How the dates of a token are checked.
#[derive(Clone, Debug)]
pub(in crate::authn) struct Lifetime {
    /// How far the clocks of issuer and verifier may be apart.
    leeway: Duration,
    max: Option<Duration>,
    /// For claims without `exp`.
    assumed: Option<Duration>,
}

impl Lifetime {
    pub(in crate::authn) fn leeway(self, leeway: Duration) -> Result<Self, LeewayTooLong> {
        match leeway <= MAX_LEEWAY {
            true => Ok(Self { leeway, ..self }),
            false => Err(LeewayTooLong),
        }
    }

    pub(super) fn max(self, max: Duration) -> Self {
        Self { max: Some(max), ..self }
    }

    /// Takes claims without `exp` as if they expired after this time.
    #[cfg(feature = "introspection")]
    pub(in crate::authn) fn assume(self, lifetime: Duration) -> Self {
        Self { assumed: Some(lifetime), ..self }
    }

    #[cfg(feature = "introspection")]
    pub(in crate::authn) fn leeway_of_clocks(&self) -> Duration {
        self.leeway
    }

    /// The moment from which the token is refused.
    pub(super) fn end(&self, claims: &Claims, now: SystemTime) -> Result<SystemTime, Rejection> {
        let now = now.duration_since(UNIX_EPOCH).map_err(|_| reason::CLOCK)?;
        let expiry = self.expiry(claims.get("exp"), now).ok_or(reason::EXPIRY)?;
        let issued = self.past(claims.get("iat"), now).ok_or(reason::ISSUED)?;
        self.past(claims.get("nbf"), now).ok_or(reason::NOT_BEFORE)?;
        self.check_max(issued, expiry)?;
        let end = expiry + self.leeway;
        match now < end {
            true => UNIX_EPOCH.checked_add(end).ok_or(reason::EXPIRY),
            false => Err(reason::EXPIRED),
        }
    }

    fn expiry(&self, claim: Option<&Value>, now: Duration) -> Option<Duration> {
        match claim {
            Some(value) => date(value),
            None => self.assumed.and_then(|lifetime| now.checked_add(lifetime)).filter(|expiry| *expiry <= LATEST),
        }
    }

    /// The date of an optional claim, unless it lies ahead.
    fn past(&self, claim: Option<&Value>, now: Duration) -> Option<Option<Duration>> {
        match claim {
            Some(value) => date(value).filter(|date| *date <= now + self.leeway).map(Some),
            None => Some(None),
        }
    }

    fn check_max(&self, issued: Option<Duration>, expiry: Duration) -> Result<(), Rejection> {
        match (self.max, issued) {
            (None, _) => Ok(()),
            (Some(max), Some(issued)) if expiry.saturating_sub(issued) <= max => Ok(()),
            (Some(_), _) => Err(reason::LIFETIME),
        }
    }
}

impl Default for Lifetime {
    fn default() -> Self {
        Self { leeway: Duration::from_secs(30), max: None, assumed: None }
    }
}

/// A NumericDate (RFC 7519, section 2): seconds since 1970, whole or not.
fn date(value: &Value) -> Option<Duration> {
    let date = match value.as_u64() {
        Some(seconds) => Duration::from_secs(seconds),
        None => Duration::try_from_secs_f64(value.as_f64()?).ok()?,
    };
    (date <= LATEST).then_some(date)
}

const MAX_LEEWAY: Duration = Duration::from_secs(300);

/// The last second of the year 9999, where RFC 3339 dates end.
const LATEST: Duration = Duration::from_secs(253_402_300_799);
