//! Calls of the conformance vectors, and the decision of the server.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use crate::manifest::{ALLOW, Caller, Fields, MethodRule, Proof};

/// A call of one method.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) path: String,
    /// As a manifest has it.
    pub(crate) rule: Value,
    pub(crate) caller: Caller,
    pub(crate) request: Fields,
    /// What the server says.
    pub(crate) allowed: bool,
}

impl Call {
    pub(crate) fn new(path: String, rule: Value, caller: Caller, request: Fields) -> Self {
        let method: MethodRule = serde_json::from_value(rule.clone()).unwrap();
        let allowed = method.decide(&caller, &request) == ALLOW;
        Self { path, rule, caller, request, allowed }
    }

    /// True if a proxy can see every fact about the caller that the server sees. A certificate has no claims, and a
    /// proxy does not read other credentials. Some engines are told one name of a certificate.
    pub(crate) fn is_presentable(&self) -> bool {
        !self.has_several_names()
            && self.caller.principal.as_ref().is_none_or(|principal| match principal.proven_by {
                Proof::BoundJwt | Proof::Jwt => true,
                Proof::Mtls => {
                    let roles =
                        crate::random::roles_of(self.caller.certificate.as_ref().and_then(|it| it.name.as_deref()));
                    principal.roles.iter().all(|role| roles.contains(&role.as_str())) && principal.scopes.is_empty()
                }
                Proof::Other => false,
            })
    }

    /// True if the certificate has several DNS names.
    pub(crate) fn has_several_names(&self) -> bool {
        self.caller.certificate.as_ref().is_some_and(|it| !it.names.is_empty())
    }

    /// True if a server knows the caller by its certificate.
    pub(crate) fn is_by_certificate(&self) -> bool {
        self.caller.principal.as_ref().is_some_and(|principal| principal.proven_by == Proof::Mtls)
    }

    /// True if the caller has a certificate, and the server takes none for a credential.
    pub(crate) fn is_nobody_with_certificate(&self) -> bool {
        let proves = |proof| matches!(proof, Proof::BoundJwt | Proof::Jwt);
        let is_nobody = self.caller.principal.as_ref().is_none_or(|principal| !proves(principal.proven_by));
        is_nobody && !self.is_by_certificate() && self.caller.certificate.is_some()
    }
}

/// Those of `decisions.json`, each vector as a service of its own.
pub(crate) fn vectors() -> Vec<Call> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../conformance/decisions.json");
    let text = std::fs::read_to_string(path).unwrap();
    let Vectors { vectors } = serde_json::from_str(&text).unwrap();
    let calls = vectors.into_iter().enumerate().flat_map(|(number, vector)| {
        vector.calls.into_iter().map(move |called| {
            let path = format!("/vector{number}.v1.Orders/{}", called.method);
            let rule = vector.manifest.methods[&called.method].clone();
            let call = Call::new(path, rule, vector.callers[&called.caller].clone(), called.request);
            assert_eq!(call.allowed, called.decision == ALLOW);
            call
        })
    });
    calls.collect()
}

#[derive(Deserialize)]
struct Vectors {
    vectors: Vec<Vector>,
}

#[derive(Deserialize)]
struct Vector {
    manifest: Rules,
    callers: BTreeMap<String, Caller>,
    calls: Vec<Called>,
}

#[derive(Deserialize)]
struct Rules {
    methods: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
struct Called {
    method: String,
    caller: String,
    #[serde(default)]
    request: Fields,
    decision: String,
}
