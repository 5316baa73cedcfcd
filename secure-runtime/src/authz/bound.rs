//! Rules about requests: a field that must name something of its caller's.

use std::borrow::Cow;
use std::fmt;

use super::Denial;
use crate::principal::Principal;

/// A field of a request `Q` that must equal a claim of the caller, or its subject.
///
/// Strings are compared byte for byte, integers by their decimal form. A field that is empty, 0 or missing is refused,
/// as is a claim that is; nothing stands for anything else.
pub struct Bound<Q> {
    fact: Fact,
    field: fn(&Q) -> Option<Cow<'_, str>>,
    exempt: &'static [&'static str],
}

#[derive(Clone, Copy)]
enum Fact {
    Claim(&'static [&'static str]),
    Subject,
}

impl<Q> Bound<Q> {
    /// The field must equal the claim with this path.
    pub const fn claim(path: &'static [&'static str], field: fn(&Q) -> Option<Cow<'_, str>>) -> Self {
        Self { fact: Fact::Claim(path), field, exempt: &[] }
    }

    /// The field must equal the caller's subject.
    pub const fn subject(field: fn(&Q) -> Option<Cow<'_, str>>) -> Self {
        Self { fact: Fact::Subject, field, exempt: &[] }
    }

    /// Who holds one of these roles may name anything.
    #[must_use]
    pub const fn exempt(self, roles: &'static [&'static str]) -> Self {
        Self { exempt: roles, ..self }
    }

    /// Decides about one request.
    pub(crate) fn admits(&self, principal: &Principal, request: &Q) -> bool {
        if self.exempt.iter().any(|role| principal.has_role(role)) {
            return true;
        }
        let own = match self.fact {
            _ if principal.is_foreign() => None,
            Fact::Claim(path) => principal.text_claim(path),
            Fact::Subject => Some(Cow::Borrowed(principal.id().subject())).filter(|subject| !subject.is_empty()),
        };
        matches!(((self.field)(request), own), (Some(named), Some(own)) if named == own)
    }
}

impl<Q> fmt::Debug for Bound<Q> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bound").finish_non_exhaustive()
    }
}

/// Decides whether `principal` may send `request`, after its rule said yes. Every bound must hold, and there is no
/// request of nobody.
pub(crate) fn decide<Q>(bounds: &[Bound<Q>], principal: Option<&Principal>, request: &Q) -> Result<(), Denial> {
    let admits = |bound: &Bound<Q>| principal.is_some_and(|principal| bound.admits(principal, request));
    if bounds.iter().all(admits) { Ok(()) } else { Err(Denial::PermissionDenied) }
}

/// What a field of a request says, for generated code.
pub trait Field {
    /// `None` where it says nothing: empty, 0 or missing.
    fn text(&self) -> Option<Cow<'_, str>>;
}

/// What a field of a request says.
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
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn with(claims: &Value) -> Principal {
        Principal::new("https://id.example.com", "7").roles(["clerk"]).claims(claims.as_object().unwrap().clone())
    }

    #[test]
    fn a_field_equals_its_claim_or_is_refused() {
        let rows = [
            (json!({ "tenant": "acme" }), "acme", true),
            (json!({ "tenant": "acme" }), "acm", false),
            (json!({ "tenant": "acme" }), "Acme", false),
            (json!({ "tenant": "acme" }), "", false),
            (json!({ "tenant": "" }), "", false),
            (json!({}), "", false),
            (json!({}), "acme", false),
            (json!({ "tenant": null }), "null", false),
            (json!({ "tenant": true }), "true", false),
            (json!({ "tenant": 7 }), "7", true),
            (json!({ "tenant": 7.0 }), "7", false),
            (json!({ "tenant": ["acme"] }), "acme", false),
            (json!({ "tenant": { "acme": 1 } }), "acme", false),
        ];
        let bound = Bound::<String>::claim(&["tenant"], field);
        for (claims, named, expected) in rows {
            assert_eq!(bound.admits(&with(&claims), &named.to_owned()), expected, "{claims} {named}");
        }
    }

    #[test]
    fn nothing_equals_nothing() {
        let number = Bound::<i32>::claim(&["tenant"], field);
        assert!(number.admits(&with(&json!({ "tenant": -7 })), &-7));
        assert!(!number.admits(&with(&json!({ "tenant": 0 })), &0));
        assert!(!number.admits(&with(&json!({ "tenant": "0" })), &0));
        assert!(!number.admits(&with(&json!({ "tenant": "" })), &0));
    }

    #[test]
    fn a_claim_may_be_a_member_of_another() {
        let bound = Bound::<String>::claim(&["org", "id"], field);
        let acme = "acme".to_owned();
        assert!(bound.admits(&with(&json!({ "org": { "id": "acme" } })), &acme));
        assert!(!bound.admits(&with(&json!({ "org.id": "acme" })), &acme));
        assert!(!bound.admits(&with(&json!({ "org": "acme" })), &acme));
        assert!(!Bound::<String>::claim(&[], field).admits(&with(&json!({})), &acme));
    }

    #[test]
    fn a_field_equals_the_subject_or_is_refused() {
        let somebody = with(&json!({}));
        let bound = Bound::<Option<u64>>::subject(field);
        for (named, expected) in [(Some(7), true), (Some(8), false), (Some(0), false), (None, false)] {
            assert_eq!(bound.admits(&somebody, &named), expected, "{named:?}");
        }
        let nameless = Principal::new("https://id.example.com", "");
        assert!(!Bound::<String>::subject(field).admits(&nameless, &String::new()));
    }

    #[test]
    fn only_its_holders_are_exempt_by_a_role() {
        let bound = Bound::<String>::subject(field);
        assert!(bound.exempt(&["support", "clerk"]).admits(&with(&json!({})), &"8".to_owned()));
        let bound = Bound::<String>::subject(field);
        assert!(!bound.exempt(&["support"]).admits(&with(&json!({})), &"8".to_owned()));
    }

    #[test]
    fn a_foreign_principal_names_nothing_as_its_own() {
        let somebody = || with(&json!({ "tenant": "7" }));
        let seven = "7".to_owned();
        for bound in [Bound::<String>::subject(field), Bound::<String>::claim(&["tenant"], field)] {
            assert!(bound.admits(&somebody(), &seven));
            assert!(!bound.admits(&somebody().foreign(), &seven));
            assert!(bound.exempt(&["clerk"]).admits(&somebody().foreign(), &seven));
        }
    }

    #[test]
    fn every_bound_must_hold_and_somebody_must_call() {
        let bounds = [Bound::<String>::subject(field), Bound::<String>::claim(&["tenant"], field)];
        let (seven, both, one) = ("7".to_owned(), with(&json!({ "tenant": "7" })), with(&json!({ "tenant": "8" })));
        assert_eq!(decide(&bounds, Some(&both), &seven), Ok(()));
        assert_eq!(decide(&bounds, Some(&one), &seven), Err(Denial::PermissionDenied));
        assert_eq!(decide(&bounds, None, &seven), Err(Denial::PermissionDenied));
        assert_eq!(decide::<String>(&[], None, &seven), Ok(()));
    }
}
