//! Inngest: `api.v2.authz`, a grant and an action, or an exemption.

use super::super::methods::Method;
use super::super::rule::{Imported, Rule};
use super::Statements;

pub(super) const ASSUMPTION: &str = "grants of API keys became roles, such as `api:run:read`";

pub(super) fn read(_: &Method, statements: &mut Statements) -> Option<Imported> {
    let is_exempt = statements.take_flag(AUTHZ, "exempt");
    let grant = statements.take_one(AUTHZ, "grant");
    let action = statements.take_one(AUTHZ, "action");
    let role = match (grant, action.as_deref()) {
        (None, None) if is_exempt == Some(false) => return denied("it is not exempt, and needs no grant"),
        (None, None) => return is_exempt.map(|_| Imported::exact(Rule::Public)),
        _ if is_exempt.is_some() => return denied("it is exempt and needs a grant at once"),
        (Some(grant), Some("AUTHZ_ACTION_READ")) => format!("{grant}:read"),
        (Some(grant), Some("AUTHZ_ACTION_WRITE")) => format!("{grant}:write"),
        _ => return denied("it needs a grant, and the action to read or to write"),
    };
    Some(Imported::of_roles([role]))
}

fn denied(note: &str) -> Option<Imported> {
    Some(Imported::denied(vec![note.to_owned()]))
}

const AUTHZ: &str = "api.v2.authz";
