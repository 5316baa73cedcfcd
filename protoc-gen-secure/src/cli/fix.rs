//! Corrections of the text of a `.proto` file. They change nothing else, comments included.

use crate::compile::{Token, tokens};
use crate::schema;

/// The text with an import of the option schema, if it uses the schema and does not import it.
pub(super) fn with_import(text: &str) -> Option<String> {
    let tokens = tokens(text);
    let uses_schema = tokens.iter().any(|token| token.text.trim_start_matches('.').starts_with("secure.v1."));
    (uses_schema && !has_import(&tokens)).then(|| import(text, &tokens))
}

/// The text with `denied` as the default rule of each service that has a method at one of these positions.
pub(super) fn with_defaults(text: &str, methods: &[(u32, u32)]) -> String {
    let tokens = tokens(text);
    let bodies = bodies(&tokens);
    let is_meant = |(open, close): &&(Token<'_>, Token<'_>)| {
        methods.iter().any(|method| (open.position..close.position).contains(method))
    };
    let mut fixed = text.to_owned();
    // From the end on, so that positions stay true.
    for (open, _) in bodies.iter().filter(is_meant).rev() {
        let line = text.lines().nth(open.position.0 as usize - 1).unwrap_or_default();
        let indent = line.chars().take_while(|letter| matches!(letter, ' ' | '\t')).collect::<String>();
        insert(&mut fixed, *open, &format!("{indent}  {DEFAULT}"));
    }
    if has_import(&tokens) { fixed } else { import(&fixed, &self::tokens(&fixed)) }
}

fn has_import(tokens: &[Token<'_>]) -> bool {
    let imports = tokens.iter().enumerate().filter(|(_, token)| token.text == "import");
    let names = imports.filter_map(|(index, _)| tokens[index..].iter().find(|token| token.is_string()));
    names.into_iter().any(|name| name.unquoted() == schema::FILE)
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

/// The braces around each service.
fn bodies<'a>(all: &[Token<'a>]) -> Vec<(Token<'a>, Token<'a>)> {
    let (mut depth, mut open, mut bodies) = (0_usize, None, Vec::new());
    for (index, token) in all.iter().enumerate() {
        match token.text {
            "{" => {
                let is_service = depth == 0 && index >= 2 && all[index - 2].text == "service";
                open = if is_service { Some(*token) } else { open };
                depth += 1;
            }
            "}" => {
                depth = depth.saturating_sub(1);
                bodies.extend(open.take_if(|_| depth == 0).map(|open| (open, *token)));
            }
            _ => {}
        }
    }
    bodies
}

/// Adds a line after the line of the token. If more than a comment follows there, it goes right behind the token.
fn insert(text: &mut String, after: Token<'_>, line: &str) {
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
fn offset(text: &str, (line, column): (u32, u32)) -> usize {
    let start = text.split_inclusive('\n').take(line as usize - 1).map(str::len).sum::<usize>();
    let before = text[start..].chars().take(column as usize - 1).map(char::len_utf8);
    start + before.sum::<usize>()
}

const DEFAULT: &str = "option (secure.v1.service).default = { denied: true };";

#[cfg(test)]
mod tests {
    use super::{with_defaults, with_import};

    #[track_caller]
    fn check_import(text: &str, expected: &str) {
        let fixed = with_import(text).expect("a fix");
        assert_eq!(fixed, expected);
        assert_eq!(with_import(&fixed), None, "the second time nothing is to fix");
    }

    #[test]
    fn import_is_inserted_after_the_last_import() {
        let rest = "service S { rpc Get(M) returns (M) { option (secure.v1.method).public = true; } }";
        check_import(
            &format!("syntax = \"proto3\"; // latest\n\npackage a; // ours\nimport \"b.proto\";\n{rest}"),
            &format!(
                "syntax = \"proto3\"; // latest\n\npackage a; // ours\nimport \"b.proto\";\nimport \"secure/v1/options.proto\";\n{rest}"
            ),
        );
        check_import(
            &format!("syntax = \"proto3\"; // latest\r\n{rest}\r\n"),
            &format!("syntax = \"proto3\"; // latest\r\nimport \"secure/v1/options.proto\";\r\n{rest}\r\n"),
        );
        check_import(
            &format!("syntax = \"proto3\"; {rest}"),
            &format!("syntax = \"proto3\"; import \"secure/v1/options.proto\"; {rest}"),
        );
        check_import(rest, &format!("import \"secure/v1/options.proto\";\n{rest}"));
    }

    #[test]
    fn file_that_needs_no_import_is_unchanged() {
        for text in [
            "syntax = \"proto3\"; // (secure.v1.method)\nmessage M {}",
            "import public 'secure/v1/options.proto'; service S { option (secure.v1.service).roles = \"a.R\"; }",
        ] {
            assert_eq!(with_import(text), None, "{text}");
        }
    }

    #[test]
    fn default_is_inserted_in_the_service_of_the_method() {
        let text = "syntax = \"proto3\";\nmessage M { message N {} }\n\
            service One { // first\n  rpc Get(M) returns (M); // {\n}\n\tservice Two {\n\t\trpc Get(M) returns (M) {}\n\t}\n";
        let expected = "syntax = \"proto3\";\nimport \"secure/v1/options.proto\";\nmessage M { message N {} }\n\
            service One { // first\n  rpc Get(M) returns (M); // {\n}\n\tservice Two {\n\
            \t  option (secure.v1.service).default = { denied: true };\n\t\trpc Get(M) returns (M) {}\n\t}\n";
        assert_eq!(with_defaults(text, &[(7, 3)]), expected);
    }
}
