//! `lints`: what schemas are checked for.

use lexopt::prelude::*;

use super::error::CliError;
use crate::diagnostic::Lint;

#[derive(Debug, Default)]
pub(super) struct Command {
    /// The lint to explain. Without one, all are listed.
    name: Option<String>,
}

impl Command {
    pub(super) fn parse(parser: &mut lexopt::Parser) -> Result<Self, lexopt::Error> {
        let mut name = None;
        while let Some(argument) = parser.next()? {
            match argument {
                Value(lint) if name.is_none() => name = Some(lint.string()?),
                argument => return Err(argument.unexpected()),
            }
        }
        Ok(Self { name })
    }

    pub(super) fn run(&self) -> Result<String, CliError> {
        run(self.name.as_deref())
    }
}

/// The explanation of one lint, or a line for each.
fn run(name: Option<&str>) -> Result<String, CliError> {
    let Some(name) = name else {
        let width = Lint::all().map(|lint| lint.name().len()).max().unwrap_or(0);
        let line = |lint: Lint| format!("{:width$}  {}\n", lint.name(), lint.summary());
        return Ok(Lint::all().map(line).collect());
    };
    match Lint::all().find(|lint| lint.name() == name) {
        Some(lint) => Ok(format!("{lint}\n\n{}\n", lint.explanation())),
        None => Err(CliError::UnknownLint(name.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::{Lint, run};

    #[test]
    fn a_known_lint_is_explained_and_an_unknown_one_is_refused() {
        let text = run(Some("missing-rule")).expect("an explanation");
        assert!(text.starts_with("missing-rule\n\nA method has no rule") && text.ends_with("`default`.\n"), "{text}");
        assert!(run(Some("missing-rules")).is_err());
    }

    #[test]
    fn without_a_name_every_lint_has_a_line() {
        assert_eq!(run(None).expect("a list").lines().count(), Lint::all().count());
    }
}
