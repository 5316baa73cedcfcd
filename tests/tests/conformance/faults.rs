//! Faults that other generators of authorization have or had. Each test shows that this generator does not have one of
//! them. `faults.md` lists them.

use std::collections::BTreeSet;
use std::path::Path;
use std::{fs, iter};

use prost::Message as _;
use prost_types::FileDescriptorProto;
use serde_json::json;

use crate::generator::{Set, answer, compile, generate};

const HEAD: &str =
    "syntax = \"proto3\";\npackage shop.v1;\nimport \"secure/v1/options.proto\";\nmessage Order { string id = 1; }\n";

fn orders(services: &str) -> String {
    format!("{HEAD}{services}")
}

#[test]
fn public_default_does_not_change_the_roles_of_a_method() {
    let text = orders(
        "service Orders {
          option (secure.v1.service).default = { public: true };
          rpc Get(Order) returns (Order) { option (secure.v1.method).required_roles = \"clerk\"; }
          rpc Ping(Order) returns (Order);
        }",
    );
    let methods = json!({ "Get": { "required_roles": ["clerk"] }, "Ping": { "public": true } });
    assert_eq!(generate(&[("orders.proto", &text)]).service("shop.v1.Orders")["methods"], methods);
}

#[test]
fn misspelt_option_is_neither_a_rule_nor_a_default() {
    let compile = |word: &str| {
        let method = format!("rpc Get(Order) returns (Order) {{ option (secure.v1.method) = {{ {word} }}; }}");
        let default = "option (secure.v1.service).default = { public: true };";
        compile(&[("orders.proto", &orders(&format!("service Orders {{ {default} {method} }}")))])
    };
    for (word, misspelt) in [
        ("public: true", "publc: true"),
        ("public: true", "Public: true"),
        ("required_roles: \"clerk\"", "required_role: \"clerk\""),
        ("required_roles: \"clerk\"", "requiredRoles: \"clerk\""),
        ("authenticated: true peers: \"cart.internal\"", "authenticated: true peer: \"cart.internal\""),
        ("authenticated: true owner: { field: \"id\" }", "authenticated: true owner: { fields: \"id\" }"),
        ("authenticated: true required_credentials: CREDENTIAL_JWT", "authenticated: true required_credentials: JWT"),
    ] {
        assert!(compile(word).is_ok(), "{word}");
        assert!(compile(misspelt).is_err(), "{misspelt}");
    }
}

