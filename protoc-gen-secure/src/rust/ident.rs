//! Identifiers as prost-build and tonic-build make them; theirs are private.

use heck::{ToSnakeCase, ToUpperCamelCase};

/// prost-build's name of a field, a method, or a module of a package or message.
pub(super) fn snake(name: &str) -> String {
    sanitize(&name.to_snake_case())
}

/// prost-build's name of a type.
pub(super) fn upper_camel(name: &str) -> String {
    sanitize(&name.to_upper_camel_case())
}

/// tonic-build's stem of a service's modules: an underscore before every upper-case letter but the first.
pub(super) fn naive_snake(name: &str) -> String {
    let mut stem = String::with_capacity(name.len());
    let mut letters = name.chars().peekable();
    while let Some(letter) = letters.next() {
        stem.push(letter.to_ascii_lowercase());
        if letters.peek().is_some_and(|next| next.is_uppercase()) {
            stem.push('_');
        }
    }
    stem
}

/// Makes an identifier that Rust accepts of one that is a keyword or starts with a digit.
pub(super) fn sanitize(name: &str) -> String {
    match name {
        "_" | "Self" | "crate" | "extern" | "self" | "super" => format!("{name}_"),
        _ if KEYWORDS.contains(&name) => format!("r#{name}"),
        _ if name.starts_with(char::is_numeric) => format!("_{name}"),
        _ => name.to_owned(),
    }
}

/// `None` if Rust has no such identifier.
pub(super) fn checked(name: String) -> Option<String> {
    syn::parse_str::<syn::Ident>(&name).is_ok().then_some(name)
}

/// The keywords that have a raw form.
const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn", "else", "enum",
    "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod", "move", "mut",
    "override", "priv", "pub", "ref", "return", "static", "struct", "trait", "true", "try", "type", "typeof", "unsafe",
    "unsized", "use", "virtual", "where", "while", "yield",
];
