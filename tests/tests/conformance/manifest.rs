//! A manifest as rules of the runtime, and its decision about a call.

use std::borrow::Cow;
use std::collections::BTreeMap;

use secure_runtime::authz::{Credential, Rule};
use secure_runtime::codegen::{self, Field, RequestCondition};
use secure_runtime::testing::{Peer, decide, decide_request};
use secure_runtime::tls::PeerName;
use secure_runtime::{Decision, Denial, Principal, PrincipalId};
use serde::Deserialize;
use serde_json::{Map, Value};
use tonic::Status;
use tonic_types::StatusExt as _;

/// The rules of one service.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    pub(crate) service: String,
    pub(crate) methods: BTreeMap<String, MethodRule>,
}

/// The rule of one method.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct MethodRule {
    pub(crate) authenticated: bool,
    pub(crate) denied: bool,
    pub(crate) public: bool,
    pub(crate) ignore_credentials: bool,
    pub(crate) required_roles: Vec<String>,
    pub(crate) required_scopes: Vec<String>,
    pub(crate) required_credentials: Vec<String>,
    pub(crate) peers: Vec<String>,
    pub(crate) delegation: Option<DelegationRule>,
    pub(crate) tenant: Option<TenantRule>,
    pub(crate) owner: Option<OwnerRule>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DelegationRule {
    mode: String,
    #[serde(default)]
    pub(crate) actors: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TenantRule {
    field: String,
    claim: Vec<String>,
    #[serde(default)]
    exempt_roles: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OwnerRule {
    field: String,
    #[serde(default)]
    exempt_roles: Vec<String>,
}

/// Who calls, and on what connection.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Caller {
    /// `None` for nobody.
    pub(crate) principal: Option<Identity>,
    /// `None` for a connection without one.
    pub(crate) certificate: Option<Certificate>,
}

/// What a credential proved.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Identity {
    pub(crate) issuer: String,
    pub(crate) subject: String,
    pub(crate) proven_by: Proof,
    #[serde(default)]
    pub(crate) foreign: bool,
    /// `None` for a token that is not delegated.
    #[serde(default)]
    pub(crate) actor: Option<Actor>,
    #[serde(default)]
    pub(crate) roles: Vec<String>,
    #[serde(default)]
    pub(crate) scopes: Vec<String>,
    #[serde(default)]
    pub(crate) claims: Map<String, Value>,
}

/// The current actor of a delegated token.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Actor {
    pub(crate) issuer: String,
    pub(crate) subject: String,
}

/// What proved it.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Proof {
    BoundJwt,
    Jwt,
    Mtls,
    Other,
}

/// A client certificate.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Certificate {
    /// `None` if it has no name that counts, or several.
    #[serde(default)]
    pub(crate) name: Option<String>,
    /// Several DNS names.
    #[serde(default)]
    pub(crate) names: Vec<String>,
}

impl Certificate {
    pub(crate) fn all(&self) -> impl Iterator<Item = &str> {
        self.name.iter().chain(&self.names).map(String::as_str)
    }
}

/// Fields by path; others are not set.
pub(crate) type Fields = BTreeMap<String, Value>;

impl MethodRule {
    /// The rule as a generated table has it.
    pub(crate) fn rule(&self) -> Rule {
        let credentials = self.required_credentials.iter().map(|name| match name.as_str() {
            "BOUND_JWT" => Credential::BoundJwt,
            "JWT" => Credential::Jwt,
            "MTLS" => Credential::Mtls,
            name => panic!("no credential: {name}"),
        });
        let rule = self.answer().scopes(leaked(&self.required_scopes)).peers(leaked(&self.peers));
        let rule = rule.credentials(credentials.collect::<Vec<_>>().leak());
        let rule = self.delegation.iter().fold(rule, |rule, DelegationRule { mode, actors }| {
            assert_eq!(mode, "ALLOWED");
            rule.allow_delegation(leaked(actors))
        });
        if self.tenant.is_some() || self.owner.is_some() { rule.with_request_conditions() } else { rule }
    }

