mod comments;
mod descriptor_sets;
mod excluded_services;
mod several_calls;

use std::fs;
use std::path::Path;

use expect_test::{Expect, expect};
use tempfile::TempDir;

use prost::Message as _;

use super::*;
use crate::testing::{orders, set};

const PUBLIC: &str = "service Orders { rpc Get(Order) returns (Order) { option (secure.v1.method).public = true; } }";

/// A directory with `proto/` of these files and an empty `out/`.
fn directory(files: &[(&str, &str)]) -> TempDir {
    let directory = tempfile::tempdir().expect("a directory");
    fs::create_dir(directory.path().join("out")).expect("a directory");
    for (name, text) in files {
        let path = directory.path().join("proto").join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
        fs::write(path, text).expect("a file");
    }
    directory
}

fn config(directory: &TempDir) -> Config {
    Config::new().out_dir(directory.path().join("out"))
}

fn compile(config: Config, directory: &TempDir, names: &[&str]) -> Result<(), Error> {
    let proto = directory.path().join("proto");
    let protos = names.iter().map(|name| proto.join(name)).collect::<Vec<_>>();
    config.compile_protos(&protos, &[&proto])
}

/// The files in `out/`, or the error as a build script prints it.
fn outcome(result: Result<(), Error>, directory: &TempDir) -> String {
    match result {
        Ok(()) => names(&directory.path().join("out")),
        Err(error) => format!("{error:?}\n").replace(&directory.path().display().to_string(), ""),
    }
}

fn names(directory: &Path) -> String {
    let entries = fs::read_dir(directory).expect("a directory").map(|entry| entry.expect("an entry").file_name());
    let mut names = entries.map(|name| format!("{}\n", name.display())).collect::<Vec<_>>();
    names.sort();
    names.concat()
}

#[track_caller]
fn check(files: &[(&str, &str)], expected: Expect) {
    let directory = directory(files);
    let result = compile(config(&directory), &directory, &[files[0].0]);
    expected.assert_eq(&outcome(result, &directory));
}

#[track_caller]
fn check_set(set: &[u8], config: impl Fn(Config) -> Config, expected: Expect) {
    let directory = directory(&[]);
    let result = config(self::config(&directory)).compile_descriptor_set(set);
    expected.assert_eq(&outcome(result, &directory));
}

