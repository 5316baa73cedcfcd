use expect_test::{Expect, expect};

use crate::testing::{answer, diagnose, orders, request};

/// Checks `Orders.Get`, for clerks, beside an enum with this in its braces.
#[track_caller]
fn check(values: &str, expected: Expect) {
    expected.assert_eq(&diagnose(&format!("{CLERKS}\nenum Role {{\n{values}\n}}")));
}

#[track_caller]
fn check_files(files: &[(&str, &str)], expected: Expect) {
    expected.assert_eq(&answer(&request(files)));
}

/// `Orders.Get` with this option of its service, for this role.
fn service(option: &str, role: &str) -> String {
    let rule = format!("option (secure.v1.method).required_roles = {role:?};");
    orders(&format!("service Orders {{\n{option}\nrpc Get(Order) returns (Order) {{\n{rule}\n}} }}"))
}

const CLERKS: &str = r#"service Orders {
        rpc Get(Order) returns (Order) { option (secure.v1.method).required_roles = "clerk"; } }"#;

const ROLES: &str = r#"syntax = "proto3"; package staff.v1; import "secure/v1/options.proto";
        enum Role { option (secure.v1.roles) = {}; ROLE_UNSPECIFIED = 0; clerk = 1; admin = 2; }
        enum Color { COLOR_UNSPECIFIED = 0; }
        message Outer { enum Inner { INNER_UNSPECIFIED = 0; } }"#;

