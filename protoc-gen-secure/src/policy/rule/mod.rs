//! One rule, read as an answer to who may call.

mod bound;
mod narrow;
mod roles;

use std::fmt;

use super::vocabulary::Roles;
use super::{Access, RulePolicy};
use crate::declared::DeclaredRule;
use crate::diagnostic::{Diagnostics, Refused, Rule};

pub(super) use bound::RequestType;
pub(super) use roles::check as check_role;

/// Reads one rule. What it says of roles means what `roles` says.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    /// Such as "the rule of `Orders.Get`".
    pub(super) whose: String,
    pub(super) rule: &'a DeclaredRule,
    pub(super) roles: Roles<'a>,
    /// What a rule for any of several methods does not know yet.
    pub(super) request: Option<RequestType<'a>>,
}

impl Reader<'_> {
    pub(super) fn read(&self, found: &mut Diagnostics) -> Result<RulePolicy, Refused> {
        let access = self.access(found);
        let scopes = self.scopes(found);
        let credentials = self.credentials(found);
        let peers = self.peers(found);
        let bounds = self.bounds(found);
        Ok(RulePolicy { access: access?, scopes: scopes?, credentials: credentials?, peers: peers?, bounds: bounds? })
    }

    fn access(&self, found: &mut Diagnostics) -> Result<Access, Refused> {
        let flags = self.flags(found);
        let roles = self.required_roles(found);
        match self.answers().as_slice() {
            [] => Err(flags.err().unwrap_or_else(|| self.silent(found))),
            [answer @ (Answer::Public | Answer::Denied)] if !self.narrows().is_empty() => {
                Err(self.unnarrowed(*answer, found))
            }
            [Answer::Public] => flags.map(|()| Access::Public),
            [Answer::Denied] => flags.map(|()| Access::Denied),
            [Answer::Authenticated] => flags.map(|()| Access::Authenticated),
            [Answer::RequiredRoles] => flags.and(roles).map(Access::AnyRole),
            answers => Err(self.contradiction(answers, found)),
        }
    }

    fn answers(&self) -> Vec<Answer> {
        let DeclaredRule { public, authenticated, required_roles, denied, .. } = self.rule;
        let public = (*public == Some(true)).then_some(Answer::Public);
        let authenticated = (*authenticated == Some(true)).then_some(Answer::Authenticated);
        let required_roles = (!required_roles.is_empty()).then_some(Answer::RequiredRoles);
        let denied = (*denied == Some(true)).then_some(Answer::Denied);
        [public, authenticated, required_roles, denied].into_iter().flatten().collect()
    }

    /// The fields that narrow the answer, by name.
    fn narrows(&self) -> Vec<&'static str> {
        let DeclaredRule { required_scopes, required_credentials, peers, tenant, owner, .. } = self.rule;
        let fields = [
            (!required_scopes.is_empty(), "`required_scopes`"),
            (!required_credentials.is_empty(), "`required_credentials`"),
            (!peers.is_empty(), "`peers`"),
            (tenant.is_some(), "`tenant`"),
            (owner.is_some(), "`owner`"),
        ];
        fields.into_iter().filter_map(|(is_there, field)| is_there.then_some(field)).collect()
    }

    fn flags(&self, found: &mut Diagnostics) -> Result<(), Refused> {
        let DeclaredRule { public, authenticated, denied, .. } = self.rule;
        let flags = [("public", public), ("authenticated", authenticated), ("denied", denied)];
        let flags = flags.map(|(name, value)| self.flag(name, *value, found));
        flags.into_iter().collect()
    }

    fn flag(&self, name: &str, value: Option<bool>, found: &mut Diagnostics) -> Result<(), Refused> {
        if value != Some(false) {
            return Ok(());
        }
        Err(found.error(
            Rule::FalseRule,
            &self.rule.at,
            format!("{} says `{name}: false`, which does not say who may call", self.whose),
            format!("delete `{name}: false`, and write {CHOICES}"),
        ))
    }

    fn silent(&self, found: &mut Diagnostics) -> Refused {
        let (whose, narrows) = (&self.whose, self.narrows());
        let (message, help) = match narrows.as_slice() {
            [] => (format!("{whose} says nothing"), format!("write {CHOICES}; an empty list of roles is no rule")),
            narrows => (
                format!("{whose} says {}, but not whom that narrows", narrows.join(" and ")),
                "add `authenticated: true` or `required_roles: [\"...\"]`".to_owned(),
            ),
        };
        found.error(Rule::EmptyRule, &self.rule.at, message, help)
    }

    fn contradiction(&self, answers: &[Answer], found: &mut Diagnostics) -> Refused {
        let answers = answers.iter().map(Answer::to_string).collect::<Vec<_>>();
        found.error(
            Rule::ContradictoryRule,
            &self.rule.at,
            format!("{} says {}", self.whose, answers.join(" and ")),
            format!("keep one: {}", answers.join(" or ")),
        )
    }

    fn unnarrowed(&self, answer: Answer, found: &mut Diagnostics) -> Refused {
        let narrows = self.narrows().join(" and ");
        found.error(
            Rule::ContradictoryRule,
            &self.rule.at,
            format!("{} says {answer}, and {narrows}, which cannot narrow it", self.whose),
            format!("delete {narrows}, or write `authenticated: true` instead of {answer}"),
        )
    }
}

