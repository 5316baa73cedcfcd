//! OPA's language in regorus.

use regorus::{Engine, Value as Rego};
use serde_json::{Value, json};

use crate::calls::{self, Call};
use crate::exports::{self, Settings};
use crate::manifest::Proof;
use crate::{assert_equal, random};

#[test]
fn opa_and_server_decide_equally() {
    let settings = Settings::new("{}", true);
    let calls = calls::vectors().into_iter().chain(random::calls()).collect::<Vec<_>>();
    let export = exports::export("opa", &settings, &calls);
    let mut engine = engine(&exports::read(&export, "data.json"), &[exports::read(&export, "policy.rego")]);
    let mut decide = |call: &Call| {
        engine.set_input(Rego::from_json_str(&verified(call).to_string()).unwrap());
        engine.eval_rule("data.secure.allow".to_owned()).unwrap() == Rego::Bool(true)
    };
    let decisions = calls.iter().map(&mut decide).collect::<Vec<_>>();
    // The policy gets every fact that is known about the caller.
    let differ =
        calls.iter().zip(&decisions).filter(|(call, admits)| call.allowed != **admits && !call.has_several_names());
    assert_eq!(differ.map(|(call, _)| format!("{call:#?}")).collect::<Vec<_>>(), [""; 0]);
    assert_equal("opa", &settings, &calls, &decisions);
}

#[test]
fn opa_behind_envoy_and_server_decide_equally() {
    for authenticate in [false, true] {
        let settings = Settings::new("{}", authenticate);
        let calls = calls::vectors().into_iter().chain(random::calls());
        let fits =
            |call: &Call| if authenticate { !call.is_nobody_with_certificate() } else { !call.is_by_certificate() };
        let calls = calls.filter(fits).collect::<Vec<_>>();
        let export = exports::export("opa-envoy", &settings, &calls);
        let policies = ["policy.rego", "envoy.rego"].map(|name| exports::read(&export, name));
        let mut engine = engine(&exports::read(&export, "data.json"), &policies);
        let mut decide = |call: &Call| {
            engine.set_input(Rego::from_json_str(&checked(call).to_string()).unwrap());
            engine.eval_rule("data.envoy.authz.allow".to_owned()).unwrap() == Rego::Bool(true)
        };
        let decisions = calls.iter().map(&mut decide).collect::<Vec<_>>();
        assert_equal("opa-envoy", &settings, &calls, &decisions);
    }
}

#[test]
fn opa_denies_an_unknown_method() {
    let calls = calls::vectors();
    let export = exports::export("opa", &Settings::new("{}", true), &calls);
    let mut engine = engine(&exports::read(&export, "data.json"), &[exports::read(&export, "policy.rego")]);
    for path in ["/vector0.v1.Orders/public", "//vector0.v1.Orders/Public", "/vector0.v1.Orders/Public?x", ""] {
        engine.set_input(Rego::from_json_str(&json!({ "path": path, "principal": null }).to_string()).unwrap());
        assert_eq!(engine.eval_rule("data.secure.allow".to_owned()).unwrap(), Rego::Bool(false), "{path}");
    }
}

fn engine(data: &str, policies: &[String]) -> Engine {
    let mut engine = Engine::new();
    for (policy, number) in policies.iter().zip(0..) {
        engine.add_policy(format!("{number}.rego"), policy.clone()).unwrap();
    }
    engine.add_data(Rego::from_json_str(data).unwrap()).unwrap();
    engine
}

/// What `policy.rego` says that its input is.
fn verified(call: &Call) -> Value {
    let principal = call.caller.principal.as_ref().map(|it| {
        let proof = match it.proven_by {
            Proof::BoundJwt => "BOUND_JWT",
            Proof::Jwt => "JWT",
            Proof::Mtls => "MTLS",
            Proof::Other => "OTHER",
        };
        json!({
            "subject": it.subject, "proven_by": proof, "roles": it.roles, "scopes": it.scopes, "claims": texts(&Value::Object(it.claims.clone())),
            "foreign": it.foreign, "actor": it.actor.as_ref().map(|actor| json!({ "issuer": actor.issuer, "subject": actor.subject })),
        })
    });
    let certificate = call.caller.certificate.as_ref().map(|it| json!({ "name": it.name }));
    let set = call.request.iter().filter(|(_, value)| value.as_u64() != Some(0));
    let request = set.map(|(path, value)| (path.clone(), texts(value))).collect::<Value>();
    json!({ "path": call.path, "principal": principal, "certificate": certificate, "request": request })
}

/// Integers as text, without fractions.
fn texts(value: &Value) -> Value {
    match value {
        Value::Number(number) if number.is_f64() => Value::Null,
        Value::Number(number) => json!(number.to_string()),
        Value::Object(members) => members.iter().map(|(name, value)| (name.clone(), texts(value))).collect(),
        value => value.clone(),
    }
}

/// What opa-envoy-plugin sends.
fn checked(call: &Call) -> Value {
    let source = match &call.caller.certificate {
        None => json!({}),
        Some(certificate) => json!({ "principal": certificate.name.as_deref().unwrap_or("CN=cart") }),
    };
    let mut attributes = json!({ "request": { "http": { "method": "POST", "path": call.path } }, "source": source });
    if let Some(claims) = crate::client::claims(&call.caller) {
        attributes["metadataContext"] =
            json!({ "filterMetadata": { "envoy.filters.http.jwt_authn": { "payload": claims } } });
    }
    json!({ "attributes": attributes })
}
