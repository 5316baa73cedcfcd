//! Comments of a `.proto` as documentation that rustdoc neither compiles nor stumbles over.

/// Lines for `#[doc]`, each with its leading space. Code is fenced as text; links and HTML are escaped.
pub(super) fn lines(comment: &str) -> Vec<String> {
    Style { max_indent: 4, has_links: true }.lines(comment)
}

/// The same as a comment that prost-build copies. It turns addresses into links by itself, and indents a line that starts with
/// several spaces by one more.
pub(crate) fn for_prost(comment: &str) -> String {
    Style { max_indent: 3, has_links: false }.lines(comment).join("\n")
}

#[derive(Clone, Copy)]
struct Style {
    /// One more than this would be the indentation of a code block.
    max_indent: usize,
    has_links: bool,
}

impl Style {
    fn lines(self, comment: &str) -> Vec<String> {
        let comment = comment.replace(is_refused, " ");
        let mut fenced = false;
        let mut lines = Vec::new();
        for line in comment.lines().map(str::trim_end) {
            let fence = is_fence(line);
            lines.push(match (fence, fenced) {
                (true, false) => " ```text".to_owned(),
                (true, true) => " ```".to_owned(),
                (false, true) => code(line),
                (false, false) => self.prose(line),
            });
            fenced ^= fence;
        }
        if fenced {
            lines.push(" ```".to_owned());
        }
        lines
    }

    /// A line that starts no code block, wherever it stands, and links to nothing but the web.
    fn prose(self, line: &str) -> String {
        let text = line.split_whitespace().collect::<Vec<_>>().join(" ");
        if text.is_empty() {
            return text;
        }
        let text =
            if has_closed_spans(&text) { self.around_spans(&text) } else { self.words(&text).replace('`', "\\`") };
        format!("{}{text}", " ".repeat(self.indent(line)))
    }

    /// Keeps a nested list nested.
    fn indent(self, line: &str) -> usize {
        line.chars().take_while(|letter| letter.is_whitespace()).count().clamp(1, self.max_indent)
    }

    /// Leaves code spans as they are.
    fn around_spans(self, text: &str) -> String {
        let spans = text.split('`').enumerate();
        let spans = spans.map(|(index, span)| if index % 2 == 0 { self.words(span) } else { span.to_owned() });
        spans.collect::<Vec<_>>().join("`")
    }

    fn words(self, text: &str) -> String {
        text.split(' ').map(|word| self.word(word)).collect::<Vec<_>>().join(" ")
    }

    fn word(self, word: &str) -> String {
        let Some(start) = word.find("http://").or_else(|| word.find("https://")) else { return escape(word) };
        let (before, address) = word.split_at(start);
        let end = address.find([')', '<', '>', '[', ']', '`', '"']).unwrap_or(address.len());
        let (address, after) = address.split_at(end);
        let (before, after) = (escape(before), escape(after));
        match self.has_links {
            true => format!("{before}<{address}>{after}"),
            // prost-build's link ends here.
            false if !matches!(after.chars().next(), None | Some(')')) => format!("{before}{address} {after}"),
            false => format!("{before}{address}{after}"),
        }
    }
}

/// What rustc takes in no comment: carriage returns and text that turns around.
fn is_refused(letter: char) -> bool {
    letter == '\r' || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn is_fence(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("```") || line.starts_with("~~~")
}

/// Without the leading space, rustdoc would take the spaces of all other lines for indentation.
fn code(line: &str) -> String {
    if line.is_empty() || line.starts_with(' ') { line.to_owned() } else { format!(" {line}") }
}

fn has_closed_spans(text: &str) -> bool {
    text.matches('`').count().is_multiple_of(2) && !text.contains("``")
}

fn escape(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('<', "\\<");
    text.replace('[', "\\[").replace(']', "\\]").replace("~~~", "\\~\\~\\~")
}

#[cfg(test)]
mod tests {
    use super::lines;

    #[track_caller]
    fn check(comment: &str, expected: &[&str]) {
        assert_eq!(lines(comment), expected);
    }

    #[test]
    fn plain_text_is_unchanged() {
        check(" Finds an order.\n\n - one\n   - two\n", &[" Finds an order.", "", " - one", "   - two"]);
    }

    #[test]
    fn indented_code_becomes_plain_text() {
        check("     let order = 1;\n\tlet order = 2;", &["    let order = 1;", " let order = 2;"]);
        check(" -     panic!()\n >\tpanic!()", &[" - panic!()", " > panic!()"]);
    }

    #[test]
    fn characters_that_rustc_refuses_are_removed() {
        check("a\rb \u{202e}c", &[" a b c"]);
        check("```\na\rb\n```", &[" ```text", " a b", " ```"]);
    }

    #[test]
    fn fenced_code_is_text() {
        check("```rust\npanic!()\n```", &[" ```text", " panic!()", " ```"]);
        check(" ~~~~\n panic!()", &[" ```text", " panic!()", " ```"]);
    }

    #[test]
    fn code_fence_inside_a_list_becomes_text() {
        check(" - ```rust\n - ~~~", &[" - \\`\\`\\`rust", " - \\~\\~\\~"]);
    }

    #[test]
    fn only_web_links_are_kept() {
        check(
            "[Order](Order), [Order], see (https://example.com/a).",
            &[" \\[Order\\](Order), \\[Order\\], see (<https://example.com/a>)."],
        );
    }

    #[test]
    fn html_is_escaped_and_code_spans_are_kept() {
        check("Map<K, V> is `Map<K>[0]`", &[" Map\\<K, V> is `Map<K>[0]`"]);
        check("half ` a <b> span", &[" half \\` a \\<b> span"]);
    }
}
