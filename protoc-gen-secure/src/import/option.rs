//! An option of one's own, explained by a table: what each of its fields means.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use protox::prost_reflect::{DescriptorPool, ExtensionDescriptor};
use serde::Deserialize;
use serde_json::Value;

use super::ImportError;
use super::methods::{Method, Source};
use super::rule::{Conditions, Imported, Rule, Rules};
use super::statement::statements_of;

/// One row of the table.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    /// The full name of an extension of `google.protobuf.MethodOptions`, or its number.
    option: Name,
    /// The path of a field in it. Left out: the option itself.
    #[serde(default)]
    field: String,
    /// What a value means that `values` does not name.
    #[serde(rename = "as", default)]
    meaning: Meaning,
    /// What some values mean: texts, names of enum values, `true` and `false`.
    #[serde(default)]
    values: BTreeMap<String, Meaning>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Name {
    Number(u32),
    Text(String),
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Text(name) => f.write_str(name),
        }
    }
}

#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Meaning {
    Authenticated,
    Denied,
    /// It is no condition.
    Ignored,
    Public,
    Roles,
    Scopes,
    #[default]
    #[serde(skip)]
    Unknown,
}

impl Row {
    fn meaning_of(&self, text: &str) -> Meaning {
        match (self.values.get(text), self.meaning) {
            (Some(meaning), _) => *meaning,
            // A flag that is written, and not set.
            (None, Meaning::Authenticated | Meaning::Denied | Meaning::Public) if text == "false" => Meaning::Ignored,
            (None, meaning) => meaning,
        }
    }
}

/// A row with its option.
struct Known {
    row: Row,
    name: String,
}

pub(super) fn rules(documents: Vec<Value>, sources: &[Source]) -> Result<Rules, ImportError> {
    let [document] = <[Value; 1]>::try_from(documents).map_err(|_| ImportError::NotOne("table"))?;
    let rows = serde_json::from_value::<Vec<Row>>(document).map_err(|error| ImportError::Form(error.to_string()))?;
    let known = |row: Row| {
        let extension = sources.iter().find_map(|source| extension(&source.pool, &row.option));
        let extension = extension.ok_or_else(|| ImportError::UnknownOption(row.option.to_string()))?;
        Ok(Known { name: extension.full_name().to_owned(), row })
    };
    let rows = rows.into_iter().map(known).collect::<Result<Vec<_>, ImportError>>()?;
    Ok(Box::new(move |method| rule(&rows, method)))
}

fn extension(pool: &DescriptorPool, name: &Name) -> Option<ExtensionDescriptor> {
    let mut extensions =
        pool.all_extensions().filter(|it| it.containing_message().full_name() == "google.protobuf.MethodOptions");
    extensions.find(|extension| match name {
        Name::Number(number) => extension.number() == *number,
        Name::Text(name) => extension.full_name() == name,
    })
}

fn rule(rows: &[Known], method: &Method) -> Option<Imported> {
    let statements = statements_of(&method.options, |option| rows.iter().any(|known| known.name == option));
    if statements.is_empty() {
        return None;
    }
    let mut answers = BTreeSet::new();
    let mut conditions = Conditions::default();
    let mut notes = Vec::new();
    for statement in statements {
        let row = rows.iter().find(|known| statement.is(&known.name, &known.row.field));
        let meaning = row.map_or(Meaning::Unknown, |known| known.row.meaning_of(&statement.text));
        let place = statement.place();
        let text = statement.text;
        match meaning {
            Meaning::Authenticated => drop(answers.insert("authenticated")),
            Meaning::Denied => drop(answers.insert("denied")),
            Meaning::Public => drop(answers.insert("public")),
            Meaning::Roles => drop(conditions.roles.insert(text)),
            Meaning::Scopes => drop(conditions.scopes.insert(text)),
            Meaning::Ignored => {}
            Meaning::Unknown => notes.push(format!("the table does not say what `{place}` = `{text}` means")),
        }
    }
    if !notes.is_empty() {
        return Some(Imported::denied(notes));
    }
    let is_narrowed = conditions != Conditions::default();
    match (answers.contains("denied"), answers.contains("public"), is_narrowed || answers.contains("authenticated")) {
        (true, ..) => Some(Imported::exact(Rule::Denied)),
        (_, true, false) => Some(Imported::exact(Rule::Public)),
        (_, true, true) => Some(Imported::denied(vec!["its option is public and not public at once".to_owned()])),
        (_, _, true) => Some(Imported::exact(Rule::Known(conditions))),
        _ => None,
    }
}
