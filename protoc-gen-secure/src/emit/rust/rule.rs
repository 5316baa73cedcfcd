//! A rule in Rust: a constant for the table, and the bounds of its request.

use super::super::condition::call;
use super::super::words::literals;
use super::code::Code;
use crate::policy::{Access, Bound, Condition, Fact, RulePolicy, admitted};
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

/// The conditions about each message of the request, if the rule has any.
pub(super) fn bounds(method: &Method<'_>, code: &mut Code) {
    let bounds = method.policy.rule.conditions.iter().flat_map(Condition::bounds).zip(&method.fields);
    let bounds = bounds.collect::<Vec<_>>();
    if bounds.is_empty() {
        return;
    }
    code.line("bounds: &[");
    code.indented(|code| bounds.iter().for_each(|(item, fields)| bound(item, fields, code)));
    code.line("],");
}

/// The roles that are exempt from all of the conditions about the request.
pub(super) fn exempt<'a>(method: &Method<'a>) -> Vec<&'a str> {
    let conditions = method.policy.rule.conditions.iter().flat_map(Condition::bounds);
    let exempt = conditions.map(|bound| admitted(&bound.exempt));
    exempt.reduce(|all, of_next| all.into_iter().filter(|role| of_next.contains(role)).collect()).unwrap_or_default()
}

/// `Bound::<Self::Request>::subject(|request| field(&request.owner)),`
fn bound(Bound { fact, field, exempt }: &Bound, fields: &[String], code: &mut Code) {
    let steps = fields.iter().zip(&field.steps);
    let path = steps.fold("request".to_owned(), |path, (field, step)| {
        let present = if step.is_optional { ".as_ref()?" } else { "" };
        format!("{path}.{field}{present}")
    });
    let accessor = format!("|request| field(&{path})");
    let bound = match fact {
        Fact::Claim(path) => format!("Bound::<Self::Request>::claim(&[{}], {accessor})", literals(path)),
        Fact::Subject => format!("Bound::<Self::Request>::subject({accessor})"),
    };
    let exempt = admitted(exempt);
    if exempt.is_empty() {
        return code.line(format_args!("{bound},"));
    }
    code.line(bound);
    code.indented(|code| code.line(format_args!(".exempt(&[{}]),", literals(exempt))));
}
