//! Where in a `.proto` something is written.

use std::collections::BTreeMap;

use super::comments;
use super::descriptor::{Source, Span};
use crate::diagnostic::Location;

/// The positions and comments a compiler recorded for one file, by path.
#[derive(Debug)]
pub(super) struct Sources<'a> {
    file: &'a str,
    spans: BTreeMap<&'a [i32], Vec<&'a Span>>,
}

impl<'a> Sources<'a> {
    pub(super) fn new(file: &'a str, source: Option<&'a Source>) -> Self {
        let mut spans = BTreeMap::<_, Vec<_>>::new();
        for span in source.into_iter().flat_map(|source| &source.spans) {
            spans.entry(span.path.as_slice()).or_default().push(span);
        }
        Self { file, spans }
    }

    /// The position of `path`, or of its nearest recorded ancestor.
    pub(super) fn at(&self, path: &[i32]) -> Location {
        let recorded = (1..=path.len()).rev().find_map(|depth| self.first(&path[..depth]));
        self.location(recorded.and_then(start))
    }

    /// The position of the statement that sets an option, or a field of it, or of its nearest recorded ancestor.
    pub(super) fn of_option(&self, options: &[i32], option: &[i32]) -> Location {
        let path = [options, option].concat();
        let mut depths = (options.len() + 1..=path.len()).rev();
        let Some(span) = depths.find_map(|depth| self.at_or_below(&path[..depth])) else { return self.at(&path) };
        let option = start(span);
        // buf records the option's name, protoc the statement; all record statements, without saying of which option.
        let statements = self.spans.get(options).into_iter().flatten().copied().filter_map(start);
        self.location(statements.filter(|statement| Some(*statement) <= option).max().or(option))
    }

    fn at_or_below(&self, path: &[i32]) -> Option<&'a Span> {
        let (recorded, spans) = self.spans.range(path..).next()?;
        spans.first().copied().filter(|_| recorded.starts_with(path))
    }

    /// The comment before `path`, as lines of harmless Markdown.
    pub(super) fn comments(&self, path: &[i32]) -> Vec<String> {
        self.first(path).map_or_else(Vec::new, |span| comments::lines(&span.leading_comments))
    }

    fn first(&self, path: &[i32]) -> Option<&'a Span> {
        self.spans.get(path)?.first().copied()
    }

    fn location(&self, position: Option<(u32, u32)>) -> Location {
        Location { file: self.file.to_owned(), position }
    }
}

/// Recorded spans count from zero.
fn start(span: &Span) -> Option<(u32, u32)> {
    let &[line, column, ..] = span.span.as_slice() else { return None };
    Some((u32::try_from(line).ok()? + 1, u32::try_from(column).ok()? + 1))
}

#[cfg(test)]
mod tests {
    use super::{Source, Sources, Span};

    /// Two statements, the second of which sets option 9, recorded as `option`.
    #[track_caller]
    fn check(option: (&[i32], [i32; 3]), expected: (u32, u32)) {
        let statements = [(&[6, 0, 3] as &[i32], [4, 2, 30]), (&[6, 0, 3], [5, 2, 40])];
        let spans = statements.into_iter().chain([option]);
        let spans = spans.map(|(path, span)| Span { path: path.to_vec(), span: span.to_vec(), ..Span::default() });
        let source = Source { spans: spans.collect() };
        let location = Sources::new("a.proto", Some(&source)).of_option(&[6, 0, 3], &[9]);
        assert_eq!(location.position, Some(expected));
    }

    #[test]
    fn option_is_located_at_the_start_of_its_statement() {
        check((&[6, 0, 3, 9], [5, 2, 40]), (6, 3));
        check((&[6, 0, 3, 9], [5, 9, 39]), (6, 3));
        check((&[6, 0, 3, 9, 1], [5, 2, 40]), (6, 3));
    }

    #[test]
    fn option_without_a_position_is_located_at_its_parent() {
        check((&[6, 0, 3, 8], [5, 9, 39]), (5, 3));
    }
}
