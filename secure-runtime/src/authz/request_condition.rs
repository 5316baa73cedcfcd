//! Request conditions: fields of a request that must equal a fact about the caller.

use std::borrow::Cow;
use std::fmt;

use secure_policy::{Condition, FieldCondition};

use super::evidence::CallerEvidence;
use crate::principal::Principal;

/// A field of a request `Q` that must equal a claim of the caller, or its subject: a [`FieldCondition`] with its field.
///
/// Text is compared byte for byte, and integers by their decimal form. An empty, zero or missing field or claim is
/// refused. There are no wildcards.
pub struct RequestCondition<Q> {
    condition: FieldCondition<'static>,
    field: fn(&Q) -> Option<Cow<'_, str>>,
}

impl<Q> RequestCondition<Q> {
    /// The field must equal the claim with this path.
    pub const fn claim(path: &'static [&'static str], field: fn(&Q) -> Option<Cow<'_, str>>) -> Self {
        Self { condition: FieldCondition::tenant(path), field }
    }

    /// The field must equal the caller's subject.
    pub const fn subject(field: fn(&Q) -> Option<Cow<'_, str>>) -> Self {
        Self { condition: FieldCondition::owner(), field }
    }

    /// Admits every value for callers that hold one of these roles.
    #[must_use]
    pub const fn exempt(self, roles: &'static [&'static str]) -> Self {
        Self { condition: self.condition.exempt(roles), ..self }
    }

    fn decide(&self, principal: Option<&Principal>, request: &Q) -> Result<(), Condition> {
        let field = (self.field)(request);
        secure_policy::decide_field(&self.condition, &CallerEvidence { principal, peer: None }, field.as_deref())
    }
}

impl<Q> fmt::Debug for RequestCondition<Q> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestCondition").finish_non_exhaustive()
    }
}

/// Decides whether `principal` may send `request`, after the rule admitted it. All conditions are enforced together.
pub(crate) fn decide<Q>(
    conditions: &[RequestCondition<Q>],
    principal: Option<&Principal>,
    request: &Q,
) -> Result<(), Condition> {
    conditions.iter().try_for_each(|condition| condition.decide(principal, request))
}

/// The type of a field that a request condition can compare, for generated code.
pub trait Field {
    /// The field as text. `None` if it is empty, 0 or missing.
    fn text(&self) -> Option<Cow<'_, str>>;
}

/// A field of a request as text. `None` if it is empty, 0 or missing.
pub fn field(field: &impl Field) -> Option<Cow<'_, str>> {
    field.text()
}

impl Field for String {
    fn text(&self) -> Option<Cow<'_, str>> {
        (!self.is_empty()).then_some(Cow::Borrowed(self))
    }
}

macro_rules! integers {
    ($($integer:ty)*) => {
        $(impl Field for $integer {
            fn text(&self) -> Option<Cow<'_, str>> {
                (*self != 0).then(|| Cow::Owned(self.to_string()))
            }
        })*
    };
}

integers! { i32 i64 u32 u64 }

impl<T: Field> Field for Option<T> {
    fn text(&self) -> Option<Cow<'_, str>> {
        self.as_ref()?.text()
    }
}

#[cfg(test)]
mod tests;
