use std::fs;

use expect_test::{Expect, expect};

use super::super::{compile_with_protoc, compile_with_protox};
use crate::config::Error;

const HEAD: &str = "syntax = \"proto3\";\npackage shop.v1;\nimport \"secure/v1/options.proto\";\nmessage Order {}\n";

/// The same text from both compilers.
#[track_caller]
fn check(text: &str, expected: Expect) {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("orders.proto");
    fs::write(&path, text).expect("a file");
    let (protos, includes) = ([path.as_path()], [directory.path()]);
    let protoc = protoc_bin_vendored::protoc_bin_path().expect("a protoc");
    let error = |result: Result<_, _>| Error::from(result.err().expect("a mistake")).to_string() + "\n";
    let text = error(compile_with_protox(&protos, &includes));
    assert_eq!(error(compile_with_protoc(&protoc, &[], &protos, &includes)), text);
    expected.assert_eq(&text.lines().skip(1).map(|line| format!("{line}\n")).collect::<String>());
}

#[track_caller]
fn check_method(option: &str, expected: Expect) {
    check(&format!("{HEAD}service Orders {{\n  rpc Get(Order) returns (Order) {{\n    {option}\n  }}\n}}\n"), expected);
}

#[track_caller]
fn check_service(option: &str, expected: Expect) {
    check(&format!("{HEAD}service Orders {{\n  {option}\n  rpc Get(Order) returns (Order);\n}}\n"), expected);
}

#[track_caller]
fn check_enum(option: &str, expected: Expect) {
    check(&format!("{HEAD}enum Role {{\n  {option}\n}}\n"), expected);
}

