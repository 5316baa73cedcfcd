//! Lists of names in sentences.

/// `a`, `b` or `c`.
pub(super) fn list(names: impl IntoIterator<Item = impl AsRef<str>>, or: &str) -> String {
    let mut names = names.into_iter().map(|name| format!("`{}`", name.as_ref())).collect::<Vec<_>>();
    match names.pop() {
        Some(last) if names.is_empty() => last,
        Some(last) => format!("{} {or} {last}", names.join(", ")),
        None => String::new(),
    }
}

/// Each name in double quotes.
pub(super) fn quoted(names: impl IntoIterator<Item = impl AsRef<str>>) -> Vec<String> {
    names.into_iter().map(|name| format!("{:?}", name.as_ref())).collect()
}