    fn answer(&self) -> Rule {
        match (self.public, self.authenticated, self.denied, self.required_roles.as_slice()) {
            (true, false, false, []) if self.ignore_credentials => Rule::anonymous(),
            (true, false, false, []) => Rule::public(),
            (false, true, false, []) => Rule::authenticated(),
            (false, false, true, []) => Rule::denied(),
            (false, false, false, roles @ [_, ..]) => Rule::any_role(leaked(roles)),
            _ if self.ignore_credentials => panic!("it needs credentials: {self:?}"),
            _ => panic!("not exactly one answer: {self:?}"),
        }
    }

    fn request_conditions(&self) -> Vec<RequestCondition<Named>> {
        let tenant = self.tenant.as_ref().map(|TenantRule { claim, exempt_roles, .. }| {
            let condition = RequestCondition::claim(leaked(claim), |named: &Named| codegen::field(&named.tenant));
            condition.exempt(leaked(exempt_roles))
        });
        let owner = self.owner.as_ref().map(|OwnerRule { exempt_roles, .. }| {
            RequestCondition::subject(|named: &Named| codegen::field(&named.owner)).exempt(leaked(exempt_roles))
        });
        tenant.into_iter().chain(owner).collect()
    }

    /// The decision of the runtime: `ALLOW`, or the reason that a refused caller gets.
    pub(crate) fn decide(&self, caller: &Caller, fields: &Fields) -> String {
        let principal = caller.principal.as_ref().map(Identity::principal);
        let names = |it: &Certificate| it.all().map(|name| name.parse().unwrap()).collect::<Vec<PeerName>>();
        let names = caller.certificate.as_ref().map(names);
        let peer = match names.as_deref() {
            None => Peer::Absent,
            Some([]) => Peer::Unnamed,
            Some([name]) => Peer::Named(name),
            Some(names) => Peer::Several(names),
        };
        let field = |path: Option<&String>| path.and_then(|path| fields.get(path)).cloned().map(Scalar);
        let named = Named {
            tenant: field(self.tenant.as_ref().map(|tenant| &tenant.field)),
            owner: field(self.owner.as_ref().map(|owner| &owner.field)),
        };
        match decide(&self.rule(), principal.as_ref(), peer) {
            Decision::Allow => said(decide_request(&self.request_conditions(), principal.as_ref(), &named)),
            denial => said(denial),
        }
    }
}

impl Identity {
    pub(crate) fn principal(&self) -> Principal {
        let Self { issuer, subject, proven_by, foreign, actor, roles, scopes, claims } = self;
        let principal = Principal::new(issuer, subject).roles(roles).scopes(scopes).claims(claims.clone());
        let principal = if *foreign { principal.excluded_from_ownership() } else { principal };
        let principal =
            principal.acted_for_by(actor.iter().map(|actor| PrincipalId::new(&actor.issuer, &actor.subject)));
        match proven_by {
            Proof::BoundJwt => principal.proven_by(Credential::BoundJwt),
            Proof::Jwt => principal.proven_by(Credential::Jwt),
            Proof::Mtls => principal.proven_by(Credential::Mtls),
            Proof::Other => principal,
        }
    }
}

/// A decision in the words of the vectors.
pub(crate) fn said(decision: Decision) -> String {
    match decision {
        Decision::Allow => ALLOW.to_owned(),
        Decision::Deny(denial) => reason(denial),
    }
}

fn reason(denial: Denial) -> String {
    Status::from(denial).get_details_error_info().unwrap().reason
}

/// What the fields of the request conditions say.
struct Named {
    tenant: Option<Scalar>,
    owner: Option<Scalar>,
}

/// A field that is set.
struct Scalar(Value);

impl Field for Scalar {
    fn text(&self) -> Option<Cow<'_, str>> {
        match &self.0 {
            Value::String(text) => text.text(),
            Value::Number(number) if number.is_u64() => number.as_u64()?.text().map(|text| text.into_owned().into()),
            Value::Number(number) if number.is_i64() => number.as_i64()?.text().map(|text| text.into_owned().into()),
            value => panic!("neither a string nor an integer: {value}"),
        }
    }
}

/// Tables are static.
fn leaked(texts: &[String]) -> &'static [&'static str] {
    texts.iter().map(|text| &*text.clone().leak()).collect::<Vec<_>>().leak()
}

pub(crate) const ALLOW: &str = "ALLOW";