#[test]
fn unknown_field_in_braces_is_named() {
    check_method(
        r#"option (secure.v1.method) = { requires_roles: ["a"] };"#,
        expect![[r#"
            orders.proto:7:35: error[invalid-option]: `requires_roles` is not a field of `secure.v1.MethodRule`
              help: did you mean `required_roles`? the fields are `public`, `authenticated`, `required_roles`, `denied`, `required_scopes`, `required_credentials`, `peers`, `tenant`, `owner`, `delegation`, `ignore_credentials`, `public_reason`, `description`, `rate_class`, `audit`
        "#]],
    );
}

#[test]
fn unknown_field_after_a_dot_is_named() {
    check_method(
        r#"option (secure.v1.method).requires_roles = "a";"#,
        expect![[r#"
            orders.proto:7:31: error[invalid-option]: `requires_roles` is not a field of `secure.v1.MethodRule`
              help: did you mean `required_roles`? the fields are `public`, `authenticated`, `required_roles`, `denied`, `required_scopes`, `required_credentials`, `peers`, `tenant`, `owner`, `delegation`, `ignore_credentials`, `public_reason`, `description`, `rate_class`, `audit`
        "#]],
    );
}

#[test]
fn every_mistake_of_an_option_is_reported() {
    check_method(
        r#"option (secure.v1.method) = { requires_roles: [a, b], publik: true };"#,
        expect![[r#"
            orders.proto:7:35: error[invalid-option]: `requires_roles` is not a field of `secure.v1.MethodRule`
              help: did you mean `required_roles`? the fields are `public`, `authenticated`, `required_roles`, `denied`, `required_scopes`, `required_credentials`, `peers`, `tenant`, `owner`, `delegation`, `ignore_credentials`, `public_reason`, `description`, `rate_class`, `audit`
            orders.proto:7:59: error[invalid-option]: `publik` is not a field of `secure.v1.MethodRule`
              help: did you mean `public`? the fields are `public`, `authenticated`, `required_roles`, `denied`, `required_scopes`, `required_credentials`, `peers`, `tenant`, `owner`, `delegation`, `ignore_credentials`, `public_reason`, `description`, `rate_class`, `audit`
        "#]],
    );
}

#[test]
fn unknown_option_is_named() {
    check_method(
        r#"option (secure.v1.rule).public = true;"#,
        expect![[r#"
        orders.proto:7:13: error[invalid-option]: there is no option `(secure.v1.rule)`
          help: did you mean `(secure.v1.method)`? it is the option of methods
    "#]],
    );
}

#[test]
fn option_without_a_version_is_named() {
    check_method(
        r#"option (secure.method).public = true;"#,
        expect![[r#"
        orders.proto:7:13: error[invalid-option]: there is no option `(secure.method)`
          help: did you mean `(secure.v1.method)`? it is the option of methods
    "#]],
    );
}

#[test]
fn option_without_a_package_is_named() {
    check_method(
        r#"option (method) = { public: true };"#,
        expect![[r#"
        orders.proto:7:13: error[invalid-option]: there is no option `(method)`
          help: did you mean `(secure.v1.method)`? it is the option of methods
    "#]],
    );
}

#[test]
fn option_of_a_service_in_a_method_is_refused() {
    check_method(
        r#"option (secure.v1.service).default = { public: true };"#,
        expect![[r#"
        orders.proto:7:13: error[invalid-option]: `(secure.v1.service)` is an option of services
          help: did you mean `(secure.v1.method)`? it is the option of methods
    "#]],
    );
}

#[test]
fn word_in_place_of_a_boolean_is_refused() {
    check_method(
        r#"option (secure.v1.method) = { public: yes };"#,
        expect![[r#"
        orders.proto:7:43: error[invalid-option]: `yes` is not a value of `public`
          help: write `true`
    "#]],
    );
}

#[test]
fn string_in_place_of_a_boolean_is_refused() {
    check_method(
        r#"option (secure.v1.method) = { public: "true" };"#,
        expect![[r#"
        orders.proto:7:43: error[invalid-option]: `"true"` is not a value of `public`
          help: write `true`
    "#]],
    );
}

#[test]
fn upper_case_boolean_is_refused() {
    check_method(
        r#"option (secure.v1.method).public = TRUE;"#,
        expect![[r#"
        orders.proto:7:40: error[invalid-option]: `TRUE` is not a value of `public`
          help: write `true`
    "#]],
    );
}

#[test]
fn role_without_quotes_is_refused() {
    check_method(
        r#"option (secure.v1.method) = { required_roles: [clerk, "admin"] };"#,
        expect![[r#"
        orders.proto:7:52: error[invalid-option]: `clerk` is not a value of `required_roles`
          help: put it in quotes: `"clerk"`
    "#]],
    );
}

#[test]
fn misspelt_credential_is_named() {
    check_method(
        r#"option (secure.v1.method) = { required_credentials: [CREDENTIAL_JTW] };"#,
        expect![[r#"
            orders.proto:7:58: error[invalid-option]: `CREDENTIAL_JTW` is not a value of `required_credentials`
              help: did you mean `CREDENTIAL_JWT`? the values are `CREDENTIAL_JWT`, `CREDENTIAL_MTLS`, `CREDENTIAL_BOUND_JWT`
        "#]],
    );
}

#[test]
fn credential_without_its_prefix_is_named() {
    check_method(
        r#"option (secure.v1.method) = { authenticated: true required_credentials: MTLS };"#,
        expect![[r#"
            orders.proto:7:77: error[invalid-option]: `MTLS` is not a value of `required_credentials`
              help: did you mean `CREDENTIAL_MTLS`? the values are `CREDENTIAL_JWT`, `CREDENTIAL_MTLS`, `CREDENTIAL_BOUND_JWT`
        "#]],
    );
}

#[test]
fn unknown_field_of_a_condition_is_named() {
    check_method(
        r#"option (secure.v1.method) = { authenticated: true tenant: { feild: "tenant_id" } };"#,
        expect![[r#"
        orders.proto:7:65: error[invalid-option]: `feild` is not a field of `secure.v1.TenantRule`
          help: did you mean `field`? the fields are `field`, `claim`, `exempt_roles`
    "#]],
    );
}

#[test]
fn unknown_field_of_a_condition_after_dots_is_named() {
    check_method(
        r#"option (secure.v1.method).tenant.feild = "tenant_id";"#,
        expect![[r#"
        orders.proto:7:38: error[invalid-option]: `feild` is not a field of `secure.v1.TenantRule`
          help: did you mean `field`? the fields are `field`, `claim`, `exempt_roles`
    "#]],
    );
}

#[test]
fn field_below_a_boolean_is_refused() {
    check_method(
        r#"option (secure.v1.method).public.always = true;"#,
        expect![[r#"
        orders.proto:7:38: error[invalid-option]: `public` has no fields
          help: write a value after `public`
    "#]],
    );
}

#[test]
fn option_without_parentheses_is_refused() {
    check_method(
        r#"option secure.v1.method.public = true;"#,
        expect![[r#"
        orders.proto:7:12: error[invalid-option]: `secure.v1.method` must be in parentheses
          help: write `(secure.v1.method)`
    "#]],
    );
}

#[test]
fn string_in_place_of_a_rule_is_refused() {
    check_method(
        r#"option (secure.v1.method) = "public";"#,
        expect![[r#"
            orders.proto:7:33: error[invalid-option]: `"public"` is not a value of `(secure.v1.method)`
              help: write `{ ... }` with `public`, `authenticated`, `required_roles`, `denied`, `required_scopes`, `required_credentials`, `peers`, `tenant`, `owner`, `delegation`, `ignore_credentials`, `public_reason`, `description`, `rate_class`, `audit`
        "#]],
    );
}

#[test]
fn upper_case_field_is_named() {
    check_method(
        r#"option (secure.v1.method) = { Public: true };"#,
        expect![[r#"
            orders.proto:7:35: error[invalid-option]: `Public` is not a field of `secure.v1.MethodRule`
              help: did you mean `public`? the fields are `public`, `authenticated`, `required_roles`, `denied`, `required_scopes`, `required_credentials`, `peers`, `tenant`, `owner`, `delegation`, `ignore_credentials`, `public_reason`, `description`, `rate_class`, `audit`
        "#]],
    );
}

#[test]
fn equals_sign_in_braces_is_refused() {
    check_method(
        r#"option (secure.v1.method) = { public = true };"#,
        expect![[r#"
        orders.proto:7:42: error[invalid-option]: `public` and its value have a `=` between them
          help: inside braces, write `:`
    "#]],
    );
}

#[test]
fn field_that_is_given_twice_is_refused() {
    check_method(
        r#"option (secure.v1.method) = { public: true, public: true };"#,
        expect![[r#"
        orders.proto:7:49: error[invalid-option]: `public` is given twice
          help: keep one of the two
    "#]],
    );
}

#[test]
fn list_in_place_of_one_value_is_refused() {
    check_method(
        r#"option (secure.v1.method) = { tenant: [{ field: "a" }, { field: "b" }] };"#,
        expect![[r#"
        orders.proto:7:43: error[invalid-option]: `tenant` takes one value, not a list
          help: delete the brackets
    "#]],
    );
}

#[test]
fn unknown_field_of_a_service_is_named() {
    check_service(
        r#"option (secure.v1.service) = { defaults: { public: true } };"#,
        expect![[r#"
            orders.proto:6:34: error[invalid-option]: `defaults` is not a field of `secure.v1.ServiceRules`
              help: did you mean `default`? the fields are `default`, `roles`, `scopes`
        "#]],
    );
}

#[test]
fn upper_case_field_of_a_service_is_named() {
    check_service(
        r#"option (secure.v1.service) = { Roles: "shop.v1.Role" };"#,
        expect![[r#"
            orders.proto:6:34: error[invalid-option]: `Roles` is not a field of `secure.v1.ServiceRules`
              help: did you mean `roles`? the fields are `default`, `roles`, `scopes`
        "#]],
    );
}

#[test]
fn unknown_field_of_a_default_is_named() {
    check_service(
        r#"option (secure.v1.service).default.Public = true;"#,
        expect![[r#"
            orders.proto:6:38: error[invalid-option]: `Public` is not a field of `secure.v1.MethodRule`
              help: did you mean `public`? the fields are `public`, `authenticated`, `required_roles`, `denied`, `required_scopes`, `required_credentials`, `peers`, `tenant`, `owner`, `delegation`, `ignore_credentials`, `public_reason`, `description`, `rate_class`, `audit`
        "#]],
    );
}

#[test]
fn option_of_a_value_in_an_enum_is_refused() {
    check_enum(
        r#"option (secure.v1.role) = {}; A = 0;"#,
        expect![[r#"
        orders.proto:6:11: error[invalid-option]: `(secure.v1.role)` is an option of enum values
          help: did you mean `(secure.v1.roles)`? it is the option of enums
    "#]],
    );
}

#[test]
fn upper_case_option_of_an_enum_is_named() {
    check_enum(
        r#"option (secure.v1.Roles) = {}; A = 0;"#,
        expect![[r#"
        orders.proto:6:11: error[invalid-option]: there is no option `(secure.v1.Roles)`
          help: did you mean `(secure.v1.roles)`? it is the option of enums
    "#]],
    );
}

#[test]
fn boolean_in_place_of_a_vocabulary_is_refused() {
    check_enum(
        r#"option (secure.v1.roles) = true; A = 0;"#,
        expect![[r#"
        orders.proto:6:30: error[invalid-option]: `true` is not a value of `(secure.v1.roles)`
          help: write `{}`
    "#]],
    );
}

#[test]
fn unknown_field_of_a_role_is_named() {
    check_enum(
        r#"option (secure.v1.roles) = {}; A = 0; B = 1 [deprecated = true, (secure.v1.role).include = "b"];"#,
        expect![[r#"
            orders.proto:6:84: error[invalid-option]: `include` is not a field of `secure.v1.RoleDefinition`
              help: did you mean `includes`? the fields are `name`, `includes`, `rust_name`, `description`, `sensitive`
        "#]],
    );
}

#[test]
fn option_of_an_enum_in_a_value_is_refused() {
    check_enum(
        r#"option (secure.v1.roles) = {}; A = 0; B = 1 [(secure.v1.roles).name = "b"];"#,
        expect![[r#"
        orders.proto:6:49: error[invalid-option]: `(secure.v1.roles)` is an option of enums
          help: did you mean `(secure.v1.role)`? it is the option of enum values
    "#]],
    );
}

#[test]
fn option_of_a_method_in_a_message_is_refused() {
    check(
        &format!("{HEAD}message Cart {{\n  option (secure.v1.method).public = true;\n}}\n"),
        expect![[r#"
        orders.proto:6:11: error[invalid-option]: `(secure.v1.method)` is an option of methods
          help: write `(secure.v1.method)` in a method, `(secure.v1.service)` in a service, `(secure.v1.roles)` in an enum, or `(secure.v1.role)` in an enum value
    "#]],
    );
}

#[test]
fn missing_import_is_named() {
    let text = format!(
        "{HEAD}service Orders {{ rpc Get(Order) returns (Order) {{ option (secure.v1.method).public = true; }} }}\n"
    );
    check(
        &text.replace("import \"secure/v1/options.proto\";\n", ""),
        expect![[r#"
        orders.proto:4:59: error[invalid-option]: `(secure.v1.method)` needs an import
          help: add `import "secure/v1/options.proto";` to the file
    "#]],
    );
}

#[test]
fn import_of_another_path_is_named() {
    check(
        &HEAD.replace("secure/v1/options.proto", "secure/options.proto"),
        expect![[r#"
        orders.proto:3:8: error[invalid-option]: there is no file `secure/options.proto`
          help: did you mean `import "secure/v1/options.proto";`?
    "#]],
    );
}

#[test]
fn option_that_a_package_shadows_is_named() {
    let head = HEAD.replace("shop.v1", "shop.secure.v1");
    check(
        &format!(
            "{head}service S {{ rpc Get(Order) returns (Order) {{ option (secure.v1.method).public = true; }} }}\n"
        ),
        expect![[r#"
            orders.proto:5:54: error[invalid-option]: `(secure.v1.method)` is taken for an option of another package, whose name has a segment `secure`
              help: write `(.secure.v1.method)`, which starts at the outermost package
        "#]],
    );
}

#[test]
fn option_with_a_leading_dot_is_read_in_every_package() {
    let head = HEAD.replace("shop.v1", "shop.secure.v1");
    check(
        &format!(
            "{head}service S {{ rpc Get(Order) returns (Order) {{ option (.secure.v1.method).publik = true; }} }}\n"
        ),
        expect![[r#"
            orders.proto:5:73: error[invalid-option]: `publik` is not a field of `secure.v1.MethodRule`
              help: did you mean `public`? the fields are `public`, `authenticated`, `required_roles`, `denied`, `required_scopes`, `required_credentials`, `peers`, `tenant`, `owner`, `delegation`, `ignore_credentials`, `public_reason`, `description`, `rate_class`, `audit`
        "#]],
    );
}

#[test]
fn comments_and_options_of_others_are_not_read() {
    let comment = "/* option (secure.v1.method).publik = true; */ // option (secure.v1.rule) = {};";
    let text = format!(
        "{HEAD}{comment}\noption java_package = \"(secure.v1.rule)\";\nservice S {{\n  option (secure.v1.service) = {{ role: \"R\" }};\n}}\n"
    );
    check(
        &text,
        expect![[r#"
            orders.proto:8:34: error[invalid-option]: `role` is not a field of `secure.v1.ServiceRules`
              help: did you mean `roles`? the fields are `default`, `roles`, `scopes`
        "#]],
    );
}
