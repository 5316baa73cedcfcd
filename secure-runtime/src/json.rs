//! One strict reader of JSON objects for headers, claims and key sets (RFC 8259).
//!
//! The text is UTF-8. It holds one object and nothing after it. It is nested at most [`DEPTH`] deep, unless the caller
//! names another depth. No object in it has two members with the same name, however the name is escaped. Otherwise, two
//! readers could use different ones (RFC 7515, section 4; RFC 7519, section 4).
//!
//! Another crate may turn on serde_json's feature `arbitrary_precision`. Numbers then arrive as objects with one member,
//! [`NUMBER_TOKEN`], and are read as the numbers they are. An object in the text with that member first is refused.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::map::Entry;
use serde_json::value::RawValue;
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

/// The members of an object by name, with their texts as they are. No name occurs twice.
pub(crate) fn raw_members(text: &str) -> Result<BTreeMap<String, &RawValue>, NotAnObject> {
    let mut json = serde_json::Deserializer::from_str(text);
    let members = json.deserialize_map(RawMembers)?;
    json.end()?;
    Ok(members)
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

struct RawMembers;

impl<'de> Visitor<'de> for RawMembers {
    type Value = BTreeMap<String, &'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut raw = BTreeMap::new();
        while let Some((name, value)) = members.next_entry()? {
            if raw.insert(name, value).is_some() {
                return Err(A::Error::custom("a member occurs twice"));
            }
        }
        Ok(raw)
    }
}

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
        let first = members.next_key()?;
        self.read(first, members)
    }
}

impl Object {
    /// Reads the members, of which `next` is the name of the first.
    fn read<'de, A: MapAccess<'de>>(
        self,
        mut next: Option<String>,
        mut members: A,
    ) -> Result<Map<String, Value>, A::Error> {
        let depth = inside(self.depth)?;
        let mut object = Map::new();
        while let Some(name) = next {
            let Entry::Vacant(place) = object.entry(name) else {
                return Err(A::Error::custom("a member occurs twice"));
            };
            place.insert(members.next_value_seed(Member { depth })?);
            next = members.next_key()?;
        }
        Ok(object)
    }
}

/// The digits of a number under `arbitrary_precision`. Strings of a text are lent, and never arrive here.
struct Digits;

impl<'de> DeserializeSeed<'de> for Digits {
    type Value = Number;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Number, D::Error> {
        json.deserialize_any(self)
    }
}

impl Visitor<'_> for Digits {
    type Value = Number;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number")
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<Number, E> {
        Err(E::custom("an object looks like a number"))
    }

    fn visit_string<E: Error>(self, digits: String) -> Result<Number, E> {
        if let Ok(number) = digits.parse::<u64>() {
            return Ok(number.into());
        }
        match digits.parse::<i64>() {
            Ok(number) if number < 0 => Ok(number.into()),
            _ => digits.parse().ok().and_then(Number::from_f64).ok_or_else(|| E::custom("a number is not finite")),
        }
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

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let first = members.next_key::<String>()?;
        if first.as_deref() == Some(NUMBER_TOKEN) {
            return members.next_value_seed(Digits).map(Value::Number);
        }
        Object { depth: self.depth }.read(first, members).map(Value::Object)
    }
}

fn inside<E: Error>(depth: usize) -> Result<usize, E> {
    depth.checked_sub(1).ok_or_else(|| E::custom("the nesting is too deep"))
}

const NUMBER_TOKEN: &str = "$serde_json::private::Number";

#[cfg(test)]
mod tests {
    use serde::de::value::{Error, MapDeserializer};
    use serde_json::json;

    use super::*;

    #[test]
    fn number_under_arbitrary_precision_is_a_number() {
        let read = |digits: &str| {
            let members = [(NUMBER_TOKEN, digits.to_owned())].into_iter();
            Member { depth: 1 }.deserialize(MapDeserializer::<_, Error>::new(members))
        };
        for (digits, number) in
            [("0", json!(0)), ("1700000000", json!(1_700_000_000)), ("-7", json!(-7)), ("1.5e3", json!(1_500.0))]
        {
            assert_eq!(read(digits), Ok(number), "{digits}");
        }
        assert_eq!(read("-0").unwrap().as_u64(), None);
        assert!(read("1e999").is_err());
    }

    #[test]
    fn object_that_looks_like_a_number_is_refused() {
        let text = |value: &str| format!("{{\"exp\":{{\"{NUMBER_TOKEN}\":{value}}}}}");
        for value in ["\"1\"", "\"\\u0031\"", "1", "{}"] {
            assert!(object(text(value).as_bytes()).is_err(), "{value}");
        }
    }

    #[test]
    fn claim_path_is_followed_through_objects_only() {
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
