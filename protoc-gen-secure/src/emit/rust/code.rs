//! Rust text that is formatted while it is written.

use std::fmt::{Display, Write as _};

use super::super::words::literal;
use crate::diagnostic::is_invisible;

/// The lines of a file, indented by the blocks around them.
#[derive(Debug, Default)]
pub(super) struct Code {
    text: String,
    depth: usize,
}

impl Code {
    /// Starts an item: a blank line stands before it, unless it is the first of its block.
    pub(super) fn item(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("{\n") {
            self.text.push('\n');
        }
    }

    pub(super) fn line(&mut self, line: impl Display) {
        self.text.extend(std::iter::repeat_n(INDENT, self.depth));
        writeln!(self.text, "{line}").expect("a string takes every text");
    }

    /// A line of documentation. It starts with a space if it is not empty.
    pub(super) fn doc(&mut self, doc: impl AsRef<str>) {
        let doc = doc.as_ref();
        match doc.starts_with('/') || doc.contains(is_invisible) {
            true => self.line(format_args!("#[doc = {}]", literal(doc))),
            false => self.line(format_args!("///{doc}")),
        }
    }

    pub(super) fn block(&mut self, head: impl Display, body: impl FnOnce(&mut Self)) {
        self.line(format_args!("{head} {{"));
        self.indented(body);
        self.line("}");
    }

    /// A list on one line if it fits, or else with one item on each line.
    pub(super) fn list(&mut self, before: &str, items: &[String], after: &str) {
        let line = format!("{before}{}{after}", items.join(", "));
        if self.depth * INDENT.len() + line.chars().count() <= MAX_WIDTH {
            return self.line(line);
        }
        self.line(before);
        self.indented(|code| items.iter().for_each(|item| code.line(format_args!("{item},"))));
        self.line(after);
    }

    pub(super) fn indented(&mut self, body: impl FnOnce(&mut Self)) {
        self.depth += 1;
        body(self);
        self.depth -= 1;
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }
}

const INDENT: &str = "    ";
/// rustfmt's default.
const MAX_WIDTH: usize = 100;

#[cfg(test)]
mod tests {
    use proptest::prelude::{ProptestConfig, any, prop_assert_eq, proptest};

    use super::{Code, is_invisible, literal};

    #[test]
    fn blank_line_stands_between_items_only() {
        let mut code = Code::default();
        code.block("mod a", |code| {
            for name in ["B", "C"] {
                code.item();
                code.line(format_args!("struct {name};"));
            }
        });
        assert_eq!(code.into_text(), "mod a {\n    struct B;\n\n    struct C;\n}\n");
    }

    #[test]
    fn list_that_is_too_wide_has_one_item_on_each_line() {
        let [mut narrow, mut wide] = [Code::default(), Code::default()];
        narrow.list("f(", &["a".to_owned(), "b".to_owned()], ");");
        assert_eq!(narrow.into_text(), "f(a, b);\n");
        let long = "a".repeat(100);
        wide.list("f(", std::slice::from_ref(&long), ");");
        assert_eq!(wide.into_text(), format!("f(\n    {long},\n);\n"));
    }

    /// The documentation and the value of the only constant of a file that documents and contains a text.
    fn written(text: &str) -> (String, String) {
        let mut code = Code::default();
        code.doc(text);
        code.line(format_args!("const A: &str = {};", literal(text)));
        let file = code.into_text();
        assert_eq!(file.lines().count(), 2, "{file}");
        assert!(!file.replace('\n', "").contains(is_invisible), "{file:?}");
        let parsed = syn::parse_file(&file).unwrap_or_else(|error| panic!("{file}: {error}"));
        let [syn::Item::Const(item)] = &parsed.items[..] else { panic!("one constant: {file}") };
        let [syn::Attribute { meta: syn::Meta::NameValue(doc), .. }] = &item.attrs[..] else { panic!("{file}") };
        (string(&doc.value), string(&item.expr))
    }

    fn string(expression: &syn::Expr) -> String {
        let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) = expression else { panic!("a string") };
        text.value()
    }

    #[test]
    fn hostile_text_stays_inside_its_doc_and_literal() {
        let texts = [
            "", "\"", "\\", "\\\"", "*/ }", "/* ", "/", "//", "\n}", "a\rb", "\0", "\u{202e}", "\u{2028}", "\u{3164}",
            "\u{fe0f}", "é 漢", "#[x]", "{}",
        ];
        for text in texts {
            assert_eq!(written(text), (text.to_owned(), text.to_owned()));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_text_stays_inside_its_doc_and_literal(text in any::<String>()) {
            prop_assert_eq!(written(&text), (text.clone(), text));
        }
    }
}
