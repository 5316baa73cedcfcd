//! Istio and Gateway API: objects have the form of their CRDs, and decide as the server does by Istio's documentation.

use std::process::Command;

use serde_json::Value;

use crate::calls::{self, Call};
use crate::exports::{self, Settings};
use crate::tools::tool;
use crate::{assert_equal, random};

#[test]
fn exported_objects_match_their_definitions() {
    let (Some(kubeconform), Some(schemas)) = (tool("kubeconform"), tool("schemas")) else { return };
    let calls = calls::vectors().into_iter().chain(random::calls()).collect::<Vec<_>>();
    for target in ["istio", "gateway-api"] {
        let export = exports::export(target, &Settings::new("{}", true), &calls);
        let path = export.path().join(format!("{target}.json"));
        let check = |text: &str| {
            std::fs::write(&path, text).unwrap();
            let location = schemas.join("{{.ResourceKind}}-{{.ResourceAPIVersion}}.json");
            let ran =
                Command::new(&kubeconform).arg("-strict").arg("-schema-location").arg(location).arg(&path).output();
            ran.unwrap()
        };
        let text = std::fs::read_to_string(&path).unwrap();
        let checked = check(&text);
        assert!(checked.status.success(), "{checked:?}");
        let wrong = text.replace("\"paths\"", "\"path\"").replace("\"service\"", "\"servise\"");
        assert!(!check(&wrong).status.success(), "{target}");
    }
}

#[test]
fn istio_and_server_decide_equally() {
    for authenticate in [false, true] {
        let mut settings = Settings::new("{}", authenticate);
        settings.0["certificates"]["trust_domains"] = serde_json::json!(["example.org", "other.example"]);
        // A mesh has certificates with a SPIFFE ID of its trust domains, or none.
        let is_of_mesh = |call: &Call| {
            let name = call.caller.certificate.as_ref().map(|it| it.name.as_deref().unwrap_or_default());
            name.is_none_or(|name| {
                ["spiffe://example.org/", "spiffe://other.example/"].iter().any(|it| name.starts_with(it))
            })
        };
        let fits =
            |call: &Call| if authenticate { !call.is_nobody_with_certificate() } else { !call.is_by_certificate() };
        let calls = calls::vectors().into_iter().chain(random::calls());
        let calls = calls.filter(|call| is_of_mesh(call) && fits(call)).collect::<Vec<_>>();
        let export = exports::export("istio", &settings, &calls);
        let list = serde_json::from_str::<Value>(&exports::read(&export, "istio.json")).unwrap();
        let policies = items(&list["items"]).filter(|item| item["kind"] == "AuthorizationPolicy").collect::<Vec<_>>();
        let rules = policies.iter().flat_map(|policy| items(&policy["spec"]["rules"])).collect::<Vec<_>>();
        let decisions = calls.iter().map(|call| rules.iter().any(|rule| admits(rule, call))).collect::<Vec<_>>();
        assert_equal("istio", &settings, &calls, &decisions);
    }
}

fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

/// "A rule matches a request if and only if at least one source, one operation and all conditions match." Lists that are
/// left out match everything.
fn admits(rule: &Value, call: &Call) -> bool {
    let any =
        |list: &str, matches: &dyn Fn(&Value) -> bool| rule.get(list).is_none() || items(&rule[list]).any(matches);
    any("to", &|to| items(&to["operation"]["paths"]).any(|path| path == call.path.as_str()))
        && any("from", &|from| is_source(&from["source"], call))
        && items(&rule["when"]).all(|when| holds(when, call))
}

fn is_source(source: &Value, call: &Call) -> bool {
    let claims = crate::client::claims(&call.caller);
    // "The principal is iss/sub of the token."
    let token = claims.map(|claims| format!("{}/{}", claims["iss"].as_str().unwrap(), claims["sub"].as_str().unwrap()));
    let certificate = call.caller.certificate.as_ref().and_then(|it| it.name.as_deref());
    let peer = certificate.and_then(|name| name.strip_prefix("spiffe://")).map(str::to_owned);
    source.as_object().unwrap().iter().all(|(name, patterns)| match name.as_str() {
        "principals" => items(patterns).any(|pattern| fits(pattern, peer.as_deref())),
        "requestPrincipals" => items(patterns).any(|pattern| fits(pattern, token.as_deref())),
        "notRequestPrincipals" => !items(patterns).any(|pattern| fits(pattern, token.as_deref())),
        name => panic!("{name}"),
    })
}

fn holds(when: &Value, call: &Call) -> bool {
    let path = when["key"].as_str().unwrap().strip_prefix("request.auth.claims[").unwrap().strip_suffix(']').unwrap();
    let claims = crate::client::claims(&call.caller).unwrap_or_default();
    let claim = path.split("][").fold(&claims, |claim, name| &claim[name]);
    let held = claim.as_array().map_or_else(|| vec![claim], |held| held.iter().collect());
    let is_one = |patterns: &str| held.iter().any(|held| items(&when[patterns]).any(|it| fits(it, held.as_str())));
    match when.get("notValues") {
        Some(_) => !is_one("notValues"),
        None => is_one("values"),
    }
}

/// Exact, `abc*`, `*abc`, or `*` for anything.
fn fits(pattern: &Value, text: Option<&str>) -> bool {
    let (pattern, Some(text)) = (pattern.as_str().unwrap(), text) else { return false };
    match (pattern.strip_suffix('*'), pattern.strip_prefix('*')) {
        (Some(""), _) => !text.is_empty(),
        (Some(prefix), _) => text.starts_with(prefix),
        (_, Some(suffix)) => text.ends_with(suffix),
        _ => pattern == text,
    }
}
