//! `similar-roles`: without a vocabulary any string is a role, so a misspelt role is one, too.

use std::collections::{BTreeSet, HashMap};

use super::model::Policy;
use super::nearest::are_similar;
use super::role::RolePolicy;
use crate::diagnostic::{Lint, Warnings};

/// Warns about two roles without a vocabulary that are almost the same.
pub(crate) fn similar_roles(policy: &Policy) -> Warnings {
    let free = policy.packages.iter().flat_map(|package| &package.free_roles);
    let mut seen = BTreeSet::new();
    let mut like = HashMap::<String, Vec<&RolePolicy>>::new();
    let mut warnings = Warnings::default();
    for role in free.filter(|role| seen.insert(role.name.as_str())) {
        let spellings = spellings(role.name.as_str());
        let alike = spellings.iter().filter_map(|spelling| like.get(spelling)).flatten();
        if let Some(other) = alike.copied().find(|other| are_similar(role.name.as_str(), other.name.as_str())) {
            let (first, name) = (other.name.as_str(), role.name.as_str());
            let message = format!("the roles {first:?} ({}) and {name:?} are almost the same", other.at);
            warnings.warn(Lint::SimilarRoles, &role.at, message, HELP);
        }
        spellings.into_iter().for_each(|spelling| like.entry(spelling).or_default().push(role));
    }
    warnings
}

/// The role in lower case, and the same without each one of its letters. Names that are one edit apart share a spelling.
fn spellings(role: &str) -> BTreeSet<String> {
    let letters = role.to_lowercase().chars().collect::<Vec<_>>();
    let without = |left_out| letters.iter().enumerate().filter(move |(index, _)| *index != left_out);
    (0..=letters.len()).map(|left_out| without(left_out).map(|(_, letter)| *letter).collect()).collect()
}

const HELP: &str = "if they are the same role, use one spelling; if not, declare both in an enum with \
    `option (secure.v1.roles) = {};`";

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use crate::testing::{answer, orders, request};

    fn service(name: &str, roles: &[&str]) -> String {
        let rule = format!("option (secure.v1.method) = {{ required_roles: {roles:?} }};");
        format!("service {name} {{ rpc Get(Order) returns (Order) {{\n{rule}\n}} }}\n")
    }

    #[track_caller]
    fn check(text: &str, expected: Expect) {
        expected.assert_eq(&answer(&request(&[("orders.proto", &orders(text))])));
    }

    #[test]
    fn almost_equal_roles_are_a_warning() {
        check(
            &(service("Orders", &["readOnly", "clerk"]) + &service("Carts", &["readonly", "clerks"])),
            expect![[r#"
                orders.proto:6:1: warning[similar-roles]: the roles "clerk" (orders.proto:3:1) and "clerks" are almost the same
                  help: if they are the same role, use one spelling; if not, declare both in an enum with `option (secure.v1.roles) = {};`
                orders.proto:6:1: warning[similar-roles]: the roles "readOnly" (orders.proto:3:1) and "readonly" are almost the same
                  help: if they are the same role, use one spelling; if not, declare both in an enum with `option (secure.v1.roles) = {};`
                shop.v1.secure.rs
            "#]],
        );
    }

    #[test]
    fn equal_or_different_roles_are_not_a_warning() {
        check(
            &(service("Orders", &["admin", "clerk"]) + &service("Carts", &["admin", "tier1", "tier2"])),
            expect![[r#"
            shop.v1.secure.rs
        "#]],
        );
    }

    #[test]
    fn almost_equal_roles_of_a_vocabulary_are_not_a_warning() {
        let roles = "enum Role { option (secure.v1.roles) = {}; NONE = 0; admin = 1; admins = 2; }";
        check(
            &(service("Orders", &["admin", "admins"]) + roles),
            expect![[r#"
            shop.v1.secure.rs
        "#]],
        );
    }
}
