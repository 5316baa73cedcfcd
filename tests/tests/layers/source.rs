//! Reads the source files of a crate, without their tests: what each imports, and how long it is.

use std::fs;
use std::path::Path;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// A file that is not a test.
pub(crate) struct Source {
    /// Its path without the extension: `gate/admit`, `gate` for `gate/mod.rs`, `lib` and `main`.
    pub(crate) module: String,
    /// The number of lines, without inline test modules.
    pub(crate) lines: usize,
    /// What it names, in full or relative: `["crate", "gate", "Gate"]`.
    pub(crate) paths: Vec<Named>,
}

/// A path in the text.
pub(crate) struct Named {
    pub(crate) segments: Vec<String>,
    /// Whether it is re-exported (`pub use`).
    pub(crate) is_reexport: bool,
}

/// All files below a directory, but `tests.rs`, `tests/`, and files that are declared with `#[cfg(test)]`.
pub(crate) fn read(root: &Path) -> Vec<Source> {
    let mut texts = Vec::new();
    collect(root, "", &mut texts);
    let test_files = texts.iter().flat_map(|(module, text)| test_files(module, text)).collect::<Vec<_>>();
    texts.retain(|(module, _)| !test_files.contains(module));
    texts.into_iter().map(|(module, text)| source(module, &text)).collect()
}

fn collect(directory: &Path, prefix: &str, texts: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_str().unwrap();
        if stem == "tests" {
            continue;
        }
        let module = if stem == "mod" { prefix.trim_end_matches('/').to_owned() } else { format!("{prefix}{stem}") };
        if path.is_dir() {
            collect(&path, &format!("{module}/"), texts);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            texts.push((module, fs::read_to_string(&path).unwrap()));
        }
    }
}

/// The modules that a file declares as `#[cfg(test)] mod name;`.
fn test_files(module: &str, text: &str) -> Vec<String> {
    let directory = if matches!(module, "lib" | "main") { String::new() } else { format!("{module}/") };
    let declared = text.split("#[cfg(test)]").skip(1).filter_map(|rest| {
        let line = rest.trim_start().lines().next()?;
        let (_, name) = line.strip_suffix(';')?.split_once("mod ")?;
        Some(format!("{directory}{name}"))
    });
    declared.collect()
}

/// Test modules stand at the end of a file.
fn source(module: String, text: &str) -> Source {
    let inline = text.find("\n#[cfg(test)]\nmod tests {");
    let text = &text[..inline.unwrap_or(text.len())];
    let mut words = Vec::new();
    flatten(text.parse().unwrap_or_else(|error| panic!("{module}: {error}")), &mut words);
    Source { module, lines: text.lines().count(), paths: paths(&words) }
}

/// The words of a text; brackets and `::` are words too. Comments are none, as docs are strings to a compiler.
fn flatten(tokens: TokenStream, words: &mut Vec<String>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Brace => ("{", "}"),
                    _ => ("(", ")"),
                };
                words.push(open.to_owned());
                flatten(group.stream(), words);
                words.push(close.to_owned());
            }
            TokenTree::Punct(punct) if punct.as_char() == ':' && words.last().is_some_and(|word| word == ":") => {
                *words.last_mut().unwrap() = "::".to_owned();
            }
            token => words.push(token.to_string().trim_start_matches("r#").to_owned()),
        }
    }
}

fn paths(words: &[String]) -> Vec<Named> {
    let mut paths = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let is_root = matches!(words[at].as_str(), "crate" | "super" | "self") && word(words, at + 1) == "::";
        if words[at] == "use" {
            let is_reexport = at > 0 && matches!(words[at - 1].as_str(), "pub" | ")");
            let mut leaves = Vec::new();
            at = tree(words, at + 1, &[], &mut leaves);
            paths.extend(leaves.into_iter().map(|segments| Named { segments, is_reexport }));
        } else if is_root && (at == 0 || words[at - 1] != "$") {
            let mut leaves = Vec::new();
            at = tree(words, at, &[], &mut leaves);
            paths.extend(leaves.into_iter().map(|segments| Named { segments, is_reexport: false }));
        } else {
            at += 1;
        }
    }
    paths
}

/// Reads `a::b`, or `a::{b, c::d}`, from a position on, and returns where it ends.
fn tree(words: &[String], mut at: usize, base: &[String], leaves: &mut Vec<Vec<String>>) -> usize {
    let mut path = base.to_vec();
    loop {
        if word(words, at) == "{" {
            at += 1;
            while word(words, at) != "}" {
                at = tree(words, at, &path, leaves);
                if word(words, at) == "as" {
                    at += 2;
                }
                if word(words, at) == "," {
                    at += 1;
                }
            }
            return at + 1;
        }
        path.push(word(words, at).to_owned());
        at += 1;
        if word(words, at) != "::" || !is_segment(word(words, at + 1)) {
            leaves.push(path);
            return at;
        }
        at += 1;
    }
}

fn is_segment(word: &str) -> bool {
    word == "{" || word == "*" || word.starts_with(|first: char| first.is_alphabetic() || first == '_')
}

fn word(words: &[String], at: usize) -> &str {
    words.get(at).map_or("", String::as_str)
}
