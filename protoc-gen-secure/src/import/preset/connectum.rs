//! Connectum: `connectum.auth.v1.method_auth`, and `service_auth` as its default.
//!
//! 1. If the method says whether it is public, that counts. Else what the service says. If it is public, nothing else counts.
//! 2. Else the method's requirements decide, or else the service's.
//! 3. Else the method's policy decides, or else the service's.

use super::super::methods::Method;
use super::super::rule::{Conditions, Imported, Rule};
use super::{Statements, denied};

pub(super) fn read(_: &Method, statements: &mut Statements) -> Option<Imported> {
    let (of_method, of_service) = (statements.take_flag(METHOD, "public"), statements.take_flag(SERVICE, "public"));
    let is_public = of_method.or(of_service) == Some(true);
    let of_method = requirements(statements, METHOD, "requires");
    let of_service = requirements(statements, SERVICE, "default_requires");
    let policy = statements.take_one(METHOD, "policy").filter(|policy| !policy.is_empty());
    let default = statements.take_one(SERVICE, "default_policy");
    if is_public {
        return Some(Imported::exact(Rule::Public));
    }
    if let Some(conditions) = of_method.or(of_service) {
        return Some(Imported::exact(Rule::Known(conditions)));
    }
    match policy.or(default).as_deref() {
        Some("allow") => Some(Imported::exact(Rule::Known(Conditions::default()))),
        Some("deny") => Some(Imported::exact(Rule::Denied)),
        Some(policy) if !policy.is_empty() => denied(&format!("the policy `{policy}` is neither `allow` nor `deny`")),
        _ => None,
    }
}

/// One of the roles, and all scopes. `None` if nothing is required there.
fn requirements(statements: &mut Statements, option: &str, field: &str) -> Option<Conditions> {
    let is_empty = !statements.take(option, field).is_empty();
    let roles = statements.take(option, &format!("{field}.roles"));
    let scopes = statements.take(option, &format!("{field}.scopes"));
    let conditions = Conditions { roles, scopes, ..Conditions::default() };
    (is_empty || conditions != Conditions::default()).then_some(conditions)
}

const METHOD: &str = "connectum.auth.v1.method_auth";
const SERVICE: &str = "connectum.auth.v1.service_auth";
