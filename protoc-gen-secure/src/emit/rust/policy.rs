//! `orders_policy`: one row for each method, with its rule and its types.

use super::super::manifest;
use super::super::words::{literal, literals};
use super::code::Code;
use super::{USE_RUNTIME, module, rule, text};
use crate::diagnostic::Positions;
use crate::policy::Access;
use crate::rust::{Method, Service};

pub(super) fn policy(service: &Service<'_>, positions: Positions, code: &mut Code) {
    let name = &service.policy.name;
    module(&format!(" Who may call `{name}`."), &format!("{}_policy", service.rust.module()), code, |code| {
        code.line(USE_RUNTIME);
        code.line("use ::secure_runtime::codegen::{RequestCondition, Rule, field};");
        code.item();
        code.block("secure::methods!", |code| {
            code.doc(format!(" The methods of `{name}`."));
            code.line(format_args!("service: {},", literal(name)));
            code.line(format_args!("digest: {},", literal(&manifest::digest(service.policy))));
            code.line(format_args!("by_path: &{:?},", by_path(service)));
            service.methods.iter().for_each(|method| row(method, name, positions, code));
        });
    });
}

/// The indices of the methods, sorted by their paths.
fn by_path(service: &Service<'_>) -> Vec<usize> {
    let mut indices = (0..service.methods.len()).collect::<Vec<_>>();
    indices.sort_unstable_by_key(|&index| service.methods[index].policy.name.as_str());
    indices
}

fn row(method: &Method<'_>, service: &str, positions: Positions, code: &mut Code) {
    code.item();
    code.doc(text::who_may_call(method));
    code.block(method.rust.variant(), |code| {
        access(method, service, positions, code);
        types(method, code);
    });
}

/// The path of the method, its rule, and how its calls are recorded and limited.
fn access(method: &Method<'_>, service: &str, positions: Positions, code: &mut Code) {
    let (policy, handling) = (method.policy, &method.policy.rule.handling);
    let path = literal(&format!("/{service}/{}", policy.name));
    code.line(format_args!("path: {} = {path},", method.rust.constant()));
    code.line(format_args!("rule: {},", rule::rule(&policy.rule)));
    code.line(format_args!("declared_at: {},", literal(&policy.at.shown(positions).to_string())));
    let exempt = rule::exempt(method);
    if !exempt.is_empty() {
        code.line(format_args!("exempt_roles: &[{}],", literals(exempt)));
    }
    if !handling.records_admitted {
        code.line("audit: record_refusals_only,");
    }
    if let Some(class) = &handling.rate_class {
        code.line(format_args!("rate_class: {},", literal(class)));
    }
}

/// The types of the handler, the conditions of its requests, and the roles that every admitted caller holds.
fn types(method: &Method<'_>, code: &mut Code) {
    code.line(format_args!("caller: {},", caller(method, "Self")));
    code.line(format_args!("request: {},", method.request.seen_from(1)));
    code.line(format_args!("response: {},", method.response.seen_from(1)));
    rule::request_conditions(method, code);
    if !method.implied.is_empty() {
        let roles = method.implied.iter().map(|role| role.seen_from(1)).collect::<Vec<_>>();
        code.line(format_args!("implies: [{}],", roles.join(", ")));
    }
}

/// The caller type of a handler: a public method may have no caller, and one that ignores credentials never has one.
pub(super) fn caller(method: &Method<'_>, marker: &str) -> String {
    match method.policy.rule.access {
        Access::Anonymous => "secure::Anonymous".to_owned(),
        Access::Public => format!("::core::option::Option<secure::Caller<{marker}>>"),
        Access::AnyRole(_) | Access::Authenticated | Access::Denied => format!("secure::Caller<{marker}>"),
    }
}