#[test]
fn vocabulary_of_the_same_file_is_found() {
    check(
        r#"option (secure.v1.roles) = {};
            ROLE_UNSPECIFIED = 0;
            ROLE_CLERK = 1 [(secure.v1.role).name = "clerk"];
            ROLE_ADMIN = 2 [(secure.v1.role) = { name: "admin" includes: "clerk" }];"#,
        expect![[r#"
                shop.v1.secure.rs
            "#]],
    );
}

#[test]
fn role_without_a_name_has_the_name_of_its_value() {
    check(
        "option (secure.v1.roles) = {}; ROLE_UNSPECIFIED = 0; ROLE_CLERK = 1;",
        expect![[r#"
            1 error in the schema
            orders.proto:3:42: error[unknown-role]: the role `"clerk"` in the rule of `Orders.Get` is not one of `shop.v1.Role`
              help: its roles are `ROLE_CLERK`
        "#]],
    );
}

#[test]
fn unknown_role_is_refused_with_the_nearest_name() {
    check(
        r#"option (secure.v1.roles) = {}; ROLE_UNSPECIFIED = 0; ROLE_CLERC = 1 [(secure.v1.role).name = "clerc"];"#,
        expect![[r#"
                1 error in the schema
                orders.proto:3:42: error[unknown-role]: the role `"clerk"` in the rule of `Orders.Get` is not one of `shop.v1.Role`
                  help: did you mean `clerc`?
            "#]],
    );
}

#[test]
fn unknown_role_without_a_similar_one_lists_all_roles() {
    check(
        r#"option (secure.v1.roles) = {}; ROLE_UNSPECIFIED = 0; admin = 1; owner = 2;"#,
        expect![[r#"
            1 error in the schema
            orders.proto:3:42: error[unknown-role]: the role `"clerk"` in the rule of `Orders.Get` is not one of `shop.v1.Role`
              help: its roles are `admin`, `owner`
        "#]],
    );
}

#[test]
fn value_with_number_0_is_not_a_role() {
    check(
        r#"option (secure.v1.roles) = {}; clerk = 0; admin = 1;"#,
        expect![[r#"
            1 error in the schema
            orders.proto:3:42: error[unknown-role]: the role `"clerk"` in the rule of `Orders.Get` is not one of `shop.v1.Role`
              help: the value with the number 0 is the value of an unset field, so it cannot be a role
        "#]],
    );
}

#[test]
fn a_role_with_number_0_is_refused() {
    check(
        r#"option (secure.v1.roles) = {};
            NOBODY = 0 [(secure.v1.role).name = "nobody"]; clerk = 1;"#,
        expect![[r#"
            1 error in the schema
            orders.proto:6:13: error[invalid-vocabulary]: `NOBODY` has the number 0, so it cannot be a role: 0 is the value of an unset field
              help: give the role another number, and use 0 for `..._UNSPECIFIED`
        "#]],
    );
}

#[test]
fn role_options_outside_a_vocabulary_are_refused() {
    check(
        r#"ROLE_UNSPECIFIED = 0; ROLE_CLERK = 1 [(secure.v1.role).name = "clerk"];"#,
        expect![[r#"
            1 error in the schema
            orders.proto:4:1: error[invalid-vocabulary]: `shop.v1.Role` has roles, but is not marked as a vocabulary
              help: add `option (secure.v1.roles) = {};` to the enum
        "#]],
    );
}

#[test]
fn vocabulary_without_a_role_is_refused() {
    check(
        "option (secure.v1.roles) = {}; ROLE_UNSPECIFIED = 0;",
        expect![[r#"
            1 error in the schema
            orders.proto:4:1: error[invalid-vocabulary]: `shop.v1.Role` is marked as a vocabulary, but has no role
              help: add a value with a number other than 0
        "#]],
    );
}

#[test]
fn two_values_with_one_role_name_are_refused() {
    check(
        r#"option (secure.v1.roles) = {}; ROLE_UNSPECIFIED = 0;
            clerk = 1; ROLE_CLERK = 2 [(secure.v1.role).name = "clerk"];"#,
        expect![[r#"
                1 error in the schema
                orders.proto:6:24: error[invalid-vocabulary]: two values of `shop.v1.Role` are the role `clerk`
                  help: keep one of them
            "#]],
    );
}

#[test]
fn every_role_that_includes_itself_is_refused() {
    check(
        r#"option (secure.v1.roles) = {}; ROLE_UNSPECIFIED = 0; clerk = 1;
            a = 2 [(secure.v1.role).includes = "a"];
            b = 3 [(secure.v1.role).includes = "c"];
            c = 4 [(secure.v1.role) = { includes: ["clerk", "d"] }];
            d = 5 [(secure.v1.role).includes = "b"];
            e = 6 [(secure.v1.role).includes = "b"];"#,
        expect![[r#"
            4 errors in the schema
            orders.proto:6:13: error[invalid-vocabulary]: the role `a` includes itself
              help: remove a role from the `includes` that lead back to it
            orders.proto:7:13: error[invalid-vocabulary]: the role `b` includes itself
              help: remove a role from the `includes` that lead back to it
            orders.proto:8:13: error[invalid-vocabulary]: the role `c` includes itself
              help: remove a role from the `includes` that lead back to it
            orders.proto:9:13: error[invalid-vocabulary]: the role `d` includes itself
              help: remove a role from the `includes` that lead back to it
        "#]],
    );
}

#[test]
fn unknown_included_role_is_refused() {
    check(
        r#"option (secure.v1.roles) = {}; ROLE_UNSPECIFIED = 0; clerk = 1;
            admin = 2 [(secure.v1.role).includes = "clerc"];
            owner = 3 [(secure.v1.role).includes = "ROLE_UNSPECIFIED"];"#,
        expect![[r#"
            2 errors in the schema
            orders.proto:6:13: error[unknown-role]: `admin` includes "clerc", which is not a role of `shop.v1.Role`
              help: did you mean `clerk`?
            orders.proto:7:13: error[unknown-role]: `owner` includes "ROLE_UNSPECIFIED", which is not a role of `shop.v1.Role`
              help: name a role of the same enum
        "#]],
    );
}

#[test]
fn an_invalid_role_is_refused_in_a_vocabulary_too() {
    check(
        r#"option (secure.v1.roles) = {}; ROLE_UNSPECIFIED = 0; clerk = 1;
            admin = 2 [(secure.v1.role).name = " admin"];"#,
        expect![[r#"
            1 error in the schema
            orders.proto:6:13: error[invalid-role]: the role `" admin"` of `shop.v1.Role` starts or ends with a blank
              help: a role is 1 to 256 bytes of visible text without blanks at its ends, and occurs in a rule once
        "#]],
    );
}

#[test]
fn role_without_a_valid_rust_name_is_refused() {
    check(
        r#"option (secure.v1.roles) = {}; ROLE_UNSPECIFIED = 0; clerk = 1;
            A = 2 [(secure.v1.role).name = "***"];
            B = 3 [(secure.v1.role) = { name: "*" rust_name: "Anything" }];
            C = 4 [(secure.v1.role) = { name: "**" rust_name: "any thing" }];
            D = 5 [(secure.v1.role) = { name: "x" rust_name: "Self" }];
            E = 6 [(secure.v1.role) = { name: "y" rust_name: "y" }];"#,
        expect![[r#"
                4 errors in the schema
                orders.proto:6:13: error[invalid-name]: the role `"***"` of `shop.v1.Role` has no Rust name
                  help: give it a `rust_name` in upper camel case
                orders.proto:8:13: error[invalid-name]: the role `"**"` of `shop.v1.Role` has no Rust name
                  help: give it a `rust_name` in upper camel case
                orders.proto:9:13: error[invalid-name]: the role `"x"` of `shop.v1.Role` has no Rust name
                  help: give it a `rust_name` in upper camel case
                orders.proto:10:13: error[invalid-name]: the role `"y"` of `shop.v1.Role` has no Rust name
                  help: give it a `rust_name` in upper camel case
            "#]],
    );
}

#[test]
fn roles_with_one_marker_collide() {
    check(
        r#"option (secure.v1.roles) = {}; ROLE_UNSPECIFIED = 0; clerk = 1;
            A = 2 [(secure.v1.role).name = "orders:read"]; B = 3 [(secure.v1.role).name = "orders.read"];"#,
        expect![[r#"
            1 error in the schema
            orders.proto:6:13: error[name-collision]: the roles `orders.read` and `orders:read` are both `OrdersRead` in Rust
              help: rename one of the roles, or give one a `rust_name` in a vocabulary
        "#]],
    );
}

#[test]
fn rust_name_resolves_a_collision() {
    check(
        r#"option (secure.v1.roles) = {}; ROLE_UNSPECIFIED = 0; clerk = 1;
            A = 2 [(secure.v1.role).name = "orders:read"];
            B = 3 [(secure.v1.role) = { name: "orders.read" rust_name: "OrdersDotRead" }];"#,
        expect![[r#"
                shop.v1.secure.rs
            "#]],
    );
}

#[test]
fn vocabulary_of_another_package_is_found_by_its_name() {
    let text = service("option (secure.v1.service).roles = \"staff.v1.Role\";", "clerk");
    check_files(
        &[("orders.proto", &text), ("roles.proto", ROLES)],
        expect![[r#"
            shop.v1.secure.rs
            staff.v1.secure.rs
        "#]],
    );
    let text = service("option (secure.v1.service).roles = \"staff.v1.Role\";", "clerc");
    check_files(
        &[("orders.proto", &text), ("roles.proto", ROLES)],
        expect![[r#"
            1 error in the schema
            orders.proto:5:1: error[unknown-role]: the role `"clerc"` in the rule of `Orders.Get` is not one of `staff.v1.Role`
              help: did you mean `clerk`?
        "#]],
    );
}

#[test]
fn vocabulary_that_is_not_in_the_request_is_refused() {
    let text = service("option (secure.v1.service).roles = \"staff.v1.Role\";", "clerk");
    check_files(
        &[("orders.proto", &text)],
        expect![[r#"
            1 error in the schema
            orders.proto:3:1: error[unknown-vocabulary]: `staff.v1.Role`, which `Orders` takes its roles from, is not in an imported file
              help: give the enum's full name, and import the file that declares it, even where protoc calls the import unused
        "#]],
    );
    let text = service("option (secure.v1.service).roles = \"staff.v1.Roles\";", "clerk");
    check_files(
        &[("orders.proto", &text), ("roles.proto", ROLES)],
        expect![[r#"
            1 error in the schema
            orders.proto:3:1: error[unknown-vocabulary]: `staff.v1.Roles`, which `Orders` takes its roles from, is not in an imported file
              help: did you mean `staff.v1.Role`?
        "#]],
    );
}

#[test]
fn unmarked_enum_as_a_vocabulary_is_refused() {
    for name in ["staff.v1.Color", "staff.v1.Outer.Inner"] {
        let text = service(&format!("option (secure.v1.service).roles = {name:?};"), "clerk");
        let answer = answer(&request(&[("orders.proto", &text), ("roles.proto", ROLES)]));
        assert!(answer.contains(&format!("error[unknown-vocabulary]: `{name}`, which")), "{answer}");
        assert!(answer.contains("is not marked as a vocabulary"), "{answer}");
    }
}

#[test]
fn vocabulary_in_another_file_of_the_package_must_be_named() {
    let text = r#"syntax = "proto3"; package staff.v1; import "secure/v1/options.proto"; message Order {}
            service Orders { rpc Get(Order) returns (Order) { option (secure.v1.method).required_roles = "clerk"; } }
            service Carts { rpc Get(Order) returns (Order) { option (secure.v1.method).authenticated = true; } }"#;
    check_files(
        &[("orders.proto", text), ("roles.proto", ROLES)],
        expect![[r#"
            1 error in the schema
            orders.proto:2:13: error[unknown-vocabulary]: `Orders` uses roles, but does not name `staff.v1.Role`, the vocabulary of its package or its imports
              help: add `import "roles.proto";` and `option (secure.v1.service).roles = "staff.v1.Role";` if they are missing
        "#]],
    );
}

#[test]
fn imported_vocabulary_of_roles_must_be_named() {
    let text = service("", "clerk").replacen("message", "import \"roles.proto\"; message", 1);
    check_files(
        &[("orders.proto", &text), ("roles.proto", ROLES)],
        expect![[r#"
            1 error in the schema
            orders.proto:2:1: error[unknown-vocabulary]: `Orders` uses roles, but does not name `staff.v1.Role`, the vocabulary of its package or its imports
              help: add `import "roles.proto";` and `option (secure.v1.service).roles = "staff.v1.Role";` if they are missing
        "#]],
    );
}

#[test]
fn second_vocabulary_of_a_package_is_refused() {
    let second = r#"syntax = "proto3"; package staff.v1; import "secure/v1/options.proto";
            message More { enum Role { option (secure.v1.roles) = {}; ROLE_UNSPECIFIED = 0; guest = 1; } }"#;
    check_files(
        &[("a.proto", ROLES), ("b.proto", second)],
        expect![[r#"
            1 error in the schema
            b.proto:2:28: error[invalid-vocabulary]: `staff.v1.Role` and `staff.v1.More.Role` are both vocabularies of the package `staff.v1`
              help: merge them, or move one to a package of its own
        "#]],
    );
}

#[test]
fn package_with_only_a_vocabulary_generates() {
    check_files(
        &[("roles.proto", ROLES)],
        expect![[r#"
            staff.v1.secure.rs
        "#]],
    );
}
