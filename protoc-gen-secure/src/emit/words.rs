//! Lists of names, in sentences and in Rust.

use crate::diagnostic::visible;

/// `a`, `b` or `c`.
pub(super) fn list(names: impl IntoIterator<Item = impl AsRef<str>>, or: &str) -> String {
    let mut names = names.into_iter().map(|name| format!("`{}`", name.as_ref())).collect::<Vec<_>>();
    match names.pop() {
        Some(last) if names.is_empty() => last,
        Some(last) => format!("{} {or} {last}", names.join(", ")),
        None => String::new(),
    }
}

/// A Rust string literal: one line of visible characters. Rust's own escapes leave some that nobody sees.
pub(super) fn literal(text: &str) -> String {
    visible(&format!("{text:?}")).into_owned()
}

/// Each name in double quotes.
pub(super) fn quoted(names: impl IntoIterator<Item = impl AsRef<str>>) -> Vec<String> {
    names.into_iter().map(|name| literal(name.as_ref())).collect()
}

/// `"a", "b"`: the items of a Rust array of strings.
pub(super) fn literals(texts: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    quoted(texts).join(", ")
}
