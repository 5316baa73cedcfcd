//! The verifier: every check, in order.

use std::time::{Duration, SystemTime};

use super::cache::Cache;
use super::claims::Claims;
use super::compact::Compact;
use super::header::Header;
use super::lifetime::{LeewayTooLong, Lifetime};
use super::{Audience, Issuer, KeySet, RolesClaim};
use crate::Principal;
use crate::authn::{Authentication, Authenticator, BearerToken, CallHead, Rejection};
use crate::tls::PeerCertificates;

/// Verifies the access tokens of one issuer.
#[derive(Debug)]
pub struct Jwt {
    issuer: Issuer,
    audience: Audience,
    keys: KeySet,
    lifetime: Lifetime,
    roles: RolesClaim,
    cache: Cache,
}

impl Jwt {
    /// Accepts tokens that `issuer` signed with one of `keys` for `audience`.
    pub fn new(issuer: Issuer, audience: Audience, keys: KeySet) -> Self {
        Self {
            issuer,
            audience,
            keys,
            lifetime: Lifetime::default(),
            roles: RolesClaim::default(),
            cache: Cache::default(),
        }
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

    /// Says which claim holds the caller's roles: `roles`, an array of strings, if not called.
    pub fn roles_claim(self, roles: RolesClaim) -> Self {
        Self { roles, cache: Cache::default(), ..self }
    }

    /// The principal of `token` as of `now`. Reads nothing but its arguments.
    ///
    /// It counts until `exp` plus the leeway. A token with `cnf` is refused, whatever `peer` is.
    ///
    /// # Errors
    ///
    /// If any check fails. "Expired" is said only of a token that is good in every other way.
    pub fn verify_at(
        &self,
        token: &str,
        _peer: Option<&PeerCertificates>,
        now: SystemTime,
    ) -> Result<Principal, Rejection> {
        let token = Compact::split(token)?;
        let header = Header::read(&token.header, &self.issuer)?;
        self.keys.choose(&header)?.verify(token.signed, &token.signature)?;
        self.principal(Claims::read(&token.payload)?, now)
    }

    fn principal(&self, claims: Claims, now: SystemTime) -> Result<Principal, Rejection> {
        claims.issued_by(&self.issuer)?;
        claims.meant_for(&self.audience)?;
        claims.unbound()?;
        let principal = Principal::new(self.issuer.as_str(), claims.subject()?)
            .roles(self.roles.read(&claims)?)
            .expires_at(self.lifetime.end(&claims, now)?);
        Ok(principal.claims(claims.into_members()))
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
