//! Inngest: `api.v2.authz`, a grant and an action, or an exemption.

use super::super::methods::Method;
use super::super::rule::{Imported, Rule};
use super::{Statements, denied};

pub(super) const ASSUMPTION: &str = "grants of API keys became roles, such as `api:run:read`";

pub(super) fn read(_: &Method, statements: &mut Statements) -> Option<Imported> {
    let is_exempt = statements.take_flag(AUTHZ, "exempt") == Some(true);
    let grant = statements.take_one(AUTHZ, "grant");
    let action = statements.take_one(AUTHZ, "action");
    let role = match (grant, action.as_deref()) {
        (None, None) => return is_exempt.then(|| Imported::exact(Rule::Public)),
        _ if is_exempt => return denied("it is exempt and needs a grant at once"),
        (Some(grant), Some("AUTHZ_ACTION_READ")) => format!("{grant}:read"),
        (Some(grant), Some("AUTHZ_ACTION_WRITE")) => format!("{grant}:write"),
        _ => return denied("it needs a grant, and the action to read or to write"),
    };
    Some(Imported::of_roles([role]))
}

const AUTHZ: &str = "api.v2.authz";
