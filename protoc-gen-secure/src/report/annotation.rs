//! A finding at a line, as other tools show it.

use crate::diagnostic::{Location, Severity};

/// One finding.
pub(crate) struct Annotation<'a> {
    /// The name of a lint or a check.
    pub(crate) rule: &'a str,
    pub(crate) severity: Severity,
    pub(crate) message: &'a str,
    pub(crate) at: &'a Location,
}
