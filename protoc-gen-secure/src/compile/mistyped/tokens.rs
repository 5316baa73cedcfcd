//! The words of a `.proto` file, with their positions. Comments are skipped.

/// A word, a string, a number, or one other character.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token<'a> {
    pub(crate) text: &'a str,
    /// Line and column, from one.
    pub(crate) position: (u32, u32),
}

impl<'a> Token<'a> {
    pub(crate) fn is_word(self) -> bool {
        self.text.trim_start_matches('.').starts_with(is_first)
    }

    pub(crate) fn is_string(self) -> bool {
        self.text.starts_with(['"', '\''])
    }

    /// What is between the quotes.
    pub(crate) fn unquoted(self) -> &'a str {
        self.text.trim_matches(['"', '\''])
    }

    /// The words between its dots.
    pub(crate) fn segments(self) -> impl Iterator<Item = Self> {
        let (line, start) = self.position;
        let mut column = start;
        self.text.split('.').filter_map(move |text| {
            let position = (line, column);
            column += u32::try_from(text.len()).unwrap_or_default() + 1;
            (!text.is_empty()).then_some(Token { text, position })
        })
    }
}

/// Names with dots are one token, even if they start with a dot.
pub(crate) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut reader = Reader { rest: text, line: 1, column: 1 };
    let mut tokens = Vec::new();
    while let Some(first) = reader.rest.chars().next() {
        let (length, is_token) = length(reader.rest, first);
        let token = reader.take(length);
        if is_token {
            tokens.push(token);
        }
    }
    tokens
}

/// How many bytes belong together, and whether they are a token.
fn length(rest: &str, first: char) -> (usize, bool) {
    // After the two letters that open a comment: the star of `/*/` does not close it.
    let until = |end: &str| rest[2..].find(end).map_or(rest.len(), |at| 2 + at + end.len());
    let while_word = |text: &str| text.find(|letter| !is_inside(letter)).unwrap_or(text.len());
    match first {
        '/' if rest.starts_with("//") => (until("\n"), false),
        '/' if rest.starts_with("/*") => (until("*/"), false),
        '"' | '\'' => (string(rest, first), true),
        '.' if rest[1..].starts_with(is_first) => (1 + while_word(&rest[1..]), true),
        first if is_inside(first) && first != '.' => (while_word(rest), true),
        first => (first.len_utf8(), !first.is_whitespace()),
    }
}

/// The length of a string with its quotes. A string ends at the end of its line at the latest.
fn string(rest: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (at, letter) in rest.char_indices().skip(1) {
        match letter {
            '\n' => return at,
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            _ if letter == quote => return at + letter.len_utf8(),
            _ => {}
        }
    }
    rest.len()
}

fn is_first(letter: char) -> bool {
    letter.is_ascii_alphabetic() || letter == '_'
}

fn is_inside(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '_' | '.')
}

struct Reader<'a> {
    rest: &'a str,
    line: u32,
    column: u32,
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Token<'a> {
        let (text, rest) = self.rest.split_at(length);
        let position = (self.line, self.column);
        for letter in text.chars() {
            (self.line, self.column) = if letter == '\n' { (self.line + 1, 1) } else { (self.line, self.column + 1) };
        }
        self.rest = rest;
        Token { text, position }
    }
}

#[cfg(test)]
mod tests {
    use super::tokens;

    #[test]
    fn comments_are_no_tokens() {
        for text in ["/* x */ y", "/*/ x */ y", "/**/ y", "/*x/**/ y", "// x\ny", "//\ny", "y /*/", "y //"] {
            assert_eq!(tokens(text).iter().map(|token| token.text).collect::<Vec<_>>(), ["y"], "{text}");
        }
    }
}
