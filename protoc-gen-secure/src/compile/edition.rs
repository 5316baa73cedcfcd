//! `unsupported-edition`: prost-build cannot generate messages of files with an edition.

use prost_types::FileDescriptorSet;

use crate::diagnostic::{Diagnostics, Lint, Location};

/// Refuses a set with such files: prost-build panics on them.
///
/// # Errors
///
/// One finding for each file with an edition.
pub(crate) fn refuse_editions(set: &FileDescriptorSet) -> Result<(), Diagnostics> {
    let mut found = Diagnostics::default();
    for file in set.file.iter().filter(|file| !matches!(file.syntax(), "" | "proto2" | "proto3")) {
        refuse(file.name(), &mut found);
    }
    found.gate(())
}

/// The finding about one file.
pub(super) fn refusal(file: &str) -> Diagnostics {
    let mut found = Diagnostics::default();
    refuse(file, &mut found);
    found
}

fn refuse(file: &str, found: &mut Diagnostics) {
    found.error(
        Lint::UnsupportedEdition,
        &Location::file(file),
        "the file uses an edition, and prost-build cannot generate its messages yet",
        "write `syntax = \"proto3\";`",
    );
}

/// True if the first statement of a `.proto` file is an edition.
pub(super) fn declares_edition(text: &str) -> bool {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let after_comment = match (text.strip_prefix("//"), text.strip_prefix("/*")) {
        (Some(comment), _) => comment.split_once('\n'),
        (_, Some(comment)) => comment.split_once("*/"),
        _ => return text.strip_prefix("edition").is_some_and(|rest| rest.trim_start().starts_with('=')),
    };
    after_comment.is_some_and(|(_, rest)| declares_edition(rest))
}
