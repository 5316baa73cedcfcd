//! `import`: rules of other systems, as options of methods.
//!
//! 1. [`methods`] lists the methods of `.proto` files, with their places in the text.
//! 2. A source says which rule it has for each method, and what it has no words for.
//! 3. [`patch`] writes the rules into the text, as a patch for people to review.
//!
//! An imported rule never admits a caller that the source refuses. Where a condition cannot be carried over, the method is
//! `denied`, and the report says why. A method that the source does not speak of gets no rule, so it does not generate.

mod a43;
mod error;
mod google;
mod istio;
mod methods;
mod option;
mod patch;
mod pattern;
mod preset;
mod rule;
mod statement;

#[cfg(test)]
mod tests;

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use crate::diagnostic::visible;
use crate::export::parse_documents;
pub(crate) use error::ImportError;
pub(crate) use methods::Protos;
use methods::{Method, Source};
use preset::Preset;
use rule::Rules;

/// A system that has rules of its own.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum System {
    /// `google.api.Authentication` of a service configuration, and `google.api.oauth_scopes`.
    Google,
    /// A policy of gRPC's own engine (gRFC A43).
    Grpc,
    /// AuthorizationPolicy.
    Istio,
    /// An option of one's own, by a table.
    Option,
    /// The options of a system that this crate knows.
    Preset(Preset),
}

impl FromStr for System {
    type Err = ImportError;

    fn from_str(name: &str) -> Result<Self, ImportError> {
        match name {
            "google" => Ok(Self::Google),
            "grpc" => Ok(Self::Grpc),
            "istio" => Ok(Self::Istio),
            "option" => Ok(Self::Option),
            _ => Preset::named(name).map(Self::Preset).ok_or_else(|| ImportError::UnknownSystem(name.to_owned())),
        }
    }
}

/// What an import made.
#[derive(Debug)]
pub(crate) struct Import {
    /// A unified diff of the `.proto` files.
    pub(crate) patch: String,
    pub(crate) report: Report,
}

/// What was not carried over as it is, a line each.
#[derive(Debug, Default)]
pub(crate) struct Report(Vec<String>);

impl Report {
    fn add(&mut self, method: &Method, what: &str) {
        self.0.push(visible(&format!("{}: {what}", method.path)).into_owned());
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

/// Reads rules of a system for the methods of `.proto` files.
///
/// `rules` is the text that the system keeps outside of them; for `option`, the table that explains the option. `roles` is
/// the path of the claim that holds roles, for Istio.
///
/// # Errors
///
/// If the files do not compile, or if the text has another form.
pub(crate) fn import(
    system: System,
    rules: Option<&str>,
    roles: &[String],
    protos: &Protos,
) -> Result<Import, ImportError> {
    let sources = methods::read(protos)?;
    let documents = rules.map_or_else(|| Ok(Vec::new()), parse_documents)?;
    let of_method: Rules = match system {
        System::Google => google::rules(documents)?,
        System::Grpc => a43::rules(documents)?,
        System::Istio => istio::rules(documents, roles)?,
        System::Option => option::rules(documents, &sources)?,
        System::Preset(preset) => preset.rules(&documents, &sources)?,
    };
    let mut report = Report::default();
    if let System::Preset(preset) = system {
        report.0.extend(preset.assumption().map(|assumption| format!("{}: {assumption}", preset.name())));
    }
    let mut patch = String::new();
    for source in &sources {
        patch += &imported(source, &of_method, &mut report);
    }
    Ok(Import { patch, report })
}

fn imported(source: &Source, of_method: &Rules, report: &mut Report) -> String {
    let mut edits = Vec::new();
    for method in &source.methods {
        match of_method(method) {
            _ if method.has_rule => report.add(method, "kept: it has a rule already"),
            None => report.add(method, "no rule was found, so it does not generate until you write one"),
            Some(imported) => {
                imported.notes.iter().for_each(|note| report.add(method, note));
                edits.push((method, imported.rule));
            }
        }
    }
    patch::write(source, &edits)
}

/// A path as patches have it.
fn shown(path: &Path) -> String {
    path.to_string_lossy().trim_start_matches('/').to_owned()
}
