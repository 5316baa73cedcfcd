use serde_json::{Value, json};

use super::*;

/// Whether one condition admits the request of a principal.
fn admits<Q>(condition: &RequestCondition<Q>, principal: &Principal, request: &Q) -> bool {
    condition.decide(Some(principal), request).is_ok()
}

fn with(claims: &Value) -> Principal {
    Principal::new("https://id.example.com", "7").roles(["clerk"]).claims(claims.as_object().unwrap().clone())
}

#[test]
fn field_that_differs_from_its_claim_is_refused() {
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
    let condition = RequestCondition::<String>::claim(&["tenant"], field);
    for (claims, named, expected) in rows {
        assert_eq!(admits(&condition, &with(&claims), &named.to_owned()), expected, "{claims} {named}");
    }
}

#[test]
fn zero_and_empty_values_are_refused() {
    let number = RequestCondition::<i32>::claim(&["tenant"], field);
    assert!(admits(&number, &with(&json!({ "tenant": -7 })), &-7));
    assert!(!admits(&number, &with(&json!({ "tenant": 0 })), &0));
    assert!(!admits(&number, &with(&json!({ "tenant": "0" })), &0));
    assert!(!admits(&number, &with(&json!({ "tenant": "" })), &0));
}

#[test]
fn claim_is_found_by_its_path() {
    let condition = RequestCondition::<String>::claim(&["org", "id"], field);
    let acme = "acme".to_owned();
    assert!(admits(&condition, &with(&json!({ "org": { "id": "acme" } })), &acme));
    assert!(!admits(&condition, &with(&json!({ "org.id": "acme" })), &acme));
    assert!(!admits(&condition, &with(&json!({ "org": "acme" })), &acme));
    assert!(!admits(&RequestCondition::<String>::claim(&[], field), &with(&json!({})), &acme));
}

#[test]
fn field_that_differs_from_the_subject_is_refused() {
    let somebody = with(&json!({}));
    let condition = RequestCondition::<Option<u64>>::subject(field);
    for (named, expected) in [(Some(7), true), (Some(8), false), (Some(0), false), (None, false)] {
        assert_eq!(admits(&condition, &somebody, &named), expected, "{named:?}");
    }
    let nameless = Principal::new("https://id.example.com", "");
    assert!(!admits(&RequestCondition::<String>::subject(field), &nameless, &String::new()));
}

#[test]
fn exempt_role_admits_its_holders_only() {
    let condition = RequestCondition::<String>::subject(field);
    assert!(admits(&condition.exempt(&["support", "clerk"]), &with(&json!({})), &"8".to_owned()));
    let condition = RequestCondition::<String>::subject(field);
    assert!(!admits(&condition.exempt(&["support"]), &with(&json!({})), &"8".to_owned()));
}

#[test]
fn principal_that_is_excluded_from_ownership_is_refused_unless_exempt() {
    let somebody = || with(&json!({ "tenant": "7" }));
    let seven = "7".to_owned();
    for condition in [RequestCondition::<String>::subject(field), RequestCondition::<String>::claim(&["tenant"], field)]
    {
        assert!(admits(&condition, &somebody(), &seven));
        assert!(!admits(&condition, &somebody().excluded_from_ownership(), &seven));
        assert!(admits(&condition.exempt(&["clerk"]), &somebody().excluded_from_ownership(), &seven));
    }
}

#[test]
fn all_conditions_are_required() {
    let conditions =
        [RequestCondition::<String>::subject(field), RequestCondition::<String>::claim(&["tenant"], field)];
    let (seven, both, one) = ("7".to_owned(), with(&json!({ "tenant": "7" })), with(&json!({ "tenant": "8" })));
    assert_eq!(decide(&conditions, Some(&both), &seven), Ok(()));
    assert_eq!(decide(&conditions, Some(&one), &seven), Err(Condition::TenantDiffers));
    assert_eq!(decide(&conditions, None, &seven), Err(Condition::NoCredential));
    assert_eq!(decide::<String>(&[], None, &seven), Ok(()));
}
