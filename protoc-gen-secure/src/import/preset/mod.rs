//! The options of systems that declare access in their `.proto` files: one file for each system.
//!
//! Each preset takes the statements that it understands. A method with another statement is denied.

mod bytebase;
mod chef;
mod connectum;
mod inngest;
mod qdrant;
mod zitadel;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use serde_json::Value;

use super::error::ImportError;
use super::methods::{Method, Source};
use super::rule::{Imported, Rules};
use super::statement::{Statement, statements_of};

/// A system whose options are known.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Preset {
    /// <https://github.com/bytebase/bytebase>
    Bytebase,
    /// <https://github.com/chef/automate>
    Chef,
    /// <https://github.com/Connectum-Framework/connectum>
    Connectum,
    /// <https://github.com/inngest/inngest>
    Inngest,
    /// <https://github.com/qdrant/qdrant-cloud-public-api>
    Qdrant,
    /// <https://github.com/zitadel/zitadel>
    Zitadel,
}

impl Preset {
    const ALL: [Self; 6] = [Self::Bytebase, Self::Chef, Self::Connectum, Self::Inngest, Self::Qdrant, Self::Zitadel];

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|preset| preset.name() == name)
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Bytebase => "bytebase",
            Self::Chef => "chef",
            Self::Connectum => "connectum",
            Self::Inngest => "inngest",
            Self::Qdrant => "qdrant",
            Self::Zitadel => "zitadel",
        }
    }

    /// The assumption behind all imported rules, if there is one.
    pub(super) const fn assumption(self) -> Option<&'static str> {
        match self {
            Self::Bytebase => Some(bytebase::ASSUMPTION),
            Self::Chef => Some(chef::ASSUMPTION),
            Self::Connectum => None,
            Self::Inngest => Some(inngest::ASSUMPTION),
            Self::Qdrant => Some(qdrant::ASSUMPTION),
            Self::Zitadel => Some(zitadel::ASSUMPTION),
        }
    }

    /// How the names of its options start.
    const fn options(self) -> &'static str {
        match self {
            Self::Bytebase => "bytebase.v1.",
            Self::Chef => "chef.automate.api.",
            Self::Connectum => "connectum.auth.v1.",
            Self::Inngest => "api.v2.authz",
            Self::Qdrant => "qdrant.cloud.common.v1.",
            Self::Zitadel => "zitadel.",
        }
    }

    const fn read(self) -> fn(&Method, &mut Statements) -> Option<Imported> {
        match self {
            Self::Bytebase => bytebase::read,
            Self::Chef => chef::read,
            Self::Connectum => connectum::read,
            Self::Inngest => inngest::read,
            Self::Qdrant => qdrant::read,
            Self::Zitadel => zitadel::read,
        }
    }

    pub(super) fn rules(self, documents: &[Value], sources: &[Source]) -> Result<Rules, ImportError> {
        if !documents.is_empty() {
            return Err(ImportError::NoDocument(self.name()));
        }
        let is_known = |source: &Source| source.pool.all_extensions().any(|it| self.is_about(it.full_name()));
        match sources.iter().any(is_known) {
            true => Ok(Box::new(move |method| self.rule(method))),
            false => Err(ImportError::NoOptions(self.name())),
        }
    }

    fn is_about(self, option: &str) -> bool {
        option.starts_with(self.options())
    }

    fn rule(self, method: &Method) -> Option<Imported> {
        let mut all = statements_of(&method.options, |option| self.is_about(option));
        all.extend(statements_of(&method.service_options, |option| self.is_about(option)));
        let mut all = Statements(all);
        let imported = self.read()(method, &mut all);
        let left = all
            .0
            .iter()
            .map(|statement| format!("`{}` = `{}` has no counterpart in a rule", statement.place(), statement.text));
        let left = left.collect::<Vec<_>>();
        if left.is_empty() { imported } else { Some(Imported::denied(left)) }
    }
}

/// A method that nobody may call, with the reason for the report.
fn denied(reason: &str) -> Option<Imported> {
    Some(Imported::denied(vec![reason.to_owned()]))
}

/// The statements of a method that the preset has not read yet.
struct Statements(Vec<Statement>);

impl Statements {
    /// Takes the values of a field.
    fn take(&mut self, option: &str, field: &str) -> BTreeSet<String> {
        self.0.extract_if(.., |statement| statement.is(option, field)).map(|statement| statement.text).collect()
    }

    /// Takes the one value of a field.
    fn take_one(&mut self, option: &str, field: &str) -> Option<String> {
        self.take(option, field).pop_first()
    }

    /// Takes a flag; `None` if it is not set.
    fn take_flag(&mut self, option: &str, field: &str) -> Option<bool> {
        self.take_one(option, field).map(|text| text == "true")
    }

    /// Takes all fields of an option, which say nothing about access.
    fn ignore(&mut self, option: &str) {
        self.0.retain(|statement| statement.option != option);
    }
}
