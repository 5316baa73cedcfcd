//! Bytebase: one extension for each fact, such as `bytebase.v1.permission`.

use super::super::methods::Method;
use super::super::rule::{Imported, Rule};
use super::{Statements, denied};

pub(super) const ASSUMPTION: &str =
    "permissions became roles: give a caller only those that it has in the whole workspace";

pub(super) fn read(_: &Method, statements: &mut Statements) -> Option<Imported> {
    statements.ignore("bytebase.v1.audit"); // calls are recorded unless a rule says otherwise
    for about_agents in ["mcp_method_class", "mcp_denial_reason", "mcp_forbidden_reason"] {
        statements.ignore(&format!("bytebase.v1.{about_agents}"));
    }
    let is_open = statements.take_flag("bytebase.v1.allow_without_credential", "") == Some(true);
    let permission = statements.take_one("bytebase.v1.permission", "").filter(|permission| !permission.is_empty());
    let method = statements.take_one("bytebase.v1.auth_method", "");
    match (is_open, permission, method.as_deref()) {
        (false, None, None) => None,
        (true, None, _) => Some(Imported::exact(Rule::Public)),
        (true, Some(_), _) => denied("it is open and needs a permission at once"),
        (false, Some(permission), Some("IAM")) => Some(Imported::of_roles([permission])),
        (false, None, Some("IAM")) => denied("it needs a permission, and names none"),
        (false, _, Some("CUSTOM")) => denied("its handler decides (`auth_method` = `CUSTOM`)"),
        _ => denied("it does not say how it is decided (`auth_method`)"),
    }
}
