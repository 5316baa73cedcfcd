//! Evidence as plain data, for tools and tests.

use std::borrow::Cow;

use crate::{Actor, Certificate, Credential, Evidence};

/// The verified facts about a caller as plain data: evidence without a server.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "tools and tests write it as a literal, from `of_token` or `none`")]
pub struct Facts<'a> {
    /// True if a credential proved who calls. Otherwise a rule that needs a caller refuses the call.
    pub is_authenticated: bool,
    /// The kind of that credential; `None` for one that is neither a token nor a certificate.
    pub proven_by: Option<Credential>,
    /// True if the connection has a client certificate.
    pub has_certificate: bool,
    /// The names of the client certificate that count: a SPIFFE ID, or all DNS names.
    pub peer_names: &'a [&'a str],
    /// The current actor of a delegated token.
    pub actor: Option<Actor<'a>>,
    /// The roles.
    pub roles: &'a [&'a str],
    /// The scopes.
    pub scopes: &'a [&'a str],
    /// True if the subject satisfies no `owner` condition and no claim a `tenant` condition.
    pub is_excluded_from_ownership: bool,
    /// The subject; empty if there is none.
    pub subject: &'a str,
    /// Claims by path, as text.
    pub claims: &'a [(&'a [&'a str], &'a str)],
}

impl Facts<'_> {
    /// An anonymous caller: no credential and no client certificate.
    pub fn none() -> Self {
        Self::default()
    }

    /// A caller with a JWT (`CREDENTIAL_JWT`), without roles, scopes, subject, claims and client certificate.
    pub fn of_token() -> Self {
        Self { is_authenticated: true, proven_by: Some(Credential::Jwt), ..Self::default() }
    }
}

impl Evidence for Facts<'_> {
    fn is_authenticated(&self) -> bool {
        self.is_authenticated
    }

    fn is_proven_by(&self, credential: Credential) -> bool {
        self.is_authenticated && self.proven_by.is_some_and(|proof| proof.satisfies(credential))
    }

    fn certificate(&self) -> Certificate {
        match (self.has_certificate, self.peer_names) {
            (_, [_, ..]) => Certificate::Named,
            (true, []) => Certificate::Nameless,
            (false, []) => Certificate::Absent,
        }
    }

    fn peer_names(&self) -> impl Iterator<Item = &str> {
        self.peer_names.iter().copied()
    }

    fn actor(&self) -> Option<Actor<'_>> {
        self.actor.filter(|_| self.is_authenticated)
    }

    fn has_any_role(&self) -> bool {
        !self.roles.is_empty()
    }

    fn has_role(&self, role: &str) -> bool {
        self.roles.contains(&role)
    }

    fn has_scope(&self, scope: &str) -> bool {
        self.scopes.contains(&scope)
    }

    fn is_excluded_from_ownership(&self) -> bool {
        self.is_excluded_from_ownership
    }

    fn subject(&self) -> Option<&str> {
        Some(self.subject).filter(|subject| !subject.is_empty())
    }

    fn claim(&self, path: &[&str]) -> Option<Cow<'_, str>> {
        let claim = self.claims.iter().find(|(at, text)| *at == path && !text.is_empty());
        claim.map(|(_, text)| Cow::Borrowed(*text))
    }
}
