//! `manifest.schema.json` accepts every manifest that the generator writes, and nothing that its reader refuses.

use std::path::Path;

use boon::{Compiler, SchemaIndex, Schemas};
use serde_json::{Value, json};

use crate::generator::generate;

struct Schema {
    schemas: Schemas,
    index: SchemaIndex,
}

impl Schema {
    fn read() -> Self {
        let mut schemas = Schemas::new();
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance/manifest.schema.json");
        let index = Compiler::new().compile(path.to_str().unwrap(), &mut schemas).unwrap();
        Self { schemas, index }
    }

    fn problem(&self, manifest: &Value) -> Option<String> {
        self.schemas.validate(manifest, self.index).err().map(|error| format!("{error:#}"))
    }
}

#[test]
fn every_manifest_of_the_vectors_and_of_the_services_under_test_fits_the_schema() {
    let schema = Schema::read();
    let text = std::fs::read_to_string("conformance/manifests.json").unwrap();
    let vectors = serde_json::from_str::<Value>(&text).unwrap()["vectors"].as_array().unwrap().clone();
    let compiled = std::fs::read_to_string(concat!(env!("OUT_DIR"), "/policy.json")).unwrap();
    let manifests = vectors.iter().map(|vector| vector["manifest"].clone());
    for manifest in manifests.chain([serde_json::from_str(&compiled).unwrap()]) {
        assert_eq!(schema.problem(&manifest), None, "{manifest:#}");
    }
}

#[test]
fn changed_manifest_does_not_fit_the_schema() {
    let schema = Schema::read();
    let text = r#"syntax = "proto3"; package shop.v1; import "secure/v1/options.proto"; message Order {}
        service Orders { rpc Get(Order) returns (Order) { option (secure.v1.method) = { public: true public_reason: "x" }; } }"#;
    let manifest = generate(&[("orders.proto", text)]).manifest;
    assert_eq!(schema.problem(&manifest), None);
    let rule = "/services/shop.v1.Orders/methods/Get/rule";
    for (place, value) in [
        ("/version", json!(2)),
        ("/services/shop.v1.Orders/digest", json!("")),
        ("/services/shop.v1.Orders/methods", json!({})),
        ("/services/shop.v1.Orders/methods/Get/kind", json!("streaming")),
        ("/services/shop.v1.Orders/methods/Get/source", json!("default")),
        ("/services/shop.v1.Orders/methods/Get/public_reason", json!("")),
        (rule, json!({})),
        (rule, json!({ "public": false })),
        (rule, json!({ "public": true, "authenticated": true })),
        (rule, json!({ "public": true, "peers": ["cart.internal"] })),
        (rule, json!({ "public": true, "ignore_credentials": false })),
        (rule, json!({ "ignore_credentials": true })),
        (rule, json!({ "authenticated": true, "ignore_credentials": true })),
        (rule, json!({ "required_roles": [] })),
        (rule, json!({ "authenticated": true, "required_credentials": ["API_KEY"] })),
        (rule, json!({ "authenticated": true, "tenant": { "field": "id" } })),
        (rule, json!({ "authenticated": true, "delegation": {} })),
        (rule, json!({ "authenticated": true, "delegation": { "mode": "ALLOWED", "actors": [] } })),
        (rule, json!({ "denied": true, "delegation": { "mode": "ALLOWED" } })),
        (rule, json!({ "public": true, "ignore_credentials": true, "delegation": { "mode": "ALLOWED" } })),
        (rule, json!({ "authenticated": true, "hours": "9-17" })),
    ] {
        let mut changed = manifest.clone();
        *changed.pointer_mut(place).unwrap() = value;
        assert!(schema.problem(&changed).is_some(), "{changed:#}");
    }
}
