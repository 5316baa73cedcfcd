//! ZITADEL: `zitadel.v1.auth_option`, and since then `zitadel.protoc_gen_zitadel.v2.options`.
//!
//! A permission is one that a role of the caller includes, or the word `authenticated`. `check_field_name` and `org_field`
//! name the resource or the organization for which it must hold.

use super::super::methods::Method;
use super::super::rule::{Conditions, Imported, Rule};
use super::{Statements, denied};

pub(super) const ASSUMPTION: &str = "permissions became roles: give callers their permissions as roles, and only those that hold \
                                     in every organization they may name";

pub(super) fn read(_: &Method, statements: &mut Statements) -> Option<Imported> {
    statements.take(OPTIONS, "http_response.success_code");
    let mut permissions = statements.take(OPTIONS, "auth_option.permission");
    permissions.extend(statements.take("zitadel.v1.auth_option", "permission"));
    let first = permissions.pop_first()?;
    match (permissions.is_empty(), first.as_str()) {
        (true, "authenticated") => Some(Imported::exact(Rule::Known(Conditions::default()))),
        (true, _) => Some(Imported::of_roles([first])),
        (false, _) => denied("its two options name different permissions"),
    }
}

const OPTIONS: &str = "zitadel.protoc_gen_zitadel.v2.options";
