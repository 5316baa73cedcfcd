//! How the tokens of an issuer name it.

use super::claims::Claims;
use super::tenants::Template;
use crate::tls::SpiffeId;

#[derive(Clone, Debug)]
pub(super) enum IssuerName {
    /// `iss` is this text.
    Exact,
    /// `iss` is the name for one of the tenants.
    Template(Template),
    /// `sub` is a SPIFFE ID of this trust domain; `iss` is not read.
    TrustDomain,
}

impl IssuerName {
    /// The issuer of a token with these claims, if it is the issuer of this name: `text`, or the name for its tenant.
    pub(super) fn of<'a>(&'a self, text: &'a str, claims: &'a Claims) -> Option<&'a str> {
        let issuer = claims.text("iss");
        match self {
            Self::Exact => issuer.filter(|issuer| *issuer == text),
            Self::Template(template) => issuer.filter(|issuer| template.accepts(issuer, claims)),
            Self::TrustDomain => claims.text("sub").and_then(|id| is_member(id, text).then_some(text)),
        }
    }
}

fn is_member(subject: &str, trust_domain: &str) -> bool {
    subject.parse().is_ok_and(|id: SpiffeId| id.issuer() == trust_domain)
}
