//! `lints`: what schemas are checked for.

use super::error::CliError;
use crate::diagnostic::Lint;

/// The explanation of one lint, or a line for each.
pub(super) fn run(name: Option<&str>) -> Result<String, CliError> {
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