/// A way to say who may call, by the name of its field.
#[derive(Clone, Copy, Debug)]
enum Answer {
    Authenticated,
    Denied,
    Public,
    RequiredRoles,
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Authenticated => "`authenticated`",
            Self::Denied => "`denied`",
            Self::Public => "`public`",
            Self::RequiredRoles => "`required_roles`",
        })
    }
}

/// The text as it would stand in the `.proto`, cut where it becomes tiresome.
fn quoted(text: &str) -> String {
    let mut start = text.chars().take(SHOWN).collect::<String>();
    if start.len() < text.len() {
        start.push('…');
    }
    format!("`{start:?}`")
}

const SHOWN: usize = 64;

/// What a rule can say.
const CHOICES: &str = "`required_roles: [\"...\"]`, `authenticated: true`, `public: true` or `denied: true`";

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
                  help: write `required_roles: ["..."]`, `authenticated: true`, `public: true` or `denied: true`; an empty list of roles is no rule
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
                  help: write `required_roles: ["..."]`, `authenticated: true`, `public: true` or `denied: true`; an empty list of roles is no rule
            "#]],
        );
    }

    #[test]
    fn public_false_is_refused() {
        check(
            "option (secure.v1.method).public = false;",
            expect![[r#"
                1 error in the schema
                orders.proto:3:1: error[false-rule]: the rule of `Orders.Get` says `public: false`, which does not say who may call
                  help: delete `public: false`, and write `required_roles: ["..."]`, `authenticated: true`, `public: true` or `denied: true`
            "#]],
        );
    }

    #[test]
    fn authenticated_false_is_refused_beside_an_answer() {
        check(
            "option (secure.v1.method) = { authenticated: false, public: true };",
            expect![[r#"
                1 error in the schema
                orders.proto:3:1: error[false-rule]: the rule of `Orders.Get` says `authenticated: false`, which does not say who may call
                  help: delete `authenticated: false`, and write `required_roles: ["..."]`, `authenticated: true`, `public: true` or `denied: true`
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
                orders.proto:3:1: error[invalid-role]: the role `" admin"` in the rule of `Orders.Get` starts or ends with a blank
                  help: a role is 1 to 256 bytes of visible text without blanks around it, and stands in a rule once
                orders.proto:3:1: error[invalid-role]: the role `""` in the rule of `Orders.Get` is empty
                  help: a role is 1 to 256 bytes of visible text without blanks around it, and stands in a rule once
                orders.proto:3:1: error[invalid-role]: the role `"a\tb"` in the rule of `Orders.Get` holds a character that cannot be seen
                  help: a role is 1 to 256 bytes of visible text without blanks around it, and stands in a rule once
                orders.proto:3:1: error[invalid-role]: the role `"adm\u{200b}in"` in the rule of `Orders.Get` holds a character that cannot be seen
                  help: a role is 1 to 256 bytes of visible text without blanks around it, and stands in a rule once
                orders.proto:3:1: error[invalid-role]: the role `"clerk\n"` in the rule of `Orders.Get` starts or ends with a blank
                  help: a role is 1 to 256 bytes of visible text without blanks around it, and stands in a rule once
                orders.proto:3:1: error[invalid-role]: the role `"reader"` in the rule of `Orders.Get` is given twice
                  help: a role is 1 to 256 bytes of visible text without blanks around it, and stands in a rule once
                orders.proto:3:1: error[invalid-role]: the role `"writer "` in the rule of `Orders.Get` starts or ends with a blank
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
                orders.proto:3:1: error[invalid-role]: the role `"rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr…"` in the rule of `Orders.Get` is longer than 256 bytes
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
                orders.proto:3:1: error[invalid-name]: the role `"***"` in the rule of `Orders.Get` has no Rust name
                  help: give the role an ASCII letter or digit, or a `rust_name` in a vocabulary
            "#]],
        );
    }

    #[test]
    fn what_anyone_or_no_one_may_call_is_not_narrowed() {
        check(
            r#"option (secure.v1.method) = { public: true, required_scopes: "x", peers: "cart.internal" };"#,
            expect![[r#"
                1 error in the schema
                orders.proto:3:1: error[contradictory-rule]: the rule of `Orders.Get` says `public`, and `required_scopes` and `peers`, which cannot narrow it
                  help: delete `required_scopes` and `peers`, or write `authenticated: true` instead of `public`
            "#]],
        );
    }

    #[test]
    fn what_is_denied_is_not_narrowed() {
        check(
            r#"option (secure.v1.method) = { denied: true, required_credentials: CREDENTIAL_JWT };"#,
            expect![[r#"
            1 error in the schema
            orders.proto:3:1: error[contradictory-rule]: the rule of `Orders.Get` says `denied`, and `required_credentials`, which cannot narrow it
              help: delete `required_credentials`, or write `authenticated: true` instead of `denied`
        "#]],
        );
    }

    #[test]
    fn narrowing_alone_says_nothing() {
        check(
            r#"option (secure.v1.method) = { required_scopes: "orders:read", tenant: { field: "x" claim: "y" } };"#,
            expect![[r#"
                2 errors in the schema
                orders.proto:3:1: error[empty-rule]: the rule of `Orders.Get` says `required_scopes` and `tenant`, but not whom that narrows
                  help: add `authenticated: true` or `required_roles: ["..."]`
                orders.proto:3:1: error[invalid-field]: `tenant` in the rule of `Orders.Get` names the field `"x"`, which does not exist: `shop.v1.Order` has no `"x"`
                  help: name a string or integer field; in a message, `message.field`
            "#]],
        );
    }

    #[test]
    fn denied_and_roles_contradict() {
        check(
            r#"option (secure.v1.method) = { denied: true, required_roles: "admin" };"#,
            expect![[r#"
            1 error in the schema
            orders.proto:3:1: error[contradictory-rule]: the rule of `Orders.Get` says `required_roles` and `denied`
              help: keep one: `required_roles` or `denied`
        "#]],
        );
    }

    #[test]
    fn denied_is_an_answer() {
        check(
            "option (secure.v1.method).denied = true;",
            expect![[r#"
            shop.v1.secure.rs
        "#]],
        );
    }

    #[test]
    fn denied_false_is_refused() {
        check(
            "option (secure.v1.method).denied = false;",
            expect![[r#"
            1 error in the schema
            orders.proto:3:1: error[false-rule]: the rule of `Orders.Get` says `denied: false`, which does not say who may call
              help: delete `denied: false`, and write `required_roles: ["..."]`, `authenticated: true`, `public: true` or `denied: true`
        "#]],
        );
    }
}
