//! Exports by the command, as people make them.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::calls::Call;

/// The settings file of an export, as JSON.
#[derive(Clone, Debug)]
pub(crate) struct Settings(pub(crate) Value);

impl Settings {
    /// Tokens of an issuer. Certificates prove a caller if `authenticate`.
    pub(crate) fn new(jwks: &str, authenticate: bool) -> Self {
        let roles = ["spiffe://example.org/ns/shop/sa/cart", "backup.example.org"]
            .map(|name| (name.to_owned(), crate::random::roles_of(Some(name))));
        Self(json!({
            "tokens": {
                "issuer": "https://id.example.com", "audience": "orders", "jwks": jwks,
                "scopes": { "claim": ["scopes"] },
            },
            "certificates": { "authenticate": authenticate, "roles": BTreeMap::from(roles) },
        }))
    }

    /// Certificates alone.
    pub(crate) fn without_tokens(&self) -> Self {
        let mut settings = self.0.clone();
        settings.as_object_mut().unwrap().remove("tokens");
        Self(settings)
    }
}

/// The files of an export of all methods that are called.
pub(crate) fn export(target: &str, settings: &Settings, calls: &[Call]) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    run(target, settings, calls, &["--allow-stricter", "--partial"], directory.path()).unwrap();
    directory
}

/// True if the export of one method needs no permission to be anything but exact.
pub(crate) fn is_exact(target: &str, settings: &Settings, call: &Call) -> bool {
    let directory = tempfile::tempdir().unwrap();
    match run(target, settings, std::slice::from_ref(call), &[], directory.path()) {
        Ok(()) => true,
        // A policy that admits nobody is exact, and gRPC has no form for it.
        Err(error) => error.contains("no method may be called"),
    }
}

pub(crate) fn read(directory: &TempDir, name: &str) -> String {
    fs::read_to_string(directory.path().join(name)).unwrap()
}

fn run(target: &str, settings: &Settings, calls: &[Call], flags: &[&str], out: &Path) -> Result<(), String> {
    let inputs = tempfile::tempdir().unwrap();
    let [rules, with] = ["policy.json", "settings.json"].map(|name| inputs.path().join(name));
    fs::write(&rules, manifest(calls).to_string()).unwrap();
    fs::write(&with, settings.0.to_string()).unwrap();
    let mut arguments = vec!["export".into(), target.into(), "--format".into(), "json".into()];
    arguments.extend(["--settings".into(), with.into(), "--out".into(), out.into()]);
    arguments.extend(flags.iter().map(Into::into));
    arguments.push(rules.into());
    protoc_gen_secure::cli::run(arguments).map(drop).map_err(|error| error.to_string())
}

/// The manifest of all methods that are called.
fn manifest(calls: &[Call]) -> Value {
    let mut services = BTreeMap::<_, BTreeMap<_, _>>::new();
    for call in calls {
        let (service, method) = call.path[1..].split_once('/').unwrap();
        services.entry(service).or_default().insert(method, &call.rule);
    }
    let service = |(name, methods): (&str, BTreeMap<&str, &Value>)| {
        let digest = digest(name, &methods);
        let method =
            |rule: &Value| json!({ "declared_at": "a.proto:1:1", "kind": "unary", "rule": rule, "source": "method" });
        let methods = methods.into_iter().map(|(name, rule)| (name, method(rule))).collect::<BTreeMap<_, _>>();
        (name.to_owned(), json!({ "declared_at": "a.proto:1:1", "digest": digest, "methods": methods }))
    };
    json!({ "version": 1, "services": services.into_iter().map(service).collect::<BTreeMap<_, _>>() })
}

/// Members in the order of their bytes.
fn digest(service: &str, methods: &BTreeMap<&str, &Value>) -> String {
    let text = format!("{{\"methods\":{},\"service\":{}}}", canonical(&json!(methods)), json!(service));
    Sha256::digest(text).iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

fn canonical(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let members = members.iter().map(|(name, value)| (name, canonical(value))).collect::<BTreeMap<_, _>>();
            let members = members.iter().map(|(name, value)| format!("{}:{value}", json!(name))).collect::<Vec<_>>();
            format!("{{{}}}", members.join(","))
        }
        value => value.to_string(),
    }
}
