//! One rule: who may call, and every condition that narrows it.

use std::collections::BTreeSet;
use std::ops::Not;

use serde::{Deserialize, Serialize};

/// Who may call a method. All conditions must hold.
#[derive(Clone, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(try_from = "Form", into = "Form")]
pub(crate) struct Rule {
    pub(crate) access: Access,
    /// All of them are required.
    pub(crate) scopes: BTreeSet<String>,
    /// All of them are required.
    pub(crate) credentials: BTreeSet<Credential>,
    /// The client certificate must name one of these. An empty set requires no certificate.
    pub(crate) peers: BTreeSet<String>,
    /// `None` if delegated tokens are refused.
    pub(crate) delegation: Option<DelegationRule>,
    pub(crate) tenant: Option<TenantRule>,
    pub(crate) owner: Option<OwnerRule>,
}

/// Who may call a method, before conditions.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Access {
    /// Anyone. Credentials are not read.
    Anonymous,
    /// A caller that holds at least one of these roles. Hierarchies are resolved: it is every role that admits.
    AnyRole(BTreeSet<String>),
    /// Any authenticated caller.
    Authenticated,
    /// Nobody.
    Denied,
    /// Anyone.
    Public,
}

/// A kind of credential.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Credential {
    BoundJwt,
    Jwt,
    Mtls,
}

impl Credential {
    /// True for a token, bound or not.
    pub(crate) const fn is_token(self) -> bool {
        matches!(self, Self::BoundJwt | Self::Jwt)
    }

    /// As in the `.proto`, without its prefix.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::BoundJwt => "BOUND_JWT",
            Self::Jwt => "JWT",
            Self::Mtls => "MTLS",
        }
    }
}

/// Delegated tokens are taken.
#[derive(Clone, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DelegationRule {
    /// The actor must be one of these. An empty set allows every actor.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) actors: BTreeSet<String>,
    mode: Delegation,
}

/// What a rule says of delegated tokens.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Delegation {
    Allowed,
}

impl DelegationRule {
    pub(crate) fn allowing(actors: BTreeSet<String>) -> Self {
        Self { actors, mode: Delegation::Allowed }
    }
}

/// The request must name the caller's tenant.
#[derive(Clone, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TenantRule {
    /// The claim that names the tenant: its path.
    pub(crate) claim: Vec<String>,
    /// The roles whose holders may name any tenant, hierarchies resolved.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) exempt_roles: BTreeSet<String>,
    /// The field of the request: its path.
    pub(crate) field: String,
}

/// The request must name the caller.
#[derive(Clone, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OwnerRule {
    /// The roles whose holders may name anyone, hierarchies resolved.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) exempt_roles: BTreeSet<String>,
    /// The field of the request: its path.
    pub(crate) field: String,
}

impl Rule {
    /// A rule without conditions.
    pub(crate) fn of(access: Access) -> Self {
        let (scopes, credentials, peers) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        Self { access, scopes, credentials, peers, delegation: None, tenant: None, owner: None }
    }

    /// The roles that it names: those that admit, and those that are exempt from a condition.
    #[cfg(feature = "cli")]
    pub(crate) fn roles(&self) -> impl Iterator<Item = &String> {
        let required = match &self.access {
            Access::AnyRole(roles) => Some(roles),
            Access::Anonymous | Access::Authenticated | Access::Denied | Access::Public => None,
        };
        let tenant = self.tenant.as_ref().map(|it| &it.exempt_roles);
        let owner = self.owner.as_ref().map(|it| &it.exempt_roles);
        [required, tenant, owner].into_iter().flatten().flatten()
    }

    /// True if a caller needs a token, bound or not.
    pub(crate) fn demands_token(&self) -> bool {
        self.credentials.iter().any(|credential| credential.is_token())
    }

    /// True if a condition narrows it. Delegation widens it.
    pub(crate) fn is_narrowed(&self) -> bool {
        let Self { access: _, scopes, credentials, peers, delegation: _, tenant, owner } = self;
        !(scopes.is_empty() && credentials.is_empty() && peers.is_empty()) || tenant.is_some() || owner.is_some()
    }
}

/// A rule in JSON. The members are in the order of their bytes, which the digest depends on.
#[derive(Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
struct Form {
    #[serde(skip_serializing_if = "Not::not")]
    authenticated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    delegation: Option<DelegationRule>,
    #[serde(skip_serializing_if = "Not::not")]
    denied: bool,
    #[serde(skip_serializing_if = "Not::not")]
    ignore_credentials: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<OwnerRule>,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    peers: BTreeSet<String>,
    #[serde(skip_serializing_if = "Not::not")]
    public: bool,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    required_credentials: BTreeSet<Credential>,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    required_roles: BTreeSet<String>,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    required_scopes: BTreeSet<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant: Option<TenantRule>,
}

impl From<Rule> for Form {
    fn from(rule: Rule) -> Self {
        let Rule { access, scopes, credentials, peers, delegation, tenant, owner } = rule;
        let form = Self {
            required_scopes: scopes,
            required_credentials: credentials,
            peers,
            delegation,
            tenant,
            owner,
            ..Self::default()
        };
        match access {
            Access::Anonymous => Self { ignore_credentials: true, public: true, ..form },
            Access::AnyRole(required_roles) => Self { required_roles, ..form },
            Access::Authenticated => Self { authenticated: true, ..form },
            Access::Denied => Self { denied: true, ..form },
            Access::Public => Self { public: true, ..form },
        }
    }
}

impl TryFrom<Form> for Rule {
    type Error = &'static str;

    fn try_from(form: Form) -> Result<Self, Self::Error> {
        let access = match (form.authenticated, form.denied, form.public, form.required_roles) {
            (false, false, false, roles) if !roles.is_empty() => Access::AnyRole(roles),
            (true, false, false, roles) if roles.is_empty() => Access::Authenticated,
            (false, true, false, roles) if roles.is_empty() => Access::Denied,
            (false, false, true, roles) if roles.is_empty() => match form.ignore_credentials {
                true => Access::Anonymous,
                false => Access::Public,
            },
            _ => return Err("a rule needs exactly one of `authenticated`, `denied`, `public` and `required_roles`"),
        };
        let Form {
            required_scopes: scopes, required_credentials: credentials, peers, delegation, tenant, owner, ..
        } = form;
        let rule = Self { access, scopes, credentials, peers, delegation, tenant, owner };
        match rule.access {
            Access::Anonymous | Access::Denied | Access::Public if rule.is_narrowed() => {
                Err("no condition narrows `denied` or `public`")
            }
            Access::Anonymous | Access::Denied if rule.delegation.is_some() => {
                Err("`delegation` has no effect where nobody looks at tokens")
            }
            Access::AnyRole(_) | Access::Authenticated | Access::Denied if form.ignore_credentials => {
                Err("`ignore_credentials` goes with `public` only")
            }
            _ => Ok(rule),
        }
    }
}
