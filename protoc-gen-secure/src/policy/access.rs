//! One rule, read as an answer to who may call.

use std::collections::BTreeSet;
use std::fmt;

use super::{Access, RoleName};
use crate::declared::DeclaredRule;
use crate::diagnostic::{Diagnostics, Refused, Rule};

/// Reads the rule of `method`, a name such as `Orders.Get`.
pub(super) fn access(method: &str, rule: &DeclaredRule, found: &mut Diagnostics) -> Result<Access, Refused> {
    let flags = flags(method, rule, found);
    let roles = roles(method, rule, found);
    match answers(rule).as_slice() {
        [] => Err(flags.err().unwrap_or_else(|| empty(method, rule, found))),
        [Answer::Public] => flags.map(|()| Access::Public),
        [Answer::Authenticated] => flags.map(|()| Access::Authenticated),
        [Answer::RequiredRoles] => flags.and(roles).map(Access::AnyRole),
        answers => Err(contradiction(method, rule, answers, found)),
    }
}

/// A way to say who may call, by the name of its field.
#[derive(Clone, Copy, Debug)]
enum Answer {
    Authenticated,
    Public,
    RequiredRoles,
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Authenticated => "`authenticated`",
            Self::Public => "`public`",
            Self::RequiredRoles => "`required_roles`",
        })
    }
}

fn answers(rule: &DeclaredRule) -> Vec<Answer> {
    let DeclaredRule { public, authenticated, required_roles, at: _ } = rule;
    let public = (*public == Some(true)).then_some(Answer::Public);
    let authenticated = (*authenticated == Some(true)).then_some(Answer::Authenticated);
    let required_roles = (!required_roles.is_empty()).then_some(Answer::RequiredRoles);
    [public, authenticated, required_roles].into_iter().flatten().collect()
}

fn flags(method: &str, rule: &DeclaredRule, found: &mut Diagnostics) -> Result<(), Refused> {
    let public = flag("public", rule.public, method, rule, found);
    let authenticated = flag("authenticated", rule.authenticated, method, rule, found);
    public.and(authenticated)
}

fn flag(
    name: &str,
    value: Option<bool>,
    method: &str,
    rule: &DeclaredRule,
    found: &mut Diagnostics,
) -> Result<(), Refused> {
    if value != Some(false) {
        return Ok(());
    }
    Err(found.error(
        Rule::FalseRule,
        &rule.at,
        format!("`{method}` says `{name}: false`, which does not say who may call it"),
        format!("delete `{name}: false`, and write {CHOICES}"),
    ))
}

fn empty(method: &str, rule: &DeclaredRule, found: &mut Diagnostics) -> Refused {
    found.error(
        Rule::EmptyRule,
        &rule.at,
        format!("the rule of `{method}` says nothing"),
        format!("write {CHOICES}; an empty list of roles is no rule"),
    )
}

fn contradiction(method: &str, rule: &DeclaredRule, answers: &[Answer], found: &mut Diagnostics) -> Refused {
    let answers = answers.iter().map(Answer::to_string).collect::<Vec<_>>();
    found.error(
        Rule::ContradictoryRule,
        &rule.at,
        format!("the rule of `{method}` says {}", answers.join(" and ")),
        format!("keep one: {}", answers.join(" or ")),
    )
}

fn roles(method: &str, rule: &DeclaredRule, found: &mut Diagnostics) -> Result<Vec<RoleName>, Refused> {
    let mut seen = BTreeSet::new();
    let mut roles = Vec::with_capacity(rule.required_roles.len());
    for role in &rule.required_roles {
        let problem = problem(role).or_else(|| (!seen.insert(role)).then_some("is given twice"));
        roles.push(match problem {
            Some(problem) => Err(invalid(method, role, problem, rule, found)),
            None => RoleName::new(role).ok_or_else(|| nameless(method, role, rule, found)),
        });
    }
    roles.into_iter().collect()
}

