//! How calls of a method are recorded and limited. It decides about no caller.

use super::super::model::Handling;
use super::super::role_name::quoted;
use super::Reader;
use crate::diagnostic::{Diagnostics, Lint, Refused};
use crate::schema::Audit;

impl Reader<'_> {
    pub(super) fn handling(&self, found: &mut Diagnostics) -> Result<Handling, Refused> {
        let records_admitted = matches!(self.rule.rule.audit(), Audit::Unspecified | Audit::All);
        Ok(Handling { records_admitted, rate_class: self.rate_class(found)? })
    }

    fn rate_class(&self, found: &mut Diagnostics) -> Result<Option<String>, Refused> {
        match self.rule.rule.rate_class.as_deref() {
            Some(class) if !is_class(class) => Err(found.error(
                Lint::InvalidRateClass,
                &self.rule.at,
                format!("the rate class {} in {} is not a valid name", quoted(class), self.whose),
                RATE_CLASS,
            )),
            class => Ok(class.map(str::to_owned)),
        }
    }
}

fn is_class(class: &str) -> bool {
    let is_character = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' | b'.');
    (1..=MAX_CLASS_BYTES).contains(&class.len()) && class.bytes().all(is_character)
}

const MAX_CLASS_BYTES: usize = 64;

const RATE_CLASS: &str = "a rate class is 1 to 64 of the characters `a` to `z`, `0` to `9`, `_`, `-` and `.`";

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::testing::diagnose;

    fn check(rule: &str) -> String {
        let rule = format!("option (secure.v1.method) = {{ authenticated: true, {rule} }};");
        diagnose(&format!("service Orders {{ rpc Get(Order) returns (Order) {{\n{rule}\n}} }}"))
    }

    #[test]
    fn rate_class_that_is_not_a_simple_name_is_refused() {
        for good in ["search", "a", "search.v2_heavy-1", &"x".repeat(64)] {
            assert_eq!(check(&format!("rate_class: \"{good}\"")), "shop.v1.secure.rs\n", "{good}");
        }
        for bad in ["", "Search", "two words", "ü", &"x".repeat(65)] {
            assert!(check(&format!("rate_class: \"{bad}\"")).contains("error[invalid-rate-class]"), "{bad}");
        }
        expect![[r#"
            1 error in the schema
            orders.proto:3:1: error[invalid-rate-class]: the rate class `"Search"` in the rule of `Orders.Get` is not a valid name
              help: a rate class is 1 to 64 of the characters `a` to `z`, `0` to `9`, `_`, `-` and `.`
        "#]]
        .assert_eq(&check("rate_class: \"Search\""));
    }

    #[test]
    fn every_level_of_audit_generates() {
        for level in ["NONE", "DENY", "ALL", "UNSPECIFIED"] {
            assert_eq!(check(&format!("audit: AUDIT_{level}")), "shop.v1.secure.rs\n");
        }
    }
}
