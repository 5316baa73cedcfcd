//! Chef Automate: `chef.automate.api.iam.policy`, an action on a resource.

use super::super::methods::Method;
use super::super::rule::Imported;
use super::{Statements, denied};

pub(super) const ASSUMPTION: &str = "actions became roles: give a caller the role of an action only if it may do it on the whole \
                                     resource, in all projects";

pub(super) fn read(_: &Method, statements: &mut Statements) -> Option<Imported> {
    statements.ignore("chef.automate.api.policy"); // of IAM v1, which decides nothing any more
    let action = statements.take_one(POLICY, "action");
    let resource = statements.take_one(POLICY, "resource");
    match (action, resource) {
        (None, None) => None,
        (Some(_), Some(resource)) if resource.contains('{') => {
            denied(&format!("the resource `{resource}` depends on the request"))
        }
        (Some(action), Some(_)) => Some(Imported::of_roles([action])),
        _ => denied("it needs an action and a resource"),
    }
}

const POLICY: &str = "chef.automate.api.iam.policy";
