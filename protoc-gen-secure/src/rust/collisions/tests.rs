use expect_test::{Expect, expect};

use crate::testing::{answer, diagnose, request};

#[track_caller]
fn check(text: &str, expected: Expect) {
    expected.assert_eq(&diagnose(text));
}

#[track_caller]
fn check_files(files: &[(&str, &str)], expected: Expect) {
    expected.assert_eq(&answer(&request(files)));
}

fn one_method(package: &str, service: &str) -> String {
    format!(
        r#"syntax = "proto3"; {package} import "secure/v1/options.proto"; message Order {{}}
            service {service} {{ rpc Get(Order) returns (Order) {{ option (secure.v1.method).public = true; }} }}"#
    )
}

#[test]
fn methods_that_differ_in_case_only_collide() {
    check(
        "service Orders {
                rpc GetOrder(Order) returns (Order) { option (secure.v1.method).public = true; }
                rpc Get_Order(Order) returns (Order) { option (secure.v1.method).public = true; }
            }",
        expect![[r#"
            1 error in the schema
            orders.proto:4:17: error[name-collision]: the methods `GetOrder` and `Get_Order` of `shop.v1.Orders` are the same in Rust
              help: rename one of the methods
        "#]],
    );
}

#[test]
fn methods_with_the_same_variant_collide() {
    check(
        "service Orders {
                rpc Get1(Order) returns (Order) { option (secure.v1.method).public = true; }
                rpc Get_1(Order) returns (Order) { option (secure.v1.method).public = true; }
            }",
        expect![[r#"
            1 error in the schema
            orders.proto:4:17: error[name-collision]: the methods `Get1` and `Get_1` of `shop.v1.Orders` are the same in Rust
              help: rename one of the methods
        "#]],
    );
}

#[test]
fn a_method_collides_with_the_list_of_methods() {
    check(
        "service Orders { rpc A_L_L(Order) returns (Order) { option (secure.v1.method).public = true; } }",
        expect![[r#"
            1 error in the schema
            orders.proto:2:18: error[name-collision]: the method `A_L_L` of `shop.v1.Orders` is `ALL` in Rust, like the list of methods
              help: rename the method
        "#]],
    );
}

#[test]
fn services_with_one_module_collide_once() {
    check(
        "service OrderBook { rpc Get(Order) returns (Order) { option (secure.v1.method).public = true; } }
            service Order_Book { rpc Get(Order) returns (Order) { option (secure.v1.method).public = true; } }",
        expect![[r#"
                1 error in the schema
                orders.proto:3:13: error[name-collision]: the service `shop.v1.Order_Book` and the service `shop.v1.OrderBook` are both the module `order_book_policy` in Rust
                  help: rename one of them
            "#]],
    );
}

#[test]
fn service_collides_with_the_module_of_a_message() {
    check(
        "message OrdersServer { message Nested {} }
            service Orders { rpc Get(Order) returns (Order) { option (secure.v1.method).public = true; } }",
        expect![[r#"
                1 error in the schema
                orders.proto:3:13: error[name-collision]: the service `shop.v1.Orders` and what `OrdersServer` in orders.proto nests are both the module `orders_server` in Rust
                  help: rename one of them
            "#]],
    );
}

#[test]
fn message_without_nested_types_collides_with_no_service() {
    check(
        "message OrdersServer { map<string, Order> orders = 1; optional string name = 2; }
            service Orders { rpc Get(Order) returns (Order) { option (secure.v1.method).public = true; } }",
        expect![[r#"
            orders.proto:3:63: warning[missing-public-reason]: `Orders.Get` is public without a reason
              help: add `public_reason: "..."` to the rule: why anyone may call, for the people who review it
            shop.v1.secure.rs
        "#]],
    );
}

#[test]
fn roles_module_collides_with_the_module_of_a_message() {
    check(
        "message PolicyRoles { oneof kind { string name = 1; } }
            service Orders {
                rpc Get(Order) returns (Order) { option (secure.v1.method).required_roles = \"admin\"; }
            }",
        expect![[r#"
                1 error in the schema
                orders.proto:4:50: error[name-collision]: the roles of the package and what `PolicyRoles` in orders.proto nests are both the module `policy_roles` in Rust
                  help: rename one of them
            "#]],
    );
}

#[test]
fn a_service_collides_with_a_child_package() {
    check_files(
        &[
            ("orders.proto", &one_method("package shop;", "Orders")),
            ("child.proto", r#"syntax = "proto3"; package shop.orders_client.v1; message Order {}"#),
        ],
        expect![[r#"
                1 error in the schema
                orders.proto:2:13: error[name-collision]: the service `shop.Orders` and the package `shop.orders_client.v1` are both the module `orders_client` in Rust
                  help: rename one of them
            "#]],
    );
}

#[test]
fn a_service_without_a_package_collides_with_a_package() {
    check_files(
        &[
            ("orders.proto", &one_method("", "Orders")),
            ("child.proto", r#"syntax = "proto3"; package orders_policy; message Thing {}"#),
        ],
        expect![[r#"
                1 error in the schema
                orders.proto:2:13: error[name-collision]: the service `Orders` and the package `orders_policy` are both the module `orders_policy` in Rust
                  help: rename one of them
            "#]],
    );
}

#[test]
fn roles_with_one_marker_collide() {
    check(
        r#"service Orders {
                rpc Get(Order) returns (Order) { option (secure.v1.method).required_roles = "orders:read"; }
                rpc List(Order) returns (Order) { option (secure.v1.method).required_roles = "orders:read"; }
                rpc Put(Order) returns (Order) { option (secure.v1.method).required_roles = "OrdersRead"; }
            }"#,
        expect![[r#"
            1 error in the schema
            orders.proto:3:50: error[name-collision]: the roles `OrdersRead` and `orders:read` are both `OrdersRead` in Rust
              help: rename one of the roles, or give one a `rust_name` in a vocabulary
        "#]],
    );
}

#[test]
fn packages_that_differ_in_case_only_collide() {
    check_files(
        &[
            ("a.proto", &one_method("package shop.V1;", "Orders")),
            ("b.proto", &one_method("package shop.v1;", "Carts")),
        ],
        expect![[r#"
            1 error in the schema
            b.proto: error[name-collision]: the packages `shop.V1` and `shop.v1` are the same module in Rust
              help: rename one of the packages
        "#]],
    );
}

#[test]
fn a_package_called_secure_collides_with_the_file_of_its_parent() {
    check_files(
        &[
            ("a.proto", &one_method("package shop;", "Orders")),
            ("b.proto", r#"syntax = "proto3"; package shop.secure; message Order {}"#),
        ],
        expect![[r#"
                1 error in the schema
                a.proto: error[name-collision]: the messages of `shop.secure` and the services of `shop` are both `shop.secure.rs`
                  help: rename one of the packages
            "#]],
    );
}

#[test]
#[cfg(feature = "tonic-client")]
fn a_method_called_like_a_function_of_the_client_collides() {
    use crate::emit::Client;
    use crate::testing::orders;

    let text = orders(
        "service Orders {
                rpc Connect(Order) returns (Order) { option (secure.v1.method).public = true; }
                rpc Get(Order) returns (Order) { option (secure.v1.method).public = true; }
                rpc WithOrigin(Order) returns (Order) { option (secure.v1.method).public = true; }
            }",
    );
    let mut request = request(&[("orders.proto", &text)]);
    expect![[r#"
        orders.proto:3:54: warning[missing-public-reason]: `Orders.Connect` is public without a reason
          help: add `public_reason: "..."` to the rule: why anyone may call, for the people who review it
        orders.proto:4:50: warning[missing-public-reason]: `Orders.Get` is public without a reason
          help: add `public_reason: "..."` to the rule: why anyone may call, for the people who review it
        orders.proto:5:57: warning[missing-public-reason]: `Orders.WithOrigin` is public without a reason
          help: add `public_reason: "..."` to the rule: why anyone may call, for the people who review it
        shop.v1.secure.rs
    "#]]
    .assert_eq(&answer(&request));
    request.options.client = Client::Tonic;
    expect![[r#"
            2 errors in the schema
            orders.proto:3:17: error[name-collision]: the method `Connect` and a function of tonic's client are both `connect` in Rust
              help: rename the method, or use the client that is generated by default
            orders.proto:5:17: error[name-collision]: the method `WithOrigin` and a function of tonic's client are both `with_origin` in Rust
              help: rename the method, or use the client that is generated by default
        "#]].assert_eq(&answer(&request));
}
