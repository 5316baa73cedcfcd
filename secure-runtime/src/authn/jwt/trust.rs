//! One issuer among those a verifier trusts: a namespace of its own.

use std::collections::HashSet;
use std::time::SystemTime;

use super::claims::Claims;
use super::compact::Compact;
use super::header::Header;
use super::key_set::Waiter;
use super::lifetime::Lifetime;
use super::{Audience, Grants, Issuer, KeySet, binding, reason};
use crate::Principal;
use crate::authn::Rejection;
use crate::credential::Credential;
use crate::tls::PeerCertificates;

/// An issuer, whom its tokens are for, the keys it signs with, and the roles it may grant.
#[derive(Debug)]
pub struct Trust {
    issuer: Issuer,
    audience: Audience,
    keys: KeySet,
    grants: Grants,
}

/// Why issuers cannot be trusted side by side.
#[non_exhaustive]
#[derive(Clone, Copy, Eq, PartialEq, thiserror::Error)]
pub enum TrustError {
    /// Every token would be refused.
    #[error("no issuer is trusted")]
    NoIssuer,
    /// Which keys and which grants would count is anyone's guess.
    #[error("two issuers have the same name")]
    SameIssuer,
}

debug_as_display!(TrustError);

impl Trust {
    /// Trusts `issuer` with tokens for `audience`, signed with one of `keys`, and with no role beyond `grants`.
    pub fn new(issuer: Issuer, audience: Audience, keys: KeySet, grants: Grants) -> Self {
        Self { issuer, audience, keys, grants }
    }

    /// Whether claims, proven or not, name this issuer.
    pub(super) fn is_named_by(&self, claims: &Claims) -> bool {
        self.issuer.is_named_by(claims)
    }

    pub(super) fn check_signature(&self, header: &Header, token: &Compact<'_>) -> Result<(), Rejection> {
        let snapshot = self.keys.snapshot();
        let keys = snapshot.keys().ok_or(reason::KEYS)?;
        keys.choose(header, &self.issuer)?.verify(token.signed, &token.signature)
    }

    /// Goes up with every change of the keys.
    pub(super) fn generation(&self) -> u64 {
        self.keys.snapshot().generation()
    }

    /// Lets a call wait for newer keys: `None` if it must be answered with the keys at hand.
    pub(super) fn join_refresh(&self) -> Option<Waiter> {
        self.keys.join_refresh()
    }

    /// The principal of claims whose signature holds. The dates come last.
    pub(super) fn principal(
        &self,
        claims: Claims,
        peer: Option<&PeerCertificates>,
        lifetime: &Lifetime,
        now: SystemTime,
    ) -> Result<Principal, Rejection> {
        self.issuer.check_audience(&claims, &self.audience)?;
        self.issuer.check_marks(&claims)?;
        binding::check(&claims, peer)?;
        let principal = Principal::new(self.issuer.as_str(), claims.subject()?)
            .roles(self.granted(&claims)?)
            .scopes(self.scoped(&claims)?)
            .proven_by(Credential::Jwt)
            .expires_at(lifetime.end(&claims, now)?);
        let principal = principal.claims(claims.into_members());
        Ok(if self.grants.makes_foreign() { principal.foreign() } else { principal })
    }

    fn granted<'a>(&'a self, claims: &'a Claims) -> Result<Vec<&'a str>, Rejection> {
        let mut granted = self.issuer.roles(claims)?;
        granted.retain(|role| self.grants.allow(role));
        Ok(granted)
    }

    fn scoped<'a>(&'a self, claims: &'a Claims) -> Result<Vec<&'a str>, Rejection> {
        let mut scopes = self.issuer.scopes(claims)?;
        scopes.retain(|scope| self.grants.allow_scope(scope));
        Ok(scopes)
    }
}

/// Issuers, any number but none, all of different names.
pub(super) fn distinct(trusted: Vec<Trust>) -> Result<Vec<Trust>, TrustError> {
    let names: HashSet<_> = trusted.iter().map(|trust| trust.issuer.as_str()).collect();
    match names.len() {
        0 => Err(TrustError::NoIssuer),
        number if number < trusted.len() => Err(TrustError::SameIssuer),
        _ => Ok(trusted),
    }
}
