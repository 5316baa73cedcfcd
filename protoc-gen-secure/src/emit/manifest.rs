//! The canonical manifest of a service: its rules and nothing else, in one form for one meaning.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::policy::{Access, ServicePolicy};

/// The SHA-256 of the manifest, in hexadecimal.
pub(super) fn digest(service: &ServicePolicy) -> String {
    Sha256::digest(manifest(service)).iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// JSON without blanks; members, methods and roles in the order of their bytes.
fn manifest(service: &ServicePolicy) -> String {
    let rules = service.methods.iter().map(|method| (method.name.as_str(), rule(&method.access)));
    // serde_json's own maps keep another order if any crate of the build asks for it.
    let methods = rules.collect::<BTreeMap<_, _>>();
    let methods = methods.iter().map(|(name, rule)| format!("{}:{rule}", json!(name))).collect::<Vec<_>>();
    format!(r#"{{"methods":{{{}}},"service":{}}}"#, methods.join(","), json!(service.name))
}

fn rule(access: &Access) -> Value {
    match access {
        Access::AnyRole(roles) => {
            let mut roles = roles.iter().map(|role| role.as_str()).collect::<Vec<_>>();
            roles.sort_unstable();
            json!({ "required_roles": roles })
        }
        Access::Authenticated => json!({ "authenticated": true }),
        Access::Public => json!({ "public": true }),
    }
}
