//! Qdrant Cloud: one extension for each fact, such as `qdrant.cloud.common.v1.permissions`.
//!
//! All permissions are required unless `requires_all_permissions` is false. They are permissions in one account: that which
//! the request names in `account_id`, or in the field that `account_id_expression` names.

use protox::prost_reflect::{Cardinality, Kind, MessageDescriptor};

use super::super::methods::Method;
use super::super::rule::{Conditions, Imported, Rule, Tenant};
use super::{Statements, denied};

pub(super) const ASSUMPTION: &str = "permissions became scopes, and roles where one of several is enough: let the server read both \
                                     from the claim that lists the permissions in the account of the claim `account_id`";

pub(super) fn read(method: &Method, statements: &mut Statements) -> Option<Imported> {
    for about_messages in ["max_message_size", "log_fields", "patch_source", "api_version"] {
        statements.ignore(&option(about_messages));
    }
    let needs_all = statements.take_flag(&option("requires_all_permissions"), "") != Some(false);
    let account = statements.take_one(&option("account_id_expression"), "");
    let is_open = statements.take_flag(&option("requires_authentication"), "") == Some(false);
    let mut permissions = statements.take(&option("permissions"), "");
    let is_without = permissions.remove("");
    match (is_open, permissions.is_empty(), is_without) {
        (true, true, _) => Some(Imported::exact(Rule::Public)),
        (true, false, _) => denied("it is open and needs permissions at once"),
        (false, true, true) if account.as_ref().is_some_and(|account| !account.is_empty()) => {
            denied("it names an account, and its permission is empty")
        }
        (false, true, true) => Some(Imported {
            rule: Rule::Known(Conditions::default()),
            notes: vec!["it names no permission, so its handler may check more: keep that".to_owned()],
        }),
        (false, false, true) => denied("one of its permissions is empty"),
        (false, true, false) => account.and_then(|_| denied("it names an account, and no permissions")),
        (false, false, false) => {
            let mut conditions = match needs_all || permissions.len() == 1 {
                true => Conditions { scopes: permissions, ..Conditions::default() },
                false => Conditions { roles: permissions, ..Conditions::default() },
            };
            let account = account.unwrap_or_else(|| "account_id".to_owned());
            if !account.is_empty() && !is_comparable(&method.request, &account) {
                return denied(&format!("the account is in no field `{account}` of the request that can be compared"));
            }
            conditions.tenant = (!account.is_empty()).then_some(Tenant { field: account, claim: "account_id" });
            Some(Imported::exact(Rule::Known(conditions)))
        }
    }
}

fn option(name: &str) -> String {
    format!("qdrant.cloud.common.v1.{name}")
}

/// True if a path leads to a text that is set in every request.
fn is_comparable(request: &MessageDescriptor, path: &str) -> bool {
    let (name, rest) = path.split_once('.').map_or((path, None), |(name, rest)| (name, Some(rest)));
    let Some(field) = request.get_field_by_name(name) else { return false };
    if field.cardinality() == Cardinality::Repeated || field.containing_oneof().is_some() {
        return false;
    }
    match (field.kind(), rest) {
        (Kind::String, None) => true,
        (Kind::Message(message), Some(rest)) => {
            !message.full_name().starts_with("google.protobuf.") && is_comparable(&message, rest)
        }
        _ => false,
    }
}
