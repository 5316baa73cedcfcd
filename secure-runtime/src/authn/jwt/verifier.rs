//! The verifier: every check, in order.

use std::time::{Duration, SystemTime};

use super::cache::Cache;
use super::claims::Claims;
use super::compact::Compact;
use super::header::Header;
use super::lifetime::{LeewayTooLong, Lifetime};
use super::trust::{self, Trust, TrustError};
use super::{Audience, Grants, Issuer, KeySet, reason};
use crate::Principal;
use crate::authn::{Authentication, Authenticator, BearerToken, CallHead, Rejection};
use crate::tls::PeerCertificates;

/// Verifies the access tokens of one issuer, or of several.
#[derive(Debug)]
pub struct Jwt {
    trusted: Vec<Trust>,
    lifetime: Lifetime,
    cache: Cache,
}

impl Jwt {
    /// Accepts tokens that `issuer` signed with one of `keys` for `audience`. It is the only issuer, and may grant
    /// every role.
    pub fn new(issuer: Issuer, audience: Audience, keys: KeySet) -> Self {
        let trust = Trust::new(issuer, audience, keys, Grants::any());
        Self { trusted: vec![trust], lifetime: Lifetime::default(), cache: Cache::default() }
    }

    /// Accepts tokens of several issuers. Each is a namespace of its own: the same subject of two issuers is two
    /// callers, and none grants a role beyond its [`Grants`].
    ///
    /// # Errors
    ///
    /// If there is no issuer, or two have one name.
    pub fn trusting(issuers: impl IntoIterator<Item = Trust>) -> Result<Self, TrustError> {
        let trusted = trust::distinct(issuers.into_iter().collect())?;
        Ok(Self { trusted, lifetime: Lifetime::default(), cache: Cache::default() })
    }

    /// Says how far the clocks of issuer and verifier may be apart: 30 seconds if not called.
    ///
    /// # Errors
    ///
    /// If it is more than 300 seconds.
    pub fn leeway(self, leeway: Duration) -> Result<Self, LeewayTooLong> {
        Ok(Self { lifetime: self.lifetime.leeway(leeway)?, cache: Cache::default(), ..self })
    }

    /// Refuses tokens whose `exp` lies more than `longest` after their `iat`, and tokens without `iat`.
    pub fn longest_lifetime(self, longest: Duration) -> Self {
        Self { lifetime: self.lifetime.longest(longest), cache: Cache::default(), ..self }
    }

    /// The principal of `token` as of `now`, presented on a connection whose client showed the certificates `peer`.
    /// Reads nothing but its arguments.
    ///
    /// It counts until `exp` plus the leeway.
    ///
    /// # Errors
    ///
    /// If any check fails. "Expired" is said only of a token that is good in every other way.
    pub fn verify_at(
        &self,
        token: &str,
        peer: Option<&PeerCertificates>,
        now: SystemTime,
    ) -> Result<Principal, Rejection> {
        let token = Compact::split(token)?;
        let header = Header::read(&token.header)?;
        let claims = Claims::read(&token.payload)?;
        let trust = self.named_by(&claims)?;
        trust.check_signature(&header, &token)?;
        trust.principal(claims, peer, &self.lifetime, now)
    }

    /// The issuer that claims name. They are not proven yet: from here on its keys alone count.
    fn named_by(&self, claims: &Claims) -> Result<&Trust, Rejection> {
        self.trusted.iter().find(|trust| trust.is_named_by(claims)).ok_or(reason::ISSUER)
    }
}

impl Authenticator for Jwt {
    fn authenticate(&self, head: &CallHead<'_>) -> Authentication {
        let peer = head.connection().peer_certificates();
        let verify = |token: BearerToken<'_>| {
            let (token, now) = (token.as_str(), SystemTime::now());
            self.cache.principal(token, peer, now, || self.verify_at(token, peer, now))
        };
        head.bearer().and_then(|token| token.map(verify).transpose()).into()
    }
}
