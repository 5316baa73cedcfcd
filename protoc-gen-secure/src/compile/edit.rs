//! Changes of the text of a `.proto` file. They change nothing else, comments included.

use super::{Token, tokens};
use crate::schema;

/// The text with an import of the option schema.
pub(crate) fn with_import(text: &str) -> String {
    let tokens = tokens(text);
    if has_import(&tokens) { text.to_owned() } else { import(text, &tokens) }
}

/// Whether the option schema is imported. A name may be written as several strings, and with escapes, which may stand for it.
pub(crate) fn has_import(tokens: &[Token<'_>]) -> bool {
    let imports = tokens.iter().enumerate().filter(|(_, token)| token.text == "import");
    let names = imports.map(|(index, _)| {
        let strings = tokens[index + 1..].iter().skip_while(|token| !token.is_string());
        strings.take_while(|token| token.is_string()).map(|token| token.unquoted()).collect::<String>()
    });
    names.into_iter().any(|name| name == schema::FILE || name.contains('\\'))
}

/// The name of an option of the schema in a file with these tokens.
///
/// The package of an imported file may hide the package `secure`, too. Its path tells. A dot that is not needed does no harm.
pub(crate) fn option(name: &str, tokens: &[Token<'_>]) -> String {
    let mut pairs = tokens.windows(2);
    let package = pairs.find(|pair| pair[0].text == "package" && pair[1].is_word()).map_or("", |pair| pair[1].text);
    let paths = tokens.iter().filter(|token| token.is_string()).map(|token| token.unquoted());
    let mut others = paths.filter(|path| *path != schema::FILE && path.ends_with(".proto"));
    match others.any(|path| path.split('/').any(|segment| segment == "secure")) {
        true => schema::option(name, ".secure"),
        false => schema::option(name, package),
    }
}

/// Adds the import after the last import, the package or the syntax, whichever comes last.
fn import(text: &str, tokens: &[Token<'_>]) -> String {
    let statement = format!("import \"{}\";", schema::FILE);
    let (mut depth, mut is_head, mut last) = (0_usize, false, None);
    for (index, token) in tokens.iter().enumerate() {
        let starts = index == 0 || matches!(tokens[index - 1].text, ";" | "}");
        match token.text {
            "{" => depth += 1,
            "}" => depth = depth.saturating_sub(1),
            "edition" | "import" | "package" | "syntax" if depth == 0 && starts => is_head = true,
            ";" if is_head => (is_head, last) = (false, Some(*token)),
            _ => {}
        }
    }
    let mut fixed = text.to_owned();
    match last {
        Some(end) => insert(&mut fixed, end, &statement),
        None => fixed.insert_str(0, &format!("{statement}\n")),
    }
    fixed
}

/// Adds a line after the line of the token. If more than a comment follows there, it goes right behind the token.
pub(crate) fn insert(text: &mut String, after: Token<'_>, line: &str) {
    let end = offset(text, after.position) + after.text.len();
    let rest = text[end..].lines().next().unwrap_or_default();
    let is_last = rest.trim().is_empty() || rest.trim_start().starts_with("//");
    let line_break = if text.contains("\r\n") { "\r\n" } else { "\n" };
    match is_last {
        true => text.insert_str(end + rest.len(), &format!("{line_break}{line}")),
        false => text.insert_str(end, &format!(" {}", line.trim_start())),
    }
}

/// The byte at a line and a column, both from one; columns count characters.
pub(crate) fn offset(text: &str, (line, column): (u32, u32)) -> usize {
    let start = text.split_inclusive('\n').take(line as usize - 1).map(str::len).sum::<usize>();
    let before = text[start..].chars().take(column as usize - 1).map(char::len_utf8);
    start + before.sum::<usize>()
}
