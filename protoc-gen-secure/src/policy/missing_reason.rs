//! `missing-public-reason`: a method that anyone may call, and no word about why.

use std::collections::BTreeSet;

use super::model::{Access, MethodPolicy, Policy, ServicePolicy};
use crate::diagnostic::{Lint, Warnings};
use crate::manifest::Source;

/// Warns about every public rule without a reason. The default of a service is one rule.
pub(crate) fn missing_reasons(policy: &Policy) -> Warnings {
    let mut warnings = Warnings::default();
    for service in policy.packages.iter().flat_map(|package| &package.services) {
        let mut seen = BTreeSet::new();
        let missing = service.methods.iter().filter(|method| is_without_reason(method));
        for method in missing.filter(|method| method.source == Source::Method || seen.insert(&method.at)) {
            let message = format!("{} is public without a reason", whose(service, method));
            warnings.warn(Lint::MissingPublicReason, &method.at, message, HELP);
        }
    }
    warnings
}

fn is_without_reason(MethodPolicy { rule, .. }: &MethodPolicy) -> bool {
    matches!(rule.access, Access::Anonymous | Access::Public) && rule.notes.public_reason.is_none()
}

fn whose(service: &ServicePolicy, method: &MethodPolicy) -> String {
    match method.source {
        Source::Method => format!("`{}.{}`", service.short_name, method.name),
        Source::ServiceDefault => format!("the default rule of `{}`", service.short_name),
    }
}

const HELP: &str = "add `public_reason: \"...\"` to the rule: why anyone may call, for the people who review it";

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use crate::testing::{diagnose, orders, request};

    #[track_caller]
    fn check(text: &str, expected: Expect) {
        expected.assert_eq(&diagnose(text));
    }

    #[test]
    fn public_method_without_reason_is_a_warning() {
        check(
            "service Orders { rpc Get(Order) returns (Order) { option (secure.v1.method).public = true; } }",
            expect![[r#"
                orders.proto:2:51: warning[missing-public-reason]: `Orders.Get` is public without a reason
                  help: add `public_reason: "..."` to the rule: why anyone may call, for the people who review it
                shop.v1.secure.rs
            "#]],
        );
    }

    #[test]
    fn public_default_without_reason_is_one_warning() {
        check(
            "service Orders { option (secure.v1.service).default = { public: true };
            rpc Get(Order) returns (Order); rpc List(Order) returns (Order); }",
            expect![[r#"
                orders.proto:2:18: warning[missing-public-reason]: the default rule of `Orders` is public without a reason
                  help: add `public_reason: "..."` to the rule: why anyone may call, for the people who review it
                shop.v1.secure.rs
            "#]],
        );
    }

    #[test]
    fn public_method_with_reason_is_not_a_warning() {
        check(
            "service Orders { rpc Get(Order) returns (Order) {
            option (secure.v1.method) = { public: true public_reason: \"The price list is on the web.\" }; } }",
            expect![[r#"
                shop.v1.secure.rs
            "#]],
        );
    }

    #[test]
    fn public_method_without_reason_is_an_error_if_public_is_strict() {
        let text = "service Orders { rpc Get(Order) returns (Order) { option (secure.v1.method).public = true; } }";
        let mut request = request(&[("orders.proto", &orders(text))]);
        request.options.strict_public = true;
        expect![[r#"
            1 error in the schema
            orders.proto:2:51: error[missing-public-reason]: `Orders.Get` is public without a reason
              help: add `public_reason: "..."` to the rule: why anyone may call, for the people who review it
        "#]]
        .assert_eq(&crate::testing::answer(&request));
    }
}
