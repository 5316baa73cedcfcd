//! Corrections of the text of a `.proto` file. They change nothing else, comments included.

use crate::compile::edit::{has_import, insert, offset, option, with_import as import};
use crate::compile::{Token, tokens};
use crate::schema;

/// The text with an import of the option schema, if it uses the schema and does not import it.
pub(super) fn with_import(text: &str) -> Option<String> {
    let tokens = tokens(text);
    let is_option = |token: &Token<'_>| schema::is_option(token.text.trim_start_matches('.'));
    let uses_schema = tokens.windows(2).any(|pair| pair[0].text == "(" && is_option(&pair[1]));
    (uses_schema && !has_import(&tokens)).then(|| import(text))
}

/// The text with `denied` as the default rule of each service that has a method at one of these positions.
pub(super) fn with_defaults(text: &str, methods: &[(u32, u32)]) -> String {
    let tokens = tokens(text);
    let (bodies, name) = (bodies(&tokens), option("service", &tokens));
    let is_meant = |(open, close): &&(Token<'_>, Token<'_>)| {
        methods.iter().any(|method| (open.position..close.position).contains(method))
    };
    let mut fixed = text.to_owned();
    // From the end on, so that positions stay true.
    for (open, close) in bodies.iter().filter(is_meant).rev() {
        if let Some(rules) = braces_of_rules(&tokens, *open, *close) {
            let end = offset(&fixed, rules.position) + rules.text.len();
            fixed.insert_str(end, &format!(" default: {{ {DENIED} }}"));
            continue;
        }
        let line = text.lines().nth(open.position.0 as usize - 1).unwrap_or_default();
        let indent = line.chars().take_while(|letter| matches!(letter, ' ' | '\t')).collect::<String>();
        insert(&mut fixed, *open, &format!("{indent}  option {name}.default = {{ {DENIED} }};"));
    }
    import(&fixed)
}

/// The brace that opens `option (secure.v1.service) = {` in a service. Its fields can be set in one statement only.
fn braces_of_rules<'a>(tokens: &[Token<'a>], open: Token<'_>, close: Token<'_>) -> Option<Token<'a>> {
    let body = tokens.iter().filter(|token| (open.position..close.position).contains(&token.position));
    let body = body.copied().collect::<Vec<_>>();
    let is_start = |words: &&[Token<'_>]| {
        let words = [0, 1, 2, 3, 4, 5].map(|index| words[index].text.trim_start_matches('.'));
        words == ["option", "(", "secure.v1.service", ")", "=", "{"]
    };
    body.windows(6).find(is_start).map(|words| words[5])
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

const DENIED: &str = "denied: true";

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
            "message M { secure.v1.shop.M m = 1; } service S { rpc Get(secure.v1.shop.M) returns (M); }",
            "import \"secure/v1/\"\n'options.proto'; service S { option (secure.v1.service).roles = \"a.R\"; }",
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

    #[test]
    fn option_has_a_leading_dot_where_another_package_could_be_meant() {
        for (head, is_dotted) in [
            ("package shop.secure.v1;", true),
            ("package shop.v1; import \"shop/secure/v1/a.proto\";", true),
            ("package secure.shop;", false),
            ("package shop.v1; import \"secure/v1/options.proto\";", false),
        ] {
            let fixed = with_defaults(&format!("{head}\nservice S {{\n  rpc Get(M) returns (M);\n}}\n"), &[(3, 3)]);
            assert_eq!(fixed.contains("option (.secure.v1.service).default = { denied: true };"), is_dotted, "{fixed}");
            assert_eq!(fixed.contains("option (secure.v1.service).default = { denied: true };"), !is_dotted, "{fixed}");
        }
    }
}