#[test]
fn methods_that_share_a_message_have_separate_rules() {
    let text = orders(
        "service Orders {
          rpc Get(Order) returns (Order) { option (secure.v1.method).required_roles = \"clerk\"; }
          rpc Put(Order) returns (Order) { option (secure.v1.method) = { authenticated: true, owner: { field: \"id\" } }; }
          rpc Ping(Order) returns (Order) { option (secure.v1.method).public = true; }
        }
        service Carts { rpc Get(Order) returns (Order) { option (secure.v1.method).denied = true; } }",
    );
    let output = generate(&[("orders.proto", &text)]);
    let methods = json!({
        "Get": { "required_roles": ["clerk"] },
        "Put": { "authenticated": true, "owner": { "field": "id" } },
        "Ping": { "public": true },
    });
    assert_eq!(output.service("shop.v1.Orders")["methods"], methods);
    assert_eq!(output.service("shop.v1.Carts")["methods"], json!({ "Get": { "denied": true } }));
}

#[test]
fn file_without_services_does_not_stop_the_run() {
    let service = |name: &str| {
        format!("service {name} {{ rpc Get(Order) returns (Order) {{ option (secure.v1.method).public = true; }} }}\n")
    };
    let files = [
        ("a.proto", "syntax = \"proto3\"; package a; message A {}".to_owned()),
        ("b.proto", "syntax = \"proto3\"; package b; service Nothing {}".to_owned()),
        (
            "c.proto",
            orders(&[service("One"), "service Nothing {}\n".to_owned(), service("Two"), service("Three")].concat()),
        ),
        ("d.proto", "syntax = \"proto3\"; package a;".to_owned()),
        (
            "e.proto",
            format!(
                "syntax = \"proto3\"; package shop.v1; import \"c.proto\"; import \"secure/v1/options.proto\"; {}",
                service("Four")
            ),
        ),
    ];
    let output = generate(&files.each_ref().map(|(name, text)| (*name, text.as_str())));
    for service in ["One", "Two", "Three", "Four"] {
        assert_eq!(output.service(&format!("shop.v1.{service}"))["methods"], json!({ "Get": { "public": true } }));
    }
}

#[test]
fn a_misspelt_field_and_one_of_a_wrong_type_are_refused() {
    let fields = "string id = 1; bool paid = 2; double price = 3; bytes seal = 4; repeated string tags = 5;
        map<string, string> labels = 6; Order parent = 7; State state = 8; oneof where { string street = 9; }";
    let state = "enum State { STATE_UNSPECIFIED = 0; }";
    let paths = [
        "i",
        "Id",
        "ids",
        "id.id",
        "parent",
        "parent.ids",
        "paid",
        "price",
        "seal",
        "tags",
        "labels",
        "state",
        "street",
    ];
    for path in paths {
        for condition in
            [format!("owner: {{ field: \"{path}\" }}"), format!("tenant: {{ field: \"{path}\" claim: \"t\" }}")]
        {
            let text = format!(
                "syntax = \"proto3\"; import \"secure/v1/options.proto\"; message Order {{ {fields} }} {state}
                service Orders {{
                  option (secure.v1.service).default = {{ authenticated: true {condition} }};
                  rpc Get(Order) returns (Order);
                }}"
            );
            let output = generate(&[("orders.proto", &text)]);
            assert_eq!((output.errors, output.files), (BTreeSet::from(["invalid-field".to_owned()]), 0), "{condition}");
        }
    }
}

#[test]
fn one_finding_in_one_file_of_many_generates_nothing() {
    let good = |package: &str| {
        format!(
            "syntax = \"proto3\"; package {package}; import \"secure/v1/options.proto\"; message M {{}}
            service S {{ rpc Get(M) returns (M) {{ option (secure.v1.method).public = true; }} rpc Put(M) returns (M) {{
            option (secure.v1.method).denied = true; }} }}"
        )
    };
    let bad = good("bad").replace("denied = true", "denied = false");
    let names = (0..20).map(|index| format!("p{index}")).collect::<Vec<_>>();
    let texts = names.iter().map(|name| good(name)).chain([bad]).collect::<Vec<_>>();
    let files =
        names.iter().map(String::as_str).chain(["bad"]).zip(texts.iter().map(String::as_str)).collect::<Vec<_>>();
    let output = generate(&files);
    assert_eq!((output.errors, output.files), (BTreeSet::from(["false-rule".to_owned()]), 0));
    assert_eq!(generate(&files[..20]).manifest["services"].as_object().unwrap().len(), 20);
}

#[test]
fn undeclared_options_change_no_rule() {
    let foreign = fs::read_to_string("proto/foreign/v1/options.proto").unwrap();
    let (name, busy) = ("busy.proto", secure_tests::schemas::busy());
    let set = compile(&[("foreign/v1/options.proto", &foreign), (name, &busy)]).unwrap();
    let declared = answer(set.clone(), iter::once(name));
    let Set { files } = Set::decode(set.as_slice()).unwrap();
    let is_foreign = |file: &Vec<u8>| FileDescriptorProto::decode(file.as_slice()).unwrap().package() == "foreign.v1";
    let kept = files.iter().filter(|file| !is_foreign(file)).cloned().collect::<Vec<_>>();
    assert_eq!(kept.len() + 1, files.len());
    let undeclared = answer(Set { files: kept }.encode_to_vec(), iter::once(name));
    let methods = json!({ "Get": { "required_roles": ["admin", "clerk"] }, "Put": { "required_roles": ["admin"] } });
    assert_eq!(declared.service("busy.v1.Busy")["methods"], methods);
    assert_eq!(undeclared.manifest, declared.manifest);
}

#[test]
fn every_listed_fault_names_an_existing_test() {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = ["tests", "../protoc-gen-secure/src", "../protoc-gen-secure/tests", "../secure-runtime/src"];
    let sources = folders.iter().flat_map(|folder| sources(&package.join(folder))).collect::<String>();
    let rows = include_str!("faults.md").lines().filter(|line| line.starts_with("| ")).skip(1).collect::<Vec<_>>();
    assert_eq!(rows.len(), 13);
    for row in rows {
        let tests =
            row.trim_matches('|').split('|').nth(1).unwrap().split(", ").map(|test| test.trim().trim_matches('`'));
        for test in tests {
            assert!(sources.contains(&format!("fn {test}()")), "{row}: {test}");
        }
    }
}

fn sources(folder: &Path) -> Vec<String> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let texts = paths.flat_map(|path| match path.is_dir() {
        true => sources(&path),
        false => fs::read_to_string(path).into_iter().collect(),
    });
    texts.collect()
}
