//! The value of an option.

use std::collections::BTreeSet;

use protox::prost_reflect::{Kind, MessageDescriptor};

use super::Findings;
use super::field::{Field, did_you_mean, field_of};
use super::tokens::Token;

/// Compares the tokens behind `=` with the schema.
pub(super) fn check(field: &Field, tokens: &[Token<'_>], findings: &mut Findings<'_>) {
    let mut reader = Reader { tokens, at: 0, findings };
    // After a mistake that hides where a value ends, the rest is not read.
    let _ = reader.one(field);
}

/// Reads a value in protobuf's text format.
struct Reader<'a, 'b, 'c> {
    tokens: &'a [Token<'a>],
    at: usize,
    findings: &'b mut Findings<'c>,
}

impl<'a> Reader<'a, '_, '_> {
    fn peek(&self) -> Option<Token<'a>> {
        self.tokens.get(self.at).copied()
    }

    fn next(&mut self) -> Option<Token<'a>> {
        self.at += 1;
        self.tokens.get(self.at - 1).copied()
    }

    fn next_if(&mut self, text: &str) -> bool {
        let is_next = self.peek().is_some_and(|token| token.text == text);
        self.at += usize::from(is_next);
        is_next
    }

    /// The fields between braces.
    fn message(&mut self, message: &MessageDescriptor) -> Option<()> {
        let mut seen = BTreeSet::new();
        loop {
            let name = self.next()?;
            match name.text {
                "}" | ">" => return Some(()),
                "," | ";" => continue,
                _ if !name.is_word() => return None,
                _ => {}
            }
            let field = field_of(message, name, self.findings);
            if field.as_ref().is_some_and(|field| !field.is_list && !seen.insert(name.text)) {
                self.findings.report(name, format!("`{}` is given twice", name.text), "keep one of the two");
            }
            if self.next_if("=") {
                let message = format!("`{}` and its value have a `=` between them", name.text);
                self.findings.report(self.tokens[self.at - 1], message, "inside braces, write `:`");
                return None;
            }
            self.next_if(":");
            match field {
                Some(field) => self.value(&field)?,
                None => self.skip()?,
            }
        }
    }

    /// A value, or a list of values.
    fn value(&mut self, field: &Field) -> Option<()> {
        let open = self.peek()?;
        if !self.next_if("[") {
            return self.one(field);
        }
        if !field.is_list {
            self.findings.report(open, format!("`{}` takes one value, not a list", field.name), "delete the brackets");
        }
        while !self.next_if("]") {
            self.one(field)?;
            self.next_if(",");
        }
        Some(())
    }

    fn one(&mut self, field: &Field) -> Option<()> {
        let token = self.next()?;
        match &field.kind {
            Kind::Message(message) if matches!(token.text, "{" | "<") => return self.message(message),
            Kind::Message(message) => {
                let fields = message.fields().map(|field| format!("`{}`", field.name())).collect::<Vec<_>>().join(", ");
                let fields = if fields.is_empty() { "`{}`".to_owned() } else { format!("`{{ ... }}` with {fields}") };
                self.mistake(token, field, &format!("write {fields}"));
            }
            Kind::String if token.is_string() => {
                while self.peek().is_some_and(Token::is_string) {
                    self.at += 1;
                }
            }
            Kind::String => self.mistake(token, field, &format!("put it in quotes: `\"{}\"`", token.text)),
            Kind::Bool if BOOLEANS.contains(&token.text) => {}
            Kind::Bool => self.mistake(token, field, "write `true`"),
            Kind::Enum(values) if values.get_value_by_name(token.text).is_none() => {
                let values =
                    values.values().map(|value| value.name().to_owned()).filter(|name| !name.ends_with("_UNSPECIFIED"));
                self.mistake(token, field, &did_you_mean(token.unquoted(), &values.collect::<Vec<_>>(), "values"));
            }
            _ => {}
        }
        Some(())
    }

    fn mistake(&mut self, token: Token<'_>, field: &Field, help: &str) {
        self.findings.report(token, format!("`{}` is not a value of `{}`", token.text, field.name), help);
    }

    /// The value of an unknown field.
    fn skip(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        loop {
            match self.next()?.text {
                "{" | "[" | "<" => depth += 1,
                "}" | "]" | ">" => depth = depth.checked_sub(1)?,
                _ => {}
            }
            if depth == 0 {
                return Some(());
            }
        }
    }
}

/// What protobuf's text format takes for a boolean.
const BOOLEANS: [&str; 8] = ["true", "false", "True", "False", "t", "f", "0", "1"];
