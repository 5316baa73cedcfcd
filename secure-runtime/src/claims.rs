//! Reads claims into a type of the handler. Errors contain no value of a claim, as those of serde_json do.

use std::fmt;

use serde::Deserializer;
use serde::de::value::{BorrowedStrDeserializer, MapAccessDeserializer, SeqDeserializer};
use serde::de::{DeserializeOwned, DeserializeSeed, Error, IntoDeserializer, MapAccess, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::{Map, Value, map};

/// The claims of a caller do not have the expected form. The text names the claim, and contains no value.
#[derive(Debug)]
pub struct ClaimsError {
    wrong: Wrong,
    /// The path of the claim, outermost name last.
    path: Vec<String>,
}

#[derive(Clone, Copy, Debug)]
enum Wrong {
    Form,
    Missing,
}

pub(crate) fn read<T: DeserializeOwned>(claims: &Map<String, Value>) -> Result<T, ClaimsError> {
    T::deserialize(Claim::Object(claims))
}

impl ClaimsError {
    /// The path of the claim, outermost name first. It has several names if the claim is a member of another one. It is
    /// empty if the error is about all claims together.
    pub fn claim(&self) -> impl Iterator<Item = &str> {
        self.path.iter().rev().map(String::as_str)
    }

    fn within(mut self, name: &str) -> Self {
        self.path.push(name.into());
        self
    }
}

impl fmt::Display for ClaimsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let claim = self.claim().collect::<Vec<_>>().join(".");
        match (self.wrong, claim.as_str()) {
            (Wrong::Form, "") => f.write_str("the caller's claims are not of the expected form"),
            (Wrong::Form, claim) => {
                write!(f, "the caller's claim `{}` is not of the expected form", claim.escape_debug())
            }
            (Wrong::Missing, claim) => write!(f, "the caller's claim `{}` is missing", claim.escape_debug()),
        }
    }
}

impl std::error::Error for ClaimsError {}

/// What is said about a value is dropped.
impl Error for ClaimsError {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self { wrong: Wrong::Form, path: Vec::new() }
    }

    fn missing_field(field: &'static str) -> Self {
        Self { wrong: Wrong::Missing, path: vec![field.into()] }
    }
}

/// A claim, or all of them.
enum Claim<'a> {
    Object(&'a Map<String, Value>),
    Other(&'a Value),
}

impl<'a> From<&'a Value> for Claim<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Object(members) => Self::Object(members),
            other => Self::Other(other),
        }
    }
}

impl<'de> IntoDeserializer<'de, ClaimsError> for Claim<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Claim<'de> {
    type Error = ClaimsError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ClaimsError> {
        match self {
            Self::Object(members) => visitor.visit_map(Members::of(members)),
            Self::Other(Value::Array(claims)) => {
                let mut claims = SeqDeserializer::new(claims.iter().map(Self::from));
                let read = visitor.visit_seq(&mut claims)?;
                claims.end().map(|()| read)
            }
            Self::Other(value) => value.deserialize_any(visitor).map_err(Error::custom),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ClaimsError> {
        match self {
            Self::Other(Value::Null) => visitor.visit_none(),
            claim => visitor.visit_some(claim),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, ClaimsError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ClaimsError> {
        match self {
            Self::Object(members) if members.len() == 1 => {
                visitor.visit_enum(MapAccessDeserializer::new(Members::of(members)))
            }
            Self::Other(Value::String(variant)) => visitor.visit_enum(BorrowedStrDeserializer::new(variant)),
            _ => Err(Error::custom("no variant")),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}

/// The members of an object, each of which says its name if it fails.
struct Members<'a> {
    rest: map::Iter<'a>,
    next: Option<(&'a str, &'a Value)>,
}

impl<'a> Members<'a> {
    fn of(members: &'a Map<String, Value>) -> Self {
        Self { rest: members.iter(), next: None }
    }
}

impl<'de> MapAccess<'de> for Members<'de> {
    type Error = ClaimsError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, ClaimsError> {
        self.next = self.rest.next().map(|(name, value)| (name.as_str(), value));
        self.next.map(|(name, _)| seed.deserialize(BorrowedStrDeserializer::new(name))).transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, ClaimsError> {
        let (name, value) = self.next.take().ok_or_else(|| ClaimsError::custom("no name"))?;
        seed.deserialize(Claim::from(value)).map_err(|error| error.within(name))
    }
}

#[cfg(test)]
mod tests;
