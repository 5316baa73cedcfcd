use super::*;

const OPERATIONS: &str = r#"syntax = "proto3"; package google.longrunning;
    message Operation {} service Operations { rpc Get(Operation) returns (Operation); }"#;

/// `orders.proto`, which imports a vendored service, and both are to be generated.
fn vendored() -> TempDir {
    let orders = format!(r#"{} import "operations.proto";"#, orders(PUBLIC));
    directory(&[("orders.proto", &orders), ("operations.proto", OPERATIONS)])
}

#[track_caller]
fn check(config: impl Fn(Config) -> Config, expected: Expect) {
    let directory = vendored();
    let result = compile(config(self::config(&directory)), &directory, &["operations.proto", "orders.proto"]);
    expected.assert_eq(&outcome(result, &directory));
}

#[test]
fn missing_rule_of_an_import_names_the_setting_that_excludes_it() {
    check(
        |config| config,
        expect![[r#"
            1 error in the schema
            operations.proto:2:47: error[missing-rule]: `Operations.Get` has no rule
              help: add `import "secure/v1/options.proto";` to the file and `option (secure.v1.method) = { required_roles: ["..."] };` to the method; other rules are `{ authenticated: true }`, `{ public: true }` and `{ denied: true }`; if somebody else serves it, leave it out: `Config::exclude("google.longrunning")` in a build script, the parameter `exclude=google.longrunning` of the plugin, `exclude: [google.longrunning]` below its `options` in buf.yaml, or `--exclude google.longrunning` of a command
        "#]],
    );
}

#[test]
fn excluded_package_has_messages_and_no_services() {
    for name in ["google", "google.longrunning", "google.longrunning.Operations"] {
        check(
            |config| config.exclude(name),
            expect![[r#"
                google.longrunning.rs
                shop.v1.rs
                shop.v1.secure.rs
            "#]],
        );
    }
}

#[test]
fn imported_service_behind_an_extern_path_is_not_generated() {
    check(
        |config| config.extern_path(".google.longrunning", "::longrunning"),
        expect![[r#"
            shop.v1.rs
            shop.v1.secure.rs
        "#]],
    );
}

#[test]
fn invalid_name_to_exclude_is_refused() {
    check(
        |config| config.exclude(".google"),
        expect![[r#"
            `.google` cannot be excluded: write the full name of a package or a service, such as `google.longrunning`
        "#]],
    );
}

#[test]
fn an_error_cannot_be_allowed() {
    check(
        |config| config.allow("missing-rule"),
        expect![[r#"
            `missing-rule` is an error and cannot be allowed; warnings are `missing-public-reason`, `similar-roles`
        "#]],
    );
}

#[test]
fn without_positions_a_comment_changes_nothing() {
    let generate = |comment: &str| {
        let directory = directory(&[("orders.proto", &(comment.to_owned() + &orders(PUBLIC)))]);
        compile(config(&directory).without_positions().manifest(), &directory, &["orders.proto"]).expect("files");
        let read = |name| fs::read_to_string(directory.path().join("out").join(name)).expect("a file");
        ["shop.v1.rs", "shop.v1.secure.rs", "shop.v1.secure.json"].map(read)
    };
    assert_eq!(generate(""), generate("// A licence.\n\n"));
}

#[test]
fn with_positions_a_comment_changes_the_table_and_declared_at_only() {
    let generate = |comment: &str| {
        let directory = directory(&[("orders.proto", &(comment.to_owned() + &orders(PUBLIC)))]);
        compile(config(&directory), &directory, &["orders.proto"]).expect("files");
        fs::read_to_string(directory.path().join("out/shop.v1.secure.rs")).expect("a file")
    };
    let (one, other) = (generate(""), generate("// A licence.\n\n"));
    assert_eq!(one.lines().zip(other.lines()).filter(|(one, other)| one != other).count(), 2);
}
