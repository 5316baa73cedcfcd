//! The conditions of a rule, and how each is read from its field of the schema.

use std::collections::BTreeSet;

use super::super::actor;
use super::super::condition::Condition;
use super::super::lookup::{Accepted, Declares};
use super::super::peer;
use super::super::role_name::quoted;
use super::super::scope_vocabulary::is_scope;
use super::Reader;
use crate::declared::DeclaredRule;
use crate::diagnostic::{Diagnostics, Lint, Refused};
use crate::manifest::Credential;
use crate::schema::{self, Delegation, DelegationRule, MethodRule};

impl Reader<'_> {
    /// Every condition. The pattern names every field of the schema, so that a new one cannot be forgotten.
    pub(super) fn conditions(&self, found: &mut Diagnostics) -> Result<Vec<Condition>, Refused> {
        let MethodRule {
            public: _,
            authenticated: _,
            required_roles: _,
            denied: _,
            required_scopes,
            required_credentials,
            peers,
            tenant,
            owner,
            delegation,
            ignore_credentials: _,
            public_reason: _,
            description: _,
            rate_class: _,
            audit: _,
        } = &self.rule.rule;
        let conditions = [
            (!required_scopes.is_empty()).then(|| self.scopes(required_scopes, found)),
            (!required_credentials.is_empty()).then(|| self.credentials(required_credentials, found)),
            (!peers.is_empty()).then(|| self.peers(peers, found)),
            delegation.as_ref().map(|delegation| self.delegation(delegation, found)),
            (tenant.is_some() || owner.is_some())
                .then(|| self.request_conditions(tenant.as_ref(), owner.as_ref(), found)),
        ];
        conditions.into_iter().flatten().collect()
    }

    /// The names of the fields that are set and are conditions.
    pub(super) fn condition_fields(&self) -> Vec<&'static str> {
        let MethodRule { required_scopes, required_credentials, peers, tenant, owner, .. } = &self.rule.rule;
        let fields = [
            (!required_scopes.is_empty(), "`required_scopes`"),
            (!required_credentials.is_empty(), "`required_credentials`"),
            (!peers.is_empty(), "`peers`"),
            (tenant.is_some(), "`tenant`"),
            (owner.is_some(), "`owner`"),
        ];
        fields.into_iter().filter_map(|(is_set, field)| is_set.then_some(field)).collect()
    }

    fn scopes(&self, scopes: &[String], found: &mut Diagnostics) -> Result<Condition, Refused> {
        let problem = |scope: &str| (!is_scope(scope)).then_some("is not a scope");
        let scopes = self.texts("scope", scopes, problem, (Lint::InvalidScope, SCOPE), found)?;
        let scopes = scopes.into_iter().map(|scope| self.scope(scope, found)).collect::<Vec<_>>();
        Ok(Condition::Scopes(scopes.into_iter().collect::<Result<_, _>>()?))
    }

    fn scope(&self, scope: String, found: &mut Diagnostics) -> Result<String, Refused> {
        let vocabulary = match &self.names.scopes {
            Accepted::Refused(refused) => return Err(*refused),
            Accepted::Closed(vocabulary) if !vocabulary.has(&scope) => vocabulary,
            Accepted::Any | Accepted::Closed(_) => return Ok(scope),
        };
        let message = format!("the scope {} in {} is not one of `{}`", quoted(&scope), self.whose, vocabulary.name);
        let help = match vocabulary.nearest(&scope) {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => format!("its scopes are {}", vocabulary.list()),
        };
        Err(found.error(Lint::UnknownScope, &self.rule.at, message, help))
    }

    fn peers(&self, peers: &[String], found: &mut Diagnostics) -> Result<Condition, Refused> {
        Ok(Condition::Peers(self.texts("peer", peers, peer::problem, (Lint::InvalidPeer, PEER), found)?))
    }

    fn delegation(&self, rule: &DelegationRule, found: &mut Diagnostics) -> Result<Condition, Refused> {
        let actors = self.texts("actor", &rule.actors, actor::problem, (Lint::InvalidDelegation, ACTOR), found);
        if Delegation::try_from(rule.mode) == Ok(Delegation::Allowed) {
            return Ok(Condition::Delegation(actors?));
        }
        Err(found.error(
            Lint::InvalidDelegation,
            &self.rule.at,
            format!("`delegation` in {} does not say whether delegated tokens are taken", self.whose),
            "write `mode: DELEGATION_ALLOWED`; without `delegation`, they are refused",
        ))
    }

    fn credentials(&self, numbers: &[i32], found: &mut Diagnostics) -> Result<Condition, Refused> {
        let credentials = numbers.iter().map(|number| credential(*number)).collect::<Option<Vec<_>>>();
        let is_set = |it: &Vec<_>| it.iter().collect::<BTreeSet<_>>().len() == it.len();
        credentials.filter(is_set).map(Condition::Credentials).ok_or_else(|| {
            found.error(
                Lint::InvalidCredential,
                &self.rule.at,
                format!("{} requires an unknown credential, or the same one twice", self.whose),
                "write `CREDENTIAL_JWT`, `CREDENTIAL_BOUND_JWT` or `CREDENTIAL_MTLS`, each at most once",
            )
        })
    }

    fn texts(
        &self,
        kind: &str,
        texts: &[String],
        problem: impl Fn(&str) -> Option<&'static str>,
        (lint, help): (Lint, &str),
        found: &mut Diagnostics,
    ) -> Result<Vec<String>, Refused> {
        let mut seen = BTreeSet::new();
        let problems = texts.iter().map(|text| {
            let problem = problem(text).or_else(|| (!seen.insert(text)).then_some("is given twice"));
            let Some(problem) = problem else { return Ok(text.clone()) };
            Err(found.error(
                lint,
                &self.rule.at,
                format!("the {kind} {} in {} {problem}", quoted(text), self.whose),
                help,
            ))
        });
        problems.collect::<Vec<_>>().into_iter().collect()
    }
}

/// True if a rule names roles, so that its service needs to know the vocabulary.
pub(in super::super) fn names_roles(DeclaredRule { rule, .. }: &DeclaredRule) -> bool {
    let exempt = rule.tenant.iter().map(|tenant| &tenant.exempt_roles);
    let mut exempt = exempt.chain(rule.owner.iter().map(|owner| &owner.exempt_roles));
    !rule.required_roles.is_empty() || exempt.any(|roles| !roles.is_empty())
}

/// True if a rule names scopes, so that its service needs to know the vocabulary.
pub(in super::super) fn names_scopes(DeclaredRule { rule, .. }: &DeclaredRule) -> bool {
    !rule.required_scopes.is_empty()
}

/// `None` for an unknown or unspecified credential.
fn credential(number: i32) -> Option<Credential> {
    match schema::Credential::try_from(number).ok()? {
        schema::Credential::BoundJwt => Some(Credential::BoundJwt),
        schema::Credential::Jwt => Some(Credential::Jwt),
        schema::Credential::Mtls => Some(Credential::Mtls),
        schema::Credential::Unspecified => None,
    }
}

const SCOPE: &str = "a scope is 1 to 256 ASCII characters without blank, quote and backslash (RFC 6749, section 3.3), and occurs in a rule once";

const ACTOR: &str =
    "an actor is `ISSUER#SUBJECT`, or `ISSUER#` and a SPIFFE ID whose last segment is `**`, and occurs in a rule once";

const PEER: &str = "a peer is a SPIFFE ID, a DNS name in lower case, or a SPIFFE ID whose last segment is `**`, and occurs in a rule once";

#[cfg(test)]
mod tests;
