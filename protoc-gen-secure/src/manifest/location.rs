//! `file:line:column` as one string.

use serde::{Deserialize, Deserializer, Serializer};

use crate::diagnostic::Location;

pub(super) fn serialize<S: Serializer>(location: &Location, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(location)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Location, D::Error> {
    Ok(parse(&String::deserialize(deserializer)?))
}

/// Without two numbers at the end, it is a file as a whole.
fn parse(text: &str) -> Location {
    let positioned = || {
        let (rest, column) = text.rsplit_once(':')?;
        let (file, line) = rest.rsplit_once(':')?;
        Some(Location { file: file.to_owned(), position: Some((line.parse().ok()?, column.parse().ok()?)) })
    };
    positioned().unwrap_or_else(|| Location::file(text))
}