fn problem(role: &str) -> Option<&'static str> {
    if role.is_empty() {
        return Some("is empty");
    }
    if role.trim() != role {
        return Some("starts or ends with a blank");
    }
    if role.chars().any(is_invisible) {
        return Some("holds a character that cannot be seen");
    }
    (role.len() > LONGEST).then_some("is longer than 256 bytes")
}

/// Control characters, and those that hide or reorder their neighbours: roles are compared byte for byte, by machines
/// and by reviewers.
fn is_invisible(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(letter, '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}')
        || matches!(letter, '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
        || matches!(letter, '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
        || (letter.is_whitespace() && letter != ' ')
}

fn invalid(method: &str, role: &str, problem: &str, rule: &DeclaredRule, found: &mut Diagnostics) -> Refused {
    found.error(
        Rule::InvalidRole,
        &rule.at,
        format!("the role {} of `{method}` {problem}", quoted(role)),
        "a role is 1 to 256 bytes of visible text without blanks around it, and stands in a rule once",
    )
}

fn nameless(method: &str, role: &str, rule: &DeclaredRule, found: &mut Diagnostics) -> Refused {
    found.error(
        Rule::InvalidName,
        &rule.at,
        format!("the role {} of `{method}` has no Rust name", quoted(role)),
        "give the role an ASCII letter or digit",
    )
}

/// The role as it would stand in the `.proto`, cut where it becomes tiresome.
fn quoted(role: &str) -> String {
    let mut start = role.chars().take(SHOWN).collect::<String>();
    if start.len() < role.len() {
        start.push('…');
    }
    format!("`{start:?}`")
}

const LONGEST: usize = 256;

const SHOWN: usize = 64;

/// What a rule can say.
const CHOICES: &str = "`required_roles: [\"...\"]`, `authenticated: true` or `public: true`";

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use crate::testing::diagnose;

    /// Checks `Orders.Get` with this in its braces.
    #[track_caller]
    fn check(options: &str, expected: Expect) {
        expected
            .assert_eq(&diagnose(&format!("service Orders {{ rpc Get(Order) returns (Order) {{\n{options}\n}} }}")));
    }

    #[test]
    fn an_empty_rule_says_nothing() {
        check(
            "option (secure.v1.method) = {};",
            expect![[r#"
            1 error in the schema
            orders.proto:3:1: error[empty-rule]: the rule of `Orders.Get` says nothing
              help: write `required_roles: ["..."]`, `authenticated: true` or `public: true`; an empty list of roles is no rule
        "#]],
        );
    }

    #[test]
    fn an_empty_list_of_roles_says_nothing() {
        check(
            "option (secure.v1.method) = { required_roles: [] };",
            expect![[r#"
            1 error in the schema
            orders.proto:3:1: error[empty-rule]: the rule of `Orders.Get` says nothing
              help: write `required_roles: ["..."]`, `authenticated: true` or `public: true`; an empty list of roles is no rule
        "#]],
        );
    }

    #[test]
    fn public_false_is_refused() {
        check(
            "option (secure.v1.method).public = false;",
            expect![[r#"
            1 error in the schema
            orders.proto:3:1: error[false-rule]: `Orders.Get` says `public: false`, which does not say who may call it
              help: delete `public: false`, and write `required_roles: ["..."]`, `authenticated: true` or `public: true`
        "#]],
        );
    }

    #[test]
    fn authenticated_false_is_refused_beside_an_answer() {
        check(
            "option (secure.v1.method) = { authenticated: false, public: true };",
            expect![[r#"
            1 error in the schema
            orders.proto:3:1: error[false-rule]: `Orders.Get` says `authenticated: false`, which does not say who may call it
              help: delete `authenticated: false`, and write `required_roles: ["..."]`, `authenticated: true` or `public: true`
        "#]],
        );
    }

    #[test]
    fn public_and_roles_contradict() {
        check(
            r#"option (secure.v1.method) = { public: true, required_roles: ["admin"] };"#,
            expect![[r#"
            1 error in the schema
            orders.proto:3:1: error[contradictory-rule]: the rule of `Orders.Get` says `public` and `required_roles`
              help: keep one: `public` or `required_roles`
        "#]],
        );
    }

    #[test]
    fn answers_in_several_options_contradict() {
        check(
            r#"option (secure.v1.method).public = true;
            option (secure.v1.method).authenticated = true;
            option (secure.v1.method).required_roles = "admin";"#,
            expect![[r#"
                1 error in the schema
                orders.proto:3:1: error[contradictory-rule]: the rule of `Orders.Get` says `public` and `authenticated` and `required_roles`
                  help: keep one: `public` or `authenticated` or `required_roles`
            "#]],
        );
    }

    #[test]
    fn roles_in_several_options_are_one_list() {
        check(
            r#"option (secure.v1.method).required_roles = "admin";
            option (secure.v1.method).required_roles = "clerk";"#,
            expect![[r#"
                shop.v1.secure.rs
            "#]],
        );
    }

    #[test]
    fn every_invalid_role_is_refused() {
        check(
            r#"option (secure.v1.method) = {
                required_roles: ["", " admin", "clerk\n", "a\tb", "adm\342\200\213in", "reader", "reader", "writer "]
            };"#,
            expect![[r#"
                7 errors in the schema
                orders.proto:3:1: error[invalid-role]: the role `" admin"` of `Orders.Get` starts or ends with a blank
                  help: a role is 1 to 256 bytes of visible text without blanks around it, and stands in a rule once
                orders.proto:3:1: error[invalid-role]: the role `""` of `Orders.Get` is empty
                  help: a role is 1 to 256 bytes of visible text without blanks around it, and stands in a rule once
                orders.proto:3:1: error[invalid-role]: the role `"a\tb"` of `Orders.Get` holds a character that cannot be seen
                  help: a role is 1 to 256 bytes of visible text without blanks around it, and stands in a rule once
                orders.proto:3:1: error[invalid-role]: the role `"adm\u{200b}in"` of `Orders.Get` holds a character that cannot be seen
                  help: a role is 1 to 256 bytes of visible text without blanks around it, and stands in a rule once
                orders.proto:3:1: error[invalid-role]: the role `"clerk\n"` of `Orders.Get` starts or ends with a blank
                  help: a role is 1 to 256 bytes of visible text without blanks around it, and stands in a rule once
                orders.proto:3:1: error[invalid-role]: the role `"reader"` of `Orders.Get` is given twice
                  help: a role is 1 to 256 bytes of visible text without blanks around it, and stands in a rule once
                orders.proto:3:1: error[invalid-role]: the role `"writer "` of `Orders.Get` starts or ends with a blank
                  help: a role is 1 to 256 bytes of visible text without blanks around it, and stands in a rule once
            "#]],
        );
    }

    #[test]
    fn a_role_of_257_bytes_is_too_long() {
        let role = |length| format!("option (secure.v1.method).required_roles = \"{}\";", "r".repeat(length));
        check(
            &role(256),
            expect![[r#"
            shop.v1.secure.rs
        "#]],
        );
        check(
            &role(257),
            expect![[r#"
            1 error in the schema
            orders.proto:3:1: error[invalid-role]: the role `"rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr…"` of `Orders.Get` is longer than 256 bytes
              help: a role is 1 to 256 bytes of visible text without blanks around it, and stands in a rule once
        "#]],
        );
    }

    #[test]
    fn a_role_needs_a_letter_to_have_a_name() {
        check(
            r#"option (secure.v1.method).required_roles = "***";"#,
            expect![[r#"
            1 error in the schema
            orders.proto:3:1: error[invalid-name]: the role `"***"` of `Orders.Get` has no Rust name
              help: give the role an ASCII letter or digit
        "#]],
        );
    }
}
