//! Imports and options of a file.

use super::name::Place;
use super::tokens::Token;
use super::{Findings, name, value};
use crate::schema::FILE;

/// Reports the mistakes in all options of a file, or the import that they need.
pub(super) fn check(tokens: &[Token<'_>], findings: &mut Findings<'_>) {
    let mut reader = Reader { tokens, at: 0, places: Vec::new(), first_option: None, is_imported: false };
    reader.file(findings);
    let is_clean = findings.found.is_empty();
    if let Some(option) =
        reader.first_option.filter(|option| is_clean && !reader.is_imported && findings.is_about(option.text))
    {
        let message = format!("`({})` needs an import", option.text);
        findings.report(option, message, format!("add `import {FILE:?};` to the file"));
    }
}

struct Reader<'a> {
    tokens: &'a [Token<'a>],
    at: usize,
    /// What the open braces belong to.
    places: Vec<Place>,
    /// The name of the first option of the schema.
    first_option: Option<Token<'a>>,
    is_imported: bool,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Option<Token<'a>> {
        let token = self.tokens.get(self.at).copied();
        self.at += 1;
        token
    }

    fn place(&self) -> Place {
        self.places.last().copied().unwrap_or(Place::Other)
    }

    fn file(&mut self, findings: &mut Findings<'_>) {
        let mut keyword = "";
        while let Some(token) = self.next() {
            match token.text {
                "{" => self.places.push(opened_by(keyword)),
                "}" => drop(self.places.pop()),
                "[" => self.list(findings),
                "option" if keyword.is_empty() => self.option(self.place(), findings),
                ";" => {}
                text if keyword.is_empty() => {
                    keyword = text;
                    continue;
                }
                _ if keyword == "import" && token.is_string() => self.import(token, findings),
                _ => continue,
            }
            if token.text != "[" {
                keyword = "";
            }
        }
    }

    fn import(&mut self, path: Token<'_>, findings: &mut Findings<'_>) {
        let name = path.unquoted();
        self.is_imported |= name == FILE;
        if name != FILE && name.contains("secure") && findings.is_about(name) {
            findings.report(path, format!("there is no file `{name}`"), format!("did you mean `import {FILE:?};`?"));
        }
    }

    /// `[(secure.v1.role).name = "clerk", deprecated = true]`.
    fn list(&mut self, findings: &mut Findings<'_>) {
        let place = if self.place() == Place::Enum { Place::EnumValue } else { Place::Other };
        loop {
            self.option(place, findings);
            if self.tokens.get(self.at - 1).is_none_or(|token| token.text != ",") {
                return;
            }
        }
    }

    /// Reads an option up to `;`, or up to `,` or `]` in a list.
    fn option(&mut self, place: Place, findings: &mut Findings<'_>) {
        let start = self.at;
        let mut depth = 0_usize;
        while let Some(token) = self.next() {
            match token.text {
                "{" | "[" | "<" => depth += 1,
                "]" if depth == 0 => break,
                "}" | "]" | ">" => depth = depth.saturating_sub(1),
                ";" | "," if depth == 0 => break,
                _ => {}
            }
        }
        let option = &self.tokens[start..self.tokens.len().min(self.at - 1).max(start)];
        let Some(equals) = option.iter().position(|token| token.text == "=") else { return };
        let (name, value) = (&option[..equals], &option[equals + 1..]);
        let option = name::check(name, place, findings);
        self.first_option = self.first_option.or_else(|| option.as_ref().map(|option| option.name));
        if let Some(field) = option.and_then(|option| option.field) {
            value::check(&field, value, findings);
        }
    }
}

fn opened_by(keyword: &str) -> Place {
    match keyword {
        "enum" => Place::Enum,
        "rpc" => Place::Method,
        "service" => Place::Service,
        _ => Place::Other,
    }
}
