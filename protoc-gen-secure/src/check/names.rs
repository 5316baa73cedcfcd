//! `name-collision`: casing, modules and file names make one of two.

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostics, Location, Rule};
use crate::policy::{MethodPolicy, Policy, RolePolicy, ServicePolicy, messages_file, services_file};

/// Two methods of a service have different variants, functions and constants.
pub(super) fn methods_differ(policy: &Policy, found: &mut Diagnostics) {
    for service in policy.packages.iter().flat_map(|package| &package.services) {
        let mut owners = BTreeMap::new();
        for (index, method) in service.methods.iter().enumerate() {
            let owned = casings(method).map(|casing| *owners.entry(casing).or_insert(index));
            let Some(owner) = owned.into_iter().find(|owner| *owner != index) else { continue };
            let (first, second) = (&service.methods[owner].name, &method.name);
            let message = format!("the methods `{first}` and `{second}` of `{}` are one in Rust", service.name);
            collision(&method.declared_at, message, "rename one of the methods", found);
        }
    }
}

/// No method is called like the list of all methods.
pub(super) fn no_method_is_all(policy: &Policy, found: &mut Diagnostics) {
    for service in policy.packages.iter().flat_map(|package| &package.services) {
        for method in service.methods.iter().filter(|method| *method.rust.variant() == "ALL") {
            let message =
                format!("the method `{}` of `{}` is `ALL` in Rust, as is the list", method.name, service.name);
            collision(&method.declared_at, message, "rename the method", found);
        }
    }
}

/// The modules in the module of a package, ours and prost-build's, have different names.
pub(super) fn modules_differ(policy: &Policy, found: &mut Diagnostics) {
    for package in &policy.packages {
        let mut owners = package.neighbours.clone();
        if let Some(role) = package.roles.first() {
            claim("policy_roles".to_owned(), "the roles of the package", &role.at, &mut owners, found);
        }
        // Nothing is generated for a service without methods.
        for service in package.services.iter().filter(|service| !service.methods.is_empty()) {
            let owner = format!("the service `{}`", service.name);
            // One finding tells what several modules of a service have in common.
            modules(service).into_iter().any(|module| claim(module, &owner, &service.declared_at, &mut owners, found));
        }
    }
}

/// Two roles of a package have different markers.
pub(super) fn roles_differ(policy: &Policy, found: &mut Diagnostics) {
    for package in &policy.packages {
        let mut markers = BTreeMap::new();
        for RolePolicy { role, at, .. } in &package.roles {
            let first = *markers.entry(role.marker()).or_insert(role);
            if first == role {
                continue;
            }
            let (first, second, marker) = (first.as_str(), role.as_str(), role.marker());
            let message = format!("the roles `{first}` and `{second}` are one in Rust: `{marker}`");
            collision(at, message, "rename one of the roles, or give one a `rust_name` in a vocabulary", found);
        }
    }
}

/// Two packages with services are different modules.
pub(super) fn packages_differ(policy: &Policy, found: &mut Diagnostics) {
    let mut files = BTreeMap::new();
    for package in &policy.packages {
        let first = *files.entry(services_file(&package.name)).or_insert(&package.name);
        let Some(file) = package.file().filter(|_| *first != package.name) else { continue };
        let message = format!("the packages `{first}` and `{}` are one module in Rust", package.name);
        collision(&Location::file(file), message, "rename one of the packages", found);
    }
}

/// No package is called like the file that a package's services are generated into.
pub(super) fn files_differ(policy: &Policy, found: &mut Diagnostics) {
    let messages = policy.all_packages.iter().map(|package| (messages_file(package), package));
    let messages = messages.collect::<BTreeMap<_, _>>();
    for package in &policy.packages {
        let ours = services_file(&package.name);
        let (Some(other), Some(file)) = (messages.get(&ours), package.file()) else { continue };
        let message = format!("the messages of `{other}` and the services of `{}` are both `{ours}`", package.name);
        collision(&Location::file(file), message, "rename one of the packages", found);
    }
}

/// The names of a method in Rust, each with what it is the name of.
fn casings(method: &MethodPolicy) -> [(&'static str, String); 3] {
    let MethodPolicy { rust, .. } = method;
    let casings = [("variant", rust.variant()), ("method", rust.method()), ("constant", rust.constant())];
    casings.map(|(kind, name)| (kind, name.to_string()))
}

fn modules(service: &ServicePolicy) -> [String; 3] {
    ["policy", "server", "client"].map(|kind| format!("{}_{kind}", service.rust.module()))
}

/// True if another owner has the module already, which is reported.
fn claim(
    module: String,
    owner: &str,
    at: &Location,
    owners: &mut BTreeMap<String, String>,
    found: &mut Diagnostics,
) -> bool {
    if let Some(other) = owners.get(&module) {
        let message = format!("{owner} and {other} are both the module `{module}` in Rust");
        collision(at, message, "rename one of them", found);
        return true;
    }
    owners.insert(module, owner.to_owned());
    false
}

fn collision(at: &Location, message: String, help: &str, found: &mut Diagnostics) {
    found.error(Rule::NameCollision, at, message, help);
}

#[cfg(test)]
mod tests {
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
                orders.proto:4:17: error[name-collision]: the methods `GetOrder` and `Get_Order` of `shop.v1.Orders` are one in Rust
                  help: rename one of the methods
            "#]],
        );
    }

    #[test]
    fn methods_with_one_variant_and_two_functions_collide() {
        check(
            "service Orders {
                rpc Get1(Order) returns (Order) { option (secure.v1.method).public = true; }
                rpc Get_1(Order) returns (Order) { option (secure.v1.method).public = true; }
            }",
            expect![[r#"
                1 error in the schema
                orders.proto:4:17: error[name-collision]: the methods `Get1` and `Get_1` of `shop.v1.Orders` are one in Rust
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
                orders.proto:2:18: error[name-collision]: the method `A_L_L` of `shop.v1.Orders` is `ALL` in Rust, as is the list
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
    fn a_service_collides_with_what_a_message_nests() {
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
    fn a_message_that_nests_nothing_collides_with_nothing() {
        check(
            "message OrdersServer { map<string, Order> orders = 1; optional string name = 2; }
            service Orders { rpc Get(Order) returns (Order) { option (secure.v1.method).public = true; } }",
            expect![[r#"
                shop.v1.secure.rs
            "#]],
        );
    }

    #[test]
    fn the_roles_collide_with_what_a_message_nests() {
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
                orders.proto:3:50: error[name-collision]: the roles `OrdersRead` and `orders:read` are one in Rust: `OrdersRead`
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
                b.proto: error[name-collision]: the packages `shop.V1` and `shop.v1` are one module in Rust
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
}
