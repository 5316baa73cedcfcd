//! Who may call what: methods × roles, the public surface first.

mod filter;
mod format;
mod html;

use serde::Serialize;

use super::sentence;
use crate::diagnostic::Location;
use crate::manifest::{Access, Kind, Manifest, Rule, Source};

pub(crate) use filter::Filter;
pub(crate) use format::Format;

/// Every method with its rule, and every role that a rule or a vocabulary names.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub(crate) struct Matrix {
    /// The most open access first, then by name.
    pub(crate) methods: Vec<Row>,
    /// Sorted by name.
    pub(crate) roles: Vec<Column>,
    /// Roles without a column. The page describes them, and a caller may have them.
    #[serde(skip)]
    pub(crate) hidden: Vec<Column>,
}

/// One role.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub(crate) struct Column {
    /// What it is for, as its vocabulary says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    pub(crate) name: String,
    pub(crate) sensitive: bool,
}

/// One method.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub(crate) struct Row {
    pub(crate) exposure: Exposure,
    pub(crate) package: String,
    /// The full name.
    pub(crate) service: String,
    /// `*` for the rule of a whole vendored service.
    pub(crate) method: String,
    pub(crate) rule: Rule,
    /// What narrows the rule, in words.
    pub(crate) conditions: Vec<String>,
    /// What the rule is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    /// Why anyone may call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) public_reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) kind: Option<Kind>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) source: Option<Source>,
    pub(crate) declared_at: Location,
}

/// How open a method is, the most open first.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Exposure {
    Public,
    Authenticated,
    Roles,
    Denied,
}

/// Whether the holder of a role may call a method.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Cell {
    Yes,
    /// Under the conditions of the rule.
    Narrowed,
    No,
}

impl Matrix {
    pub(crate) fn new(manifest: &Manifest) -> Self {
        let methods = manifest.services.iter().flat_map(|(name, service)| {
            let methods = service.methods.iter().map(move |(method, it)| Row {
                kind: Some(it.kind),
                source: Some(it.source),
                description: it.description.clone(),
                public_reason: it.public_reason.clone(),
                ..Row::new(name, method, &it.rule, &it.declared_at)
            });
            methods.chain(service.rule.iter().map(move |rule| Row::new(name, "*", rule, &service.declared_at)))
        });
        let mut methods = methods.collect::<Vec<_>>();
        methods.sort_by(|one, other| one.key().cmp(&other.key()));
        let roles = manifest.roles().into_iter().map(|role| Column::new(manifest, role)).collect();
        Self { methods, roles, hidden: Vec::new() }
    }
}

impl Column {
    /// Of a name that several vocabularies have, the first description is taken. Sensitive in one is sensitive.
    fn new(manifest: &Manifest, name: &str) -> Self {
        let roles = || manifest.vocabularies.values().filter_map(|vocabulary| vocabulary.roles.get(name));
        Self {
            description: roles().find_map(|role| role.description.clone()),
            name: name.to_owned(),
            sensitive: roles().any(|role| role.is_sensitive),
        }
    }
}

impl Row {
    fn new(service: &str, method: &str, rule: &Rule, at: &Location) -> Self {
        Self {
            exposure: Exposure::of(rule),
            package: service.rsplit_once('.').map(|(package, _)| package.to_owned()).unwrap_or_default(),
            service: service.to_owned(),
            method: method.to_owned(),
            rule: rule.clone(),
            conditions: sentence::conditions(rule),
            description: None,
            public_reason: None,
            kind: None,
            source: None,
            declared_at: at.clone(),
        }
    }

    fn key(&self) -> (Exposure, &str, &str) {
        (self.exposure, &self.service, &self.method)
    }

    pub(crate) fn full_name(&self) -> String {
        format!("{}/{}", self.service, self.method)
    }

    pub(crate) fn cell(&self, role: &str) -> Cell {
        let is_admitted = match &self.rule.access {
            Access::AnyRole(roles) => roles.contains(role),
            Access::Anonymous | Access::Authenticated | Access::Public => true,
            Access::Denied => false,
        };
        match is_admitted {
            false => Cell::No,
            true if self.rule.is_narrowed() => Cell::Narrowed,
            true => Cell::Yes,
        }
    }
}

impl Exposure {
    fn of(rule: &Rule) -> Self {
        match rule.access {
            Access::AnyRole(_) => Self::Roles,
            Access::Authenticated => Self::Authenticated,
            Access::Denied => Self::Denied,
            Access::Anonymous | Access::Public => Self::Public,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Authenticated => "authenticated",
            Self::Roles => "roles",
            Self::Denied => "denied",
        }
    }
}

#[cfg(test)]
mod tests;
