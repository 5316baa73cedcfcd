//! Values as protobuf's JSON means them: a member with its default is as good as none.

use serde_json::Value;

/// The value without members that say nothing.
pub(super) fn normal(value: &Value) -> Value {
    match value {
        Value::Array(values) => values.iter().map(normal).collect(),
        Value::Object(members) => {
            let members = members.iter().map(|(name, value)| (name.clone(), normal(value)));
            Value::Object(members.filter(|(name, value)| !is_default(name, value)).collect())
        }
        value => value.clone(),
    }
}

/// An empty object counts: `allow_missing: {}` says something.
pub(super) fn is_default(name: &str, value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => name == "action" && text == "ALLOW",
        Value::Array(values) => values.is_empty(),
        Value::Number(_) | Value::Bool(true) | Value::Object(_) => false,
    }
}
