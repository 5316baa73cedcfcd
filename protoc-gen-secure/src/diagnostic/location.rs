//! Places in `.proto` files. In text and in JSON, each is one string: `file:line:column`.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Positions;

/// A place in a `.proto`; line and column count from one.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) struct Location {
    pub(crate) file: String,
    pub(crate) position: Option<(u32, u32)>,
}

impl Location {
    /// The file without line and column if `positions` says so.
    pub(crate) fn shown(&self, positions: Positions) -> Self {
        match positions {
            Positions::Lines => self.clone(),
            Positions::None => Self::file(&self.file),
        }
    }

    /// A file as a whole.
    pub(crate) fn file(name: &str) -> Self {
        Self { file: name.to_owned(), position: None }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.position {
            Some((line, column)) => write!(f, "{}:{line}:{column}", self.file),
            None => f.write_str(&self.file),
        }
    }
}

impl Serialize for Location {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Location {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(parse(&String::deserialize(deserializer)?))
    }
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
