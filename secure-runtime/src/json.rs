//! One strict reader of JSON objects for headers, claims and key sets (RFC 8259).
//!
//! The text is UTF-8. It holds one object and nothing after it. It is nested at most [`DEPTH`] deep, unless the caller
//! names another depth. No object in it has two members with the same name, however the name is escaped: two readers
//! could take different ones for what was signed (RFC 7515, section 4; RFC 7519, section 4).
//!
//! Must not be built with serde_json's feature `arbitrary_precision`: numbers then arrive as objects, no `exp` is a
//! number, and every token is refused.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::map::Entry;
use serde_json::{Map, Number, Value};

/// How deep objects and arrays may nest, the outermost object included.
pub(crate) const DEPTH: usize = 16;

/// The place where a text is not a strict JSON object. It has no text: a key set may hold secrets.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NotAnObject {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

impl From<serde_json::Error> for NotAnObject {
    fn from(error: serde_json::Error) -> Self {
        Self { line: error.line(), column: error.column() }
    }
}

pub(crate) fn object(text: &[u8]) -> Result<Map<String, Value>, NotAnObject> {
    object_within(text, DEPTH)
}

/// Reads an object that is nested at most `depth` deep.
pub(crate) fn object_within(text: &[u8], depth: usize) -> Result<Map<String, Value>, NotAnObject> {
    let mut json = serde_json::Deserializer::from_slice(text);
    let object = Object { depth }.deserialize(&mut json)?;
    json.end()?;
    Ok(object)
}

/// The value at a path: its first name is a member of `object`, each further one a member of the value before it.
/// `None` if one of them is missing or `null`.
///
/// # Errors
///
/// The path is empty, or leads through a value that is not an object.
pub(crate) fn at<'a>(object: &'a Map<String, Value>, path: &[impl AsRef<str>]) -> Result<Option<&'a Value>, NoPath> {
    let (first, rest) = path.split_first().ok_or(NoPath)?;
    match object.get(first.as_ref()) {
        None | Some(Value::Null) => Ok(None),
        Some(value) if rest.is_empty() => Ok(Some(value)),
        Some(value) => at(value.as_object().ok_or(NoPath)?, rest),
    }
}

/// The path is empty, or leads through a value that is not an object.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct NoPath;

/// An object; `depth` counts down.
struct Object {
    depth: usize,
}

/// Any value inside an object or array.
struct Member {
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for Object {
    type Value = Map<String, Value>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Object {
    type Value = Map<String, Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let depth = inside(self.depth)?;
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let Entry::Vacant(place) = object.entry(name) else {
                return Err(A::Error::custom("a member occurs twice"));
            };
            place.insert(members.next_value_seed(Member { depth })?);
        }
        Ok(object)
    }
}

impl<'de> DeserializeSeed<'de> for Member {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Value, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Member {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("a number is not finite"))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let depth = inside(self.depth)?;
        let mut array = Vec::new();
        while let Some(value) = members.next_element_seed(Self { depth })? {
            array.push(value);
        }
        // The cache of verified tokens keeps it, and counts its capacity.
        array.shrink_to_fit();
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Value, A::Error> {
        Object { depth: self.depth }.visit_map(members).map(Value::Object)
    }
}

fn inside<E: Error>(depth: usize) -> Result<usize, E> {
    depth.checked_sub(1).ok_or_else(|| E::custom("the nesting is too deep"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_path_leads_through_objects_only() {
        let claims = json!({ "org": { "id": 7, "tag": null }, "org.id": 8, "tags": ["a"], "team": null });
        let claims = claims.as_object().unwrap();
        assert_eq!(at(claims, &["org", "id"]), Ok(Some(&json!(7))));
        assert_eq!(at(claims, &["org.id"]), Ok(Some(&json!(8))));
        assert_eq!(at(claims, &["org", "name"]), Ok(None));
        assert_eq!(at(claims, &["team"]), Ok(None));
        assert_eq!(at(claims, &["team", "name"]), Ok(None));
        assert_eq!(at(claims, &["group", "name"]), Ok(None));
        assert_eq!(at(claims, &["org", "tag"]), Ok(None));
        assert_eq!(at(claims, &["tags", "0"]), Err(NoPath));
        assert_eq!(at(claims, &["org", "id", "x"]), Err(NoPath));
        assert_eq!(at(claims, &[""; 0]), Err(NoPath));
    }
}
