//! A rule as it is written into a `.proto`.

use std::collections::BTreeSet;

use super::methods::Method;
use crate::manifest::Credential;

/// The rule of a source for each method that it speaks of.
pub(super) type Rules = Box<dyn Fn(&Method) -> Option<Imported>>;

/// A rule of another system in our words.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Imported {
    pub(super) rule: Rule,
    /// What a reviewer must know.
    pub(super) notes: Vec<String>,
}

impl Imported {
    pub(super) fn exact(rule: Rule) -> Self {
        Self { rule, notes: Vec::new() }
    }

    pub(super) fn of_roles(roles: impl IntoIterator<Item = String>) -> Self {
        Self::exact(Rule::Known(Conditions { roles: roles.into_iter().collect(), ..Conditions::default() }))
    }

    /// The rule admits nobody, because a condition could not be carried over.
    pub(super) fn denied(notes: Vec<String>) -> Self {
        Self { rule: Rule::Denied, notes: notes.into_iter().map(|note| format!("denied: {note}")).collect() }
    }
}

/// Who may call a method.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Rule {
    Denied,
    Public,
    /// A caller that is known.
    Known(Conditions),
}

/// What a known caller must fulfil besides. All of it is required.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Conditions {
    /// One of them; none is required if empty.
    pub(super) roles: BTreeSet<String>,
    pub(super) scopes: BTreeSet<String>,
    /// One of them; none is required if empty.
    pub(super) peers: BTreeSet<String>,
    pub(super) credentials: BTreeSet<Credential>,
    pub(super) tenant: Option<Tenant>,
}

/// A field of the request must equal a claim of the caller.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Tenant {
    /// The path of the field.
    pub(super) field: String,
    pub(super) claim: &'static str,
}

impl Rule {
    /// The option with this name, and its value.
    pub(super) fn to_option(&self, name: &str) -> String {
        let conditions = match self {
            Self::Denied => return format!("{name}.denied = true"),
            Self::Public => return format!("{name}.public = true"),
            Self::Known(conditions) => conditions,
        };
        let Conditions { roles, scopes, peers, credentials, tenant } = conditions;
        let credentials = credentials.iter().map(|it| format!("CREDENTIAL_{}", it.name())).collect::<Vec<_>>();
        let access = match roles.is_empty() {
            true => Some("authenticated: true".to_owned()),
            false => texts("required_roles", roles),
        };
        let credentials = match credentials.is_empty() {
            true => None,
            false => Some(format!("required_credentials: [{}]", credentials.join(", "))),
        };
        let tenant = tenant
            .as_ref()
            .map(|Tenant { field, claim }| format!("tenant: {{ field: {}, claim: {} }}", quoted(field), quoted(claim)));
        let members = [access, texts("required_scopes", scopes), credentials, texts("peers", peers), tenant];
        format!("{name} = {{ {} }}", members.into_iter().flatten().collect::<Vec<_>>().join(", "))
    }

    /// One rule that admits exactly the callers of either rule, if there is such a rule.
    pub(super) fn or(&self, other: &Self) -> Option<Self> {
        let (one, two) = match (self, other) {
            (Self::Public, _) | (_, Self::Public) => return Some(Self::Public),
            (Self::Denied, rule) | (rule, Self::Denied) => return Some(rule.clone()),
            (Self::Known(one), Self::Known(two)) => (one, two),
        };
        one.or(two).map(Self::Known)
    }
}

impl Conditions {
    /// Two ways are one if they differ in one list of alternatives, or if one of them includes the other.
    fn or(&self, other: &Self) -> Option<Self> {
        let roles = Self { roles: alternatives(&self.roles, &other.roles), ..self.clone() };
        let peers = Self { peers: alternatives(&self.peers, &other.peers), ..self.clone() };
        if *other == (Self { roles: other.roles.clone(), ..self.clone() }) {
            return Some(roles);
        }
        if *other == (Self { peers: other.peers.clone(), ..self.clone() }) {
            return Some(peers);
        }
        let is_wider = |wide: &Self, narrow: &Self| {
            (wide.roles.is_empty() || (!narrow.roles.is_empty() && narrow.roles.is_subset(&wide.roles)))
                && (wide.peers.is_empty() || (!narrow.peers.is_empty() && narrow.peers.is_subset(&wide.peers)))
                && wide.scopes.is_subset(&narrow.scopes)
                && wide.credentials.is_subset(&narrow.credentials)
                && (wide.tenant.is_none() || wide.tenant == narrow.tenant)
        };
        [(self, other), (other, self)]
            .into_iter()
            .find(|(wide, narrow)| is_wider(wide, narrow))
            .map(|(wide, _)| wide.clone())
    }
}

/// No alternatives are no condition.
fn alternatives(one: &BTreeSet<String>, other: &BTreeSet<String>) -> BTreeSet<String> {
    match one.is_empty() || other.is_empty() {
        true => BTreeSet::new(),
        false => one | other,
    }
}

fn texts(name: &str, texts: &BTreeSet<String>) -> Option<String> {
    let quoted = texts.iter().map(|text| quoted(text)).collect::<Vec<_>>();
    match quoted.as_slice() {
        [] => None,
        [text] => Some(format!("{name}: {text}")),
        texts => Some(format!("{name}: [{}]", texts.join(", "))),
    }
}

/// A string of protobuf's text format.
fn quoted(text: &str) -> String {
    let escaped = text.bytes().map(|byte| match byte {
        b'"' | b'\\' => format!("\\{}", char::from(byte)),
        b' '..=b'~' => char::from(byte).to_string(),
        byte => format!("\\{byte:03o}"),
    });
    format!("\"{}\"", escaped.collect::<String>())
}
