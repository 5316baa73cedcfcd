use std::collections::HashMap;

use serde::Deserialize;
use serde_json::json;

use super::*;

#[derive(Debug, Deserialize, PartialEq)]
struct Tenant {
    tenant: Inner,
    level: Option<Level>,
    #[serde(default)]
    groups: Vec<(String, u8)>,
}

#[derive(Debug, Deserialize, PartialEq)]
struct Inner {
    id: Id,
    share: f64,
}

#[derive(Debug, Deserialize, PartialEq)]
struct Id(i64);

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Level {
    Gold,
    Silver { until: u64 },
}

fn read(claims: &Value) -> Result<Tenant, String> {
    super::read(claims.as_object().unwrap()).map_err(|error| error.to_string())
}

#[test]
fn claims_are_read_like_serde_json() {
    for claims in [
        json!({ "tenant": { "id": -7, "share": 0.5 }, "x": [{}] }),
        json!({ "tenant": { "id": 7, "share": 1 }, "level": "gold", "groups": [["a", 1], ["b", 2]] }),
        json!({ "tenant": { "id": 0, "share": 1e9 }, "level": { "silver": { "until": 9 } } }),
        json!({ "tenant": { "id": 0, "share": 0 }, "level": null }),
    ] {
        assert_eq!(read(&claims), serde_json::from_value(claims).map_err(|it| it.to_string()));
    }
}

#[test]
fn an_error_names_the_claim() {
    let missing = |name| Err(format!("the caller's claim `{name}` is missing"));
    let wrong = |name| Err(format!("the caller's claim `{name}` is not of the expected form"));
    let tenant = || json!({ "id": 7, "share": 1 });
    assert_eq!(read(&json!({})), missing("tenant"));
    assert_eq!(read(&json!({ "tenant": {} })), missing("tenant.id"));
    assert_eq!(read(&json!({ "tenant": { "id": 7 } })), missing("tenant.share"));
    assert_eq!(read(&json!({ "tenant": "secret" })), wrong("tenant"));
    assert_eq!(read(&json!({ "tenant": { "id": "secret" } })), wrong("tenant.id"));
    assert_eq!(read(&json!({ "tenant": tenant(), "level": "secret" })), wrong("level"));
    assert_eq!(
        read(&json!({ "tenant": tenant(), "level": { "silver": { "until": -1 } } })),
        wrong("level.silver.until")
    );
    assert_eq!(read(&json!({ "tenant": tenant(), "groups": [["secret", 1, 2]] })), wrong("groups"));
}

#[test]
fn claim_in_an_error_has_its_full_path() {
    let error = super::read::<Tenant>(json!({ "tenant": {} }).as_object().unwrap()).unwrap_err();
    assert_eq!(error.claim().collect::<Vec<_>>(), ["tenant", "id"]);
}

#[test]
fn claim_errors_contain_no_value() {
    #[derive(Debug, Deserialize)]
    #[serde(try_from = "String")]
    struct Checked;

    impl TryFrom<String> for Checked {
        type Error = String;

        fn try_from(text: String) -> Result<Self, String> {
            Err(format!("missing field `{text}`"))
        }
    }

    for value in [json!("hunter2"), json!(["hunter2"]), json!({ "hunter2": 1 })] {
        let claims = Map::from_iter([(String::from("password"), value)]);
        assert_hidden(super::read::<HashMap<String, Checked>>(&claims).map(|_| ()));
        assert_hidden(super::read::<HashMap<String, u64>>(&claims).map(|_| ()));
        assert_hidden(super::read::<HashMap<String, Level>>(&claims).map(|_| ()));
        assert_hidden(super::read::<HashMap<String, Inner>>(&claims).map(|_| ()));
    }
}

#[track_caller]
fn assert_hidden(outcome: Result<(), ClaimsError>) {
    let error = outcome.unwrap_err();
    assert!(std::error::Error::source(&error).is_none());
    assert!(error.to_string().contains("`password"), "{error}");
    assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
}