#[test]
fn schema_is_found_without_an_include_path_and_not_generated() {
    check(
        &[("orders.proto", &orders(PUBLIC))],
        expect![[r#"
            shop.v1.rs
            shop.v1.secure.rs
        "#]],
    );
}

#[test]
fn message_file_includes_the_service_file() {
    let directory = directory(&[("orders.proto", &orders(PUBLIC))]);
    compile(config(&directory).include_file("proto.rs"), &directory, &["orders.proto"]).expect("files");
    let read = |name| fs::read_to_string(directory.path().join("out").join(name)).expect("a file");
    assert_eq!(read("shop.v1.rs").lines().last(), Some(r#"include!("shop.v1.secure.rs");"#));
    assert!(read("proto.rs").contains(r#"include!("shop.v1.rs");"#), "{}", read("proto.rs"));
}

#[test]
fn second_run_writes_no_file() {
    let directory = directory(&[("orders.proto", &orders(PUBLIC))]);
    let path = directory.path().join("out/shop.v1.secure.rs");
    compile(config(&directory), &directory, &["orders.proto"]).expect("files");
    let modified = || fs::metadata(&path).and_then(|metadata| metadata.modified()).expect("a time");
    let before = modified();
    compile(config(&directory), &directory, &["orders.proto"]).expect("files");
    assert_eq!(modified(), before);
}

#[test]
fn files_of_the_build_script_itself_do_not_cause_a_rebuild() {
    let read = ["proto/a.proto", "/target/out/b.proto", "/target/outside/c.proto"].map(PathBuf::from);
    let watched = watched(&read, Some(Path::new("/target/out"))).collect::<Vec<_>>();
    assert_eq!(watched, ["proto/a.proto", "/target/outside/c.proto"].map(Path::new));
}

#[test]
fn package_without_messages_is_generated() {
    let text = r#"syntax = "proto3"; package health; import "secure/v1/options.proto";
            import "google/protobuf/empty.proto";
            service Health {
                rpc Check(google.protobuf.Empty) returns (google.protobuf.Empty) { option (secure.v1.method).public = true; }
            }"#;
    check(
        &[("health.proto", text)],
        expect![[r#"
            health.rs
            health.secure.rs
        "#]],
    );
}

#[test]
fn file_without_a_package_is_named_underscore() {
    let text = r#"syntax = "proto3"; import "secure/v1/options.proto"; message M {}
            service S { rpc Get(M) returns (M) { option (secure.v1.method).public = true; } }"#;
    check(
        &[("s.proto", text)],
        expect![[r#"
            _.rs
            _.secure.rs
        "#]],
    );
}

#[test]
fn imported_services_are_not_generated() {
    let operations = r#"syntax = "proto3"; package google.longrunning; message Operation {}
            service Operations { rpc Get(Operation) returns (Operation); }"#;
    let text = format!(r#"{} import "operations.proto";"#, orders(PUBLIC));
    check(
        &[("orders.proto", &text), ("operations.proto", operations)],
        expect![[r#"
            google.longrunning.rs
            shop.v1.rs
            shop.v1.secure.rs
        "#]],
    );
}

#[test]
fn an_error_prints_its_findings() {
    check(
        &[(
            "orders.proto",
            &orders("service Orders { rpc Get(Order) returns (Order) { option (secure.v1.method) = {}; } }"),
        )],
        expect![[r#"
            1 error in the schema
            orders.proto:2:51: error[empty-rule]: the rule of `Orders.Get` is empty
              help: write `required_roles: ["..."]`, `authenticated: true`, `public: true` or `denied: true`; an empty list of roles is not a rule
        "#]],
    );
}

#[test]
fn an_older_copy_of_the_schema_is_refused() {
    let older = crate::schema::TEXT.replace("optional bool authenticated = 2;", "");
    check(
        &[("orders.proto", &orders(PUBLIC)), ("secure/v1/options.proto", &older)],
        expect![[r#"
            1 error in the schema
            secure/v1/options.proto: error[schema-mismatch]: the schema is older than this protoc-gen-secure: it lacks `secure.v1.MethodRule.authenticated`
              help: delete your copy of `secure/v1/options.proto`: build scripts need none, and for protoc and buf `protoc-gen-secure print-proto DIR` writes it again
        "#]],
    );
}

#[test]
fn a_file_that_does_not_compile_is_an_error() {
    check(
        &[("orders.proto", "syntax = \"proto3\";\nmessage Order { Missing missing = 1; }")],
        expect![[r#"
            orders.proto:2:17: name 'Missing' is not defined
        "#]],
    );
    check(
        &[("orders.proto", "syntax = \"proto3\";\nimport \"missing.proto\";")],
        expect![[r#"
            orders.proto:2:1: import 'missing.proto' not found
        "#]],
    );
}

#[test]
fn mistyped_rule_is_reported_with_help() {
    let rule = |import: &str, rule: &str| {
        format!(
            "syntax = \"proto3\";{import}\nmessage M {{}}\nservice S {{ rpc Get(M) returns (M) {{ option {rule}; }} }}"
        )
    };
    check(
        &[("orders.proto", &rule("", "(secure.v1.method).public = true"))],
        expect![[r#"
            1 error in the schema
            orders.proto:3:46: error[invalid-option]: `(secure.v1.method)` needs an import
              help: add `import "secure/v1/options.proto";` to the file
        "#]],
    );
    check(
        &[("roles.proto", "syntax = \"proto3\";\nenum Role { option (secure.v1.roles) = {}; NONE = 0; }")],
        expect![[r#"
            1 error in the schema
            roles.proto:2:21: error[invalid-option]: `(secure.v1.roles)` needs an import
              help: add `import "secure/v1/options.proto";` to the file
        "#]],
    );
    let import = "import \"secure/v1/options.proto\";";
    check(
        &[("orders.proto", &rule(import, "(secure.v1.method).publc = true"))],
        expect![[r#"
            1 error in the schema
            orders.proto:3:64: error[invalid-option]: `publc` is not a field of `secure.v1.MethodRule`
              help: did you mean `public`? the fields are `public`, `authenticated`, `required_roles`, `denied`, `required_scopes`, `required_credentials`, `peers`, `tenant`, `owner`, `delegation`, `ignore_credentials`, `public_reason`, `description`, `rate_class`, `audit`
        "#]],
    );
    check(
        &[("orders.proto", &rule(import, "(secure.v1.method) = { required_role: \"admin\" }"))],
        expect![[r#"
            1 error in the schema
            orders.proto:3:68: error[invalid-option]: `required_role` is not a field of `secure.v1.MethodRule`
              help: did you mean `required_roles`? the fields are `public`, `authenticated`, `required_roles`, `denied`, `required_scopes`, `required_credentials`, `peers`, `tenant`, `owner`, `delegation`, `ignore_credentials`, `public_reason`, `description`, `rate_class`, `audit`
        "#]],
    );
}

#[test]
fn file_that_was_not_generated_is_not_overwritten() {
    for name in ["shop.v1.rs", "shop.v1.secure.rs", "proto.rs"] {
        let directory = directory(&[("orders.proto", &orders(PUBLIC))]);
        fs::write(directory.path().join("out").join(name), "fn main() {}\n").expect("a file");
        let error = compile(config(&directory).include_file("proto.rs"), &directory, &["orders.proto"]);
        assert!(matches!(error, Err(Error::NotGenerated(_))), "{error:?}");
        assert!(format!("{error:?}").contains("delete it, or write elsewhere with `out_dir`"), "{error:?}");
        assert_eq!(names(&directory.path().join("out")), format!("{name}\n"));
    }
}

#[test]
fn cause_of_a_file_error_is_shown_once() {
    let cause = std::io::Error::from(std::io::ErrorKind::PermissionDenied);
    let error = Error::io("shop.proto")(cause);
    assert_eq!(error.to_string(), "shop.proto: permission denied");
    // A report of a chain, such as that of `anyhow`, prints the text of each source.
    assert!(std::error::Error::source(&error).is_none(), "{error:?}");
}

#[test]
fn a_source_with_an_edition_is_refused() {
    let text = "// A licence.\n/* More. */ edition = \"2023\"; package shop.v1; message Order {}";
    check(
        &[("orders.proto", text)],
        expect![[r#"
            1 error in the schema
            orders.proto: error[unsupported-edition]: the file uses an edition, and prost-build cannot generate its messages yet
              help: write `syntax = "proto3";`
        "#]],
    );
}

#[test]
fn a_descriptor_with_an_edition_is_refused() {
    let mut set = compile::decode(&set(&[("orders.proto", &orders(PUBLIC))])).expect("a set");
    for file in set.file.iter_mut().filter(|file| file.name() == "orders.proto") {
        file.syntax = Some("editions".to_owned());
    }
    check_set(
        &set.encode_to_vec(),
        |config| config,
        expect![[r#"
            1 error in the schema
            orders.proto: error[unsupported-edition]: the file uses an edition, and prost-build cannot generate its messages yet
              help: write `syntax = "proto3";`
        "#]],
    );
}

#[test]
fn descriptor_set_is_read_without_a_compiler() {
    check_set(
        &set(&[("orders.proto", &orders(PUBLIC))]),
        |config| config,
        expect![[r#"
            shop.v1.rs
            shop.v1.secure.rs
        "#]],
    );
    check_set(
        &[0xff],
        |config| config,
        expect![[r#"
            broken descriptors: failed to decode Protobuf message: invalid varint
        "#]],
    );
}

#[test]
fn service_behind_an_extern_path_is_not_generated() {
    let text = r#"syntax = "proto3"; package money.v1; message M {} service S { rpc Get(M) returns (M); }"#;
    check_set(&set(&[("money.proto", text)]), |config| config.extern_path(".money", "::money"), expect![""]);
    check_set(
        &set(&[("money.proto", text)]),
        |config| config.extern_path(".mone", "::money"),
        expect![[r#"
                2 errors in the schema
                money.proto: error[options-missing]: not one method of the file has a rule, and `secure/v1/options.proto` is not imported
                  help: if both are written there, `exclude_types` in buf.gen.yaml removed them
                money.proto:1:63: error[missing-rule]: `S.Get` has no rule
                  help: add `import "secure/v1/options.proto";` to the file and `option (secure.v1.method) = { required_roles: ["..."] };` to the method; other rules are `{ authenticated: true }`, `{ public: true }` and `{ denied: true }`
            "#]],
    );
}

#[test]
fn a_missing_protoc_is_named() {
    let directory = directory(&[("orders.proto", &orders(PUBLIC))]);
    let result = compile(config(&directory).protoc("/no/protoc"), &directory, &["orders.proto"]);
    expect![[r#"
            /no/protoc: No such file or directory (os error 2)
        "#]]
    .assert_eq(&outcome(result, &directory));
}

#[test]
fn malformed_extern_path_is_refused() {
    let directory = directory(&[("orders.proto", &orders(PUBLIC))]);
    let result = compile(config(&directory).extern_path("money", "::money"), &directory, &["orders.proto"]);
    expect![[r#"
            the extern path `money` does not start with a dot
        "#]]
    .assert_eq(&outcome(result, &directory));
}

#[test]
fn file_that_is_not_a_manifest_is_not_overwritten() {
    let directory = directory(&[("orders.proto", &orders(PUBLIC))]);
    let path = directory.path().join("policy.json");
    let config = || config(&directory).manifest_path(&path);
    fs::write(&path, "{}").expect("a file");
    let result = compile(config(), &directory, &["orders.proto"]);
    expect![[r#"
        /policy.json: the file is not a manifest, so it is not overwritten; delete it, or name another file
    "#]]
    .assert_eq(&outcome(result, &directory));
    fs::remove_file(&path).expect("a file");
    compile(config(), &directory, &["orders.proto"]).expect("files");
    assert!(fs::read_to_string(&path).expect("a file").contains("\"shop.v1.Orders\""));
    compile(config(), &directory, &["orders.proto"]).expect("a second run");
}

#[test]
fn file_that_does_not_exist_is_named_by_its_path() {
    let protoc = protoc_bin_vendored::protoc_bin_path().expect("a protoc for this machine");
    let directory = directory(&[("orders.proto", &orders(PUBLIC))]);
    for config in [config(&directory), config(&directory).protoc(protoc)] {
        let result = compile(config, &directory, &["orders.proto", "nope.proto"]);
        assert_eq!(outcome(result, &directory), "/proto/nope.proto: No such file or directory (os error 2)\n");
    }
}

#[test]
fn call_without_files_is_refused() {
    let directory = directory(&[]);
    assert_eq!(outcome(compile(config(&directory), &directory, &[]), &directory), "no `.proto` files were given\n");
}

#[test]
fn file_with_a_byte_order_mark_is_refused_with_the_cause() {
    check(
        &[("orders.proto", &format!("\u{feff}{}", orders(PUBLIC)))],
        expect![[r#"
            orders.proto: the file starts with a byte order mark; save it without one
        "#]],
    );
}

#[test]
fn mistyped_options_of_several_files_are_reported_at_once_with_protoc() {
    let protoc = protoc_bin_vendored::protoc_bin_path().expect("a protoc for this machine");
    let text = orders(&PUBLIC.replace("public", "publc"));
    let other = text.replace("shop.v1", "cart.v1");
    let directory = directory(&[("orders.proto", &text), ("carts.proto", &other)]);
    let result = compile(config(&directory).protoc(protoc), &directory, &["carts.proto", "orders.proto"]);
    let found = outcome(result, &directory);
    assert!(["carts.proto:2", "orders.proto:2"].iter().all(|place| found.contains(place)), "{found}");
}
