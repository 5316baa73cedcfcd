//! A rule in Rust: a constant for the table, and its request conditions.

use super::super::condition::call;
use super::super::words::literals;
use super::code::Code;
use crate::policy::{Access, Condition, Fact, RequestCondition, RulePolicy, admitted};
use crate::rust::Method;

/// `Rule::any_role(&["clerk"]).scopes(&["orders:read"])`.
pub(super) fn rule(RulePolicy { access: who, conditions, .. }: &RulePolicy) -> String {
    let conditions = conditions.iter().map(call).collect::<String>();
    format!("Rule::{}{conditions}", access(who))
}

fn access(access: &Access) -> String {
    match access {
        Access::Anonymous => "anonymous()".to_owned(),
        Access::AnyRole(roles) => format!("any_role(&[{}])", literals(admitted(roles))),
        Access::Authenticated => "authenticated()".to_owned(),
        Access::Denied => "denied()".to_owned(),
        Access::Public => "public()".to_owned(),
    }
}

/// The conditions of each message of the request, if the rule has any.
pub(super) fn request_conditions(method: &Method<'_>, code: &mut Code) {
    let conditions = method.policy.rule.conditions.iter().flat_map(Condition::request_conditions).zip(&method.fields);
    let conditions = conditions.collect::<Vec<_>>();
    if conditions.is_empty() {
        return;
    }
    code.line("request_conditions: &[");
    code.indented(|code| conditions.iter().for_each(|(item, fields)| request_condition(item, fields, code)));
    code.line("],");
}

/// The roles that are exempt from all request conditions.
pub(super) fn exempt<'a>(method: &Method<'a>) -> Vec<&'a str> {
    let conditions = method.policy.rule.conditions.iter().flat_map(Condition::request_conditions);
    let exempt = conditions.map(|condition| admitted(&condition.exempt));
    exempt.reduce(|all, of_next| all.into_iter().filter(|role| of_next.contains(role)).collect()).unwrap_or_default()
}

/// `RequestCondition::<Self::Request>::subject(|request| field(&request.owner)),`
fn request_condition(RequestCondition { fact, field, exempt }: &RequestCondition, fields: &[String], code: &mut Code) {
    let steps = fields.iter().zip(&field.steps);
    let path = steps.fold("request".to_owned(), |path, (field, step)| {
        let present = if step.is_optional { ".as_ref()?" } else { "" };
        format!("{path}.{field}{present}")
    });
    let accessor = format!("|request| field(&{path})");
    let condition = match fact {
        Fact::Claim(path) => format!("RequestCondition::<Self::Request>::claim(&[{}], {accessor})", literals(path)),
        Fact::Subject => format!("RequestCondition::<Self::Request>::subject({accessor})"),
    };
    let exempt = admitted(exempt);
    if exempt.is_empty() {
        return code.line(format_args!("{condition},"));
    }
    code.line(condition);
    code.indented(|code| code.line(format_args!(".exempt(&[{}]),", literals(exempt))));
}
