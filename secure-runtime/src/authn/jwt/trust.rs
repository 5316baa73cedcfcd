//! One issuer among those that a verifier trusts.

use super::claim_rules::{ClaimRules, Terms};
use super::claims::Claims;
use super::compact::Compact;
use super::header::Header;
use super::key_set::Waiter;
use super::{Audience, Grants, Issuer, KeySet, binding, reason};
use crate::Principal;
use crate::authn::Rejection;

/// An issuer, the audience of its tokens, the keys that it signs with, and the roles that it may grant.
///
/// One issuer may be trusted several times, for different audiences: then the audience of a token decides which keys
/// and grants count. If it names the audiences of several, the first of them counts.
#[derive(Debug)]
pub struct Trust {
    rules: ClaimRules,
    keys: KeySet,
}

/// Why a list of trusted issuers is refused.
#[non_exhaustive]
#[derive(Clone, Copy, Eq, PartialEq, thiserror::Error)]
pub enum TrustError {
    /// The list of issuers is empty, so every token would be refused.
    #[error("no issuer is trusted: pass at least one `Trust`")]
    NoIssuer,
    /// One issuer is trusted twice for the same audience, so its keys and grants are ambiguous.
    #[error("an issuer is trusted twice for the same audience: keep one `Trust` for each audience")]
    SameIssuer,
}

debug_as_display!(TrustError);

impl Trust {
    /// Trusts `issuer` with tokens for `audience`, signed with one of `keys`, and with no role beyond `grants`.
    pub fn new(issuer: Issuer, audience: Audience, keys: KeySet, grants: Grants) -> Self {
        Self { rules: ClaimRules::new(issuer, audience, grants), keys }
    }

    /// Whether claims name this issuer. They may be unverified.
    pub(super) fn is_named_by(&self, claims: &Claims) -> bool {
        self.rules.issuer().named_by(claims).is_some()
    }

    /// Whether claims name this audience. They may be unverified.
    pub(super) fn is_for_audience_of(&self, claims: &Claims) -> bool {
        self.rules.check_audience(claims).is_ok()
    }

    /// Why a token of another issuer is refused, if it is one that is often mistaken for this one.
    pub(super) fn mistake(&self, claims: &Claims) -> Option<Rejection> {
        self.rules.issuer().mistake(claims)
    }

    pub(super) fn check_signature(&self, header: &Header, token: &Compact<'_>) -> Result<(), Rejection> {
        let snapshot = self.keys.snapshot();
        let keys = snapshot.keys().ok_or(reason::KEYS)?;
        keys.choose(header, self.rules.issuer())?.verify(token.signed, &token.signature)
    }

    /// It goes up with every change of the keys.
    pub(super) fn generation(&self) -> u64 {
        self.keys.snapshot().generation()
    }

    /// Lets a call wait for newer keys. `None` if it must be answered with the keys at hand.
    pub(super) fn join_refresh(&self) -> Option<Waiter> {
        self.keys.join_refresh()
    }

    /// The principal of claims whose signature is valid.
    pub(super) fn principal(&self, claims: Claims, terms: &Terms<'_>) -> Result<Principal, Rejection> {
        let proof = binding::proof(&claims);
        Ok(self.rules.principal(claims, terms)?.proven_by(proof))
    }

    /// Tells the log once where roles probably are, if an authenticated principal has none.
    pub(super) fn hint_at_roles(&self, principal: &Principal) {
        self.rules.hint_at_roles(principal);
    }

    fn overlaps(&self, other: &Self) -> bool {
        self.rules.overlaps(&other.rules)
    }
}

/// One issuer or more, none of them twice for the same audience.
pub(super) fn distinct(trusted: Vec<Trust>) -> Result<Vec<Trust>, TrustError> {
    let mut pairs =
        trusted.iter().enumerate().flat_map(|(place, one)| trusted[..place].iter().map(move |it| (one, it)));
    match (trusted.is_empty(), pairs.any(|(one, other)| one.overlaps(other))) {
        (true, _) => Err(TrustError::NoIssuer),
        (_, true) => Err(TrustError::SameIssuer),
        (false, false) => Ok(trusted),
    }
}
