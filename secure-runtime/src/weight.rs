//! How much memory a JSON value takes, so that what is kept can be bounded.
//!
//! It is an upper bound for the allocations of the standard library, without fragmentation of the allocator.

use serde_json::{Map, Value};

/// The bytes of the allocations below a value. The value itself is counted by its owner.
pub(crate) fn of_value(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
        Value::String(text) => of_text(text),
        Value::Array(values) if values.capacity() == 0 => 0,
        Value::Array(values) => {
            ALLOCATION + values.capacity() * size_of::<Value>() + values.iter().map(of_value).sum::<usize>()
        }
        Value::Object(members) => of_object(members),
    }
}

pub(crate) fn of_object(members: &Map<String, Value>) -> usize {
    let contents: usize = members.iter().map(|(name, value)| of_text(name) + of_value(value)).sum();
    members.len().div_ceil(MIN_MEMBERS_OF_NODE) * NODE + contents
}

pub(crate) fn of_text(text: &String) -> usize {
    match text.capacity() {
        0 => 0,
        capacity => ALLOCATION + capacity,
    }
}

/// What an allocator adds to an allocation, and rounds it up by.
const ALLOCATION: usize = 24;

/// A node of a `BTreeMap` has room for 11 members and 12 children, and at least 5 members, except for the root.
const NODE: usize = ALLOCATION + 16 + 11 * (size_of::<String>() + size_of::<Value>()) + 12 * size_of::<usize>();
const MIN_MEMBERS_OF_NODE: usize = 5;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nested_arrays_weigh_more_than_their_text() {
        let value: Value = serde_json::from_str(&format!("{}{}", "[".repeat(100), "]".repeat(100))).unwrap();
        assert!(of_value(&value) >= 99 * size_of::<Value>(), "{}", of_value(&value));
    }

    #[test]
    fn each_member_of_an_object_is_counted() {
        let (one, two) = (json!({ "a": "x" }), json!({ "a": "x", "b": "y".repeat(1_000) }));
        assert!(of_value(&two) >= of_value(&one) + 1_000);
        assert_eq!(of_value(&json!({})), 0);
    }
}
