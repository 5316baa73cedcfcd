//! `rules`: the manual of findings.

use super::CliError;

/// One paragraph of the manual, or its table of contents.
pub(super) fn run(name: Option<&str>) -> Result<String, CliError> {
    let Some(name) = name else {
        let width = sections().map(|(name, _)| name.len()).max().unwrap_or(0);
        return Ok(sections().map(|(name, text)| format!("{name:width$}  {}\n", first_sentence(text))).collect());
    };
    match sections().find(|(known, _)| *known == name) {
        Some((name, text)) => Ok(format!("{name}\n\n{text}\n")),
        None => Err(CliError::UnknownRule(name.to_owned())),
    }
}

/// Each rule with what the manual says of it.
fn sections() -> impl Iterator<Item = (&'static str, &'static str)> {
    let sections = MANUAL.split("\n## ").skip(1).filter_map(|section| section.split_once("\n\n"));
    sections.map(|(name, text)| (name, text.split("\n# ").next().unwrap_or(text).trim_end()))
}

fn first_sentence(text: &str) -> String {
    let text = text.replace('\n', " ");
    text.find(". ").map_or_else(|| text.clone(), |end| text[..=end].to_owned())
}

const MANUAL: &str = include_str!("../rules.md");

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use super::{run, sections};
    use crate::diagnostic::Rule;

    #[test]
    fn the_manual_has_every_rule() {
        let rules = Rule::ALL.iter().map(ToString::to_string).collect::<BTreeSet<_>>();
        assert_eq!(rules.len(), Rule::ALL.len());
        assert_eq!(sections().map(|(name, _)| name.to_owned()).collect::<BTreeSet<_>>(), rules);
        assert!(sections().all(|(_, text)| text.len() > 100 && !text.contains('#')));
    }

    #[test]
    fn every_rule_has_a_test_with_its_text() {
        let mut sources = String::new();
        read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut sources);
        for rule in Rule::ALL {
            assert!(sources.contains(&format!("{}[{rule}]: ", rule.severity())), "no test shows `{rule}`");
        }
    }

    fn read(directory: &Path, sources: &mut String) {
        for entry in fs::read_dir(directory).expect("a directory").map(|entry| entry.expect("an entry").path()) {
            if entry.is_dir() {
                read(&entry, sources);
            } else if entry.extension().is_some_and(|extension| extension == "rs") {
                *sources += &fs::read_to_string(entry).expect("a file");
            }
        }
    }

    #[test]
    fn a_rule_is_explained_and_an_unknown_one_is_none() {
        let text = run(Some("missing-rule")).expect("a paragraph");
        assert!(text.starts_with("missing-rule\n\nA method has no rule") && text.ends_with("`default`.\n"), "{text}");
        assert!(run(Some("missing-rules")).is_err());
        assert!(run(None).expect("a list").lines().count() == Rule::ALL.len());
    }
}
