//! The options of the plugin in `buf.yaml`.

use std::fs;

use super::message::{Failure, OptionValue, PluginOption};
use crate::declared::Exclude;
use crate::report::diff::Allowed;

/// The options of a request.
#[derive(Debug, Default)]
pub(super) struct Options {
    /// The path of an allow file, from the directory on that buf runs in.
    allow: Option<String>,
    /// Packages and services of others, by full name.
    pub(super) exclude: Vec<String>,
}

impl Options {
    pub(super) fn read(options: &[PluginOption]) -> Result<Self, Failure> {
        let mut read = Self::default();
        for PluginOption { key, value } in options {
            let texts = value.as_ref().and_then(texts);
            match (key.as_str(), texts.as_deref()) {
                ("allow", Some([path])) => read.allow = Some(path.clone()),
                ("exclude", Some(names)) => read.exclude.extend_from_slice(names),
                _ => return Err(Failure::invalid(format!("the option `{key}` cannot be used; {KNOWN}"))),
            }
        }
        Exclude::new(&read.exclude).map_err(Failure::invalid)?;
        Ok(read)
    }

    /// The widenings that were agreed to.
    pub(super) fn allowed(&self) -> Result<Allowed, Failure> {
        let Some(path) = &self.allow else { return Ok(Allowed::default()) };
        let refused = |error: &dyn std::fmt::Display| Failure::invalid(format!("{path}: {error}"));
        let text = fs::read_to_string(path).map_err(|error| refused(&error))?;
        Allowed::parse(&text).map_err(|error| refused(&error))
    }
}

/// A string, or a list of strings.
fn texts(value: &OptionValue) -> Option<Vec<String>> {
    let one = value.text.clone().map(|text| vec![text]);
    one.or_else(|| value.list.as_ref()?.values.iter().map(|value| value.text.clone()).collect())
}

const KNOWN: &str = "known are `allow`, the path of a file, and `exclude`, a package or a service or a list of them";
