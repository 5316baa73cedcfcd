//! Where in a `.proto` something is written.

use std::collections::BTreeMap;

use super::comments;
use super::descriptor::{Source, Span};
use crate::diagnostic::Location;

/// The positions and comments a compiler recorded for one file, by path.
#[derive(Debug)]
pub(super) struct Sources<'a> {
    file: &'a str,
    spans: BTreeMap<&'a [i32], &'a Span>,
}

impl<'a> Sources<'a> {
    pub(super) fn new(file: &'a str, source: Option<&'a Source>) -> Self {
        let mut spans = BTreeMap::new();
        for span in source.into_iter().flat_map(|source| &source.spans) {
            spans.entry(span.path.as_slice()).or_insert(span);
        }
        Self { file, spans }
    }

    /// The position of `path`, or of its nearest recorded ancestor.
    pub(super) fn at(&self, path: &[i32]) -> Location {
        let recorded = (1..=path.len()).rev().find_map(|depth| self.spans.get(&path[..depth]));
        self.location(recorded.copied())
    }

    /// The first position at or below `path`, or that of its nearest recorded ancestor.
    pub(super) fn within(&self, path: &[i32]) -> Location {
        match self.spans.range(path..).next() {
            Some((recorded, span)) if recorded.starts_with(path) => self.location(Some(span)),
            _ => self.at(path),
        }
    }

    /// The comment before `path`, as lines of harmless Markdown.
    pub(super) fn comments(&self, path: &[i32]) -> Vec<String> {
        self.spans.get(path).map_or_else(Vec::new, |span| comments::lines(&span.leading_comments))
    }

    fn location(&self, span: Option<&Span>) -> Location {
        Location { file: self.file.to_owned(), position: span.and_then(start) }
    }
}

/// Recorded spans count from zero.
fn start(span: &Span) -> Option<(u32, u32)> {
    let &[line, column, ..] = span.span.as_slice() else { return None };
    Some((u32::try_from(line).ok()? + 1, u32::try_from(column).ok()? + 1))
}
