//! How verified claims of an issuer become a principal. A signature verified them, or an introspection endpoint
//! returned them.

use std::time::SystemTime;

use super::claims::Claims;
use super::lifetime::Lifetime;
use super::role_hint::RoleHint;
use super::{Audience, Grants, Issuer, TokenLimits, binding, delegation, reason};
use crate::Principal;
use crate::authn::Rejection;
use crate::tls::PeerCertificates;

/// An issuer, the audience of its tokens, and the roles that it may grant.
#[derive(Debug)]
pub(in crate::authn) struct ClaimRules {
    issuer: Issuer,
    audience: Audience,
    grants: Grants,
    role_hint: RoleHint,
}

/// What claims are checked by beside their issuer.
pub(in crate::authn) struct Terms<'a> {
    pub(in crate::authn) peer: Option<&'a PeerCertificates>,
    pub(in crate::authn) lifetime: &'a Lifetime,
    pub(in crate::authn) limits: &'a TokenLimits,
    pub(in crate::authn) now: SystemTime,
}

impl ClaimRules {
    pub(in crate::authn) fn new(issuer: Issuer, audience: Audience, grants: Grants) -> Self {
        Self { issuer, audience, grants, role_hint: RoleHint::new() }
    }

    pub(in crate::authn) fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    pub(super) fn check_audience(&self, claims: &Claims) -> Result<(), Rejection> {
        self.issuer.check_audience(claims, &self.audience)
    }

    /// The principal of verified claims. Dates are checked last, so that "expired" is said only of a token that is
    /// good in every other way.
    pub(in crate::authn) fn principal(&self, claims: Claims, terms: &Terms<'_>) -> Result<Principal, Rejection> {
        self.check_audience(&claims)?;
        self.principal_of_any_audience(claims, terms)
    }

    /// The same, without a check of the audience.
    pub(in crate::authn) fn principal_of_any_audience(
        &self,
        claims: Claims,
        terms: &Terms<'_>,
    ) -> Result<Principal, Rejection> {
        let issuer = self.issuer.named_by(&claims).ok_or(reason::ISSUER)?;
        self.issuer.check_required_claims(&claims)?;
        binding::check(&claims, terms.peer)?;
        let principal = Principal::new(issuer, self.issuer.subject(&claims)?)
            .roles(self.granted_roles(&claims, terms)?)
            .scopes(self.granted_scopes(&claims, terms)?)
            .acted_for_by(delegation::actors(claims.members(), issuer)?)
            .expires_at(terms.lifetime.end(&claims, terms.now)?);
        let principal = principal.claims(claims.into_members());
        Ok(if self.grants.excludes_from_ownership() { principal.excluded_from_ownership() } else { principal })
    }

    /// Tells the log once where roles probably are, if an authenticated principal has none.
    pub(in crate::authn) fn hint_at_roles(&self, principal: &Principal) {
        self.role_hint.log(&self.issuer, principal);
    }

    fn granted_roles<'a>(&'a self, claims: &'a Claims, terms: &Terms<'_>) -> Result<Vec<&'a str>, Rejection> {
        let mut roles = self.issuer.roles(claims, terms.limits)?;
        roles.retain(|role| self.grants.allow_role(role));
        Ok(roles)
    }

    fn granted_scopes<'a>(&'a self, claims: &'a Claims, terms: &Terms<'_>) -> Result<Vec<&'a str>, Rejection> {
        let mut scopes = self.issuer.scopes(claims, terms.limits)?;
        scopes.retain(|scope| self.grants.allow_scope(scope));
        Ok(scopes)
    }

    pub(super) fn overlaps(&self, other: &Self) -> bool {
        self.issuer.overlaps(&other.issuer) && self.audience.overlaps(&other.audience)
    }
}
