use expect_test::{Expect, expect};
use prost::Message as _;

use crate::declared::Descriptors;
use crate::declared::descriptor::{File, Method, Options};
use crate::request::Request;
use crate::testing::{answer, orders, request};

#[track_caller]
fn check(request: &Request, expected: Expect) {
    expected.assert_eq(&answer(request));
}

fn request_of(files: Vec<Vec<u8>>) -> Request {
    Request { descriptors: Descriptors { files, ..Descriptors::default() }, ..Request::default() }
}

fn public() -> Request {
    let service = "service Orders { rpc Get(Order) returns (Order) { option (secure.v1.method).public = true; } }";
    request(&[("orders.proto", &orders(service))])
}

/// A public method after a change that no compiler makes.
fn changed(change: impl Fn(&mut Method)) -> Request {
    let mut request = public();
    for raw in &mut request.descriptors.files {
        let mut file = File::decode(raw.as_slice()).expect("a file");
        let methods = file.services.iter_mut().flat_map(|service| &mut service.methods).map(&change);
        if methods.count() > 0 {
            *raw = file.encode_to_vec();
        }
    }
    request
}

fn with_rule(pieces: &[&[u8]]) -> Request {
    let pieces = pieces.iter().map(|piece| piece.to_vec()).collect::<Vec<_>>();
    changed(|method| method.options = Some(Options { pieces: pieces.clone(), ..Options::default() }))
}

#[test]
fn a_rule_with_an_unknown_field_is_refused() {
    check(
        &with_rule(&[&[0x08, 1, 0x98, 0x06, 1]]),
        expect![[r#"
            1 error in the schema
            orders.proto:2:51: error[schema-mismatch]: the option has a field that this protoc-gen-secure does not know, or repeats one
              help: compile the rules with the `secure/v1/options.proto` of this protoc-gen-secure
        "#]],
    );
}

#[test]
fn a_flag_that_is_set_twice_is_refused() {
    check(
        &with_rule(&[&[0x08, 0], &[0x08, 1]]),
        expect![[r#"
            1 error in the schema
            orders.proto:2:51: error[schema-mismatch]: the option has a field that this protoc-gen-secure does not know, or repeats one
              help: compile the rules with the `secure/v1/options.proto` of this protoc-gen-secure
        "#]],
    );
}

#[test]
fn repeated_pieces_of_a_rule_are_merged() {
    check(
        &with_rule(&[&[0x08, 1], &[0x10, 1]]),
        expect![[r#"
            1 error in the schema
            orders.proto:2:51: error[contradictory-rule]: the rule of `Orders.Get` has `public` and `authenticated`, which contradict each other
              help: keep one: `public` or `authenticated`
        "#]],
    );
}

#[test]
fn empty_piece_of_a_rule_is_ignored() {
    check(
        &with_rule(&[&[]]),
        expect![[r#"
            1 error in the schema
            orders.proto:2:51: error[empty-rule]: the rule of `Orders.Get` is empty
              help: write `required_roles: ["..."]`, `authenticated: true`, `public: true` or `denied: true`; an empty list of roles is not a rule
        "#]],
    );
}

#[test]
fn rule_that_does_not_decode_is_a_broken_request() {
    check(
        &with_rule(&[&[0x0a, 1]]),
        expect![[r#"
                broken request: failed to decode Protobuf message: buffer underflow
            "#]],
    );
}

#[test]
fn names_that_no_compiler_accepts_are_a_broken_request() {
    check(
        &changed(|method| method.name = "Get Order".to_owned()),
        expect![[r#"
            broken request: "Get Order" is not a valid protobuf name
        "#]],
    );
    check(
        &changed(|method| method.request = "Order".to_owned()),
        expect![[r#"
            broken request: "Order" is not a valid protobuf name
        "#]],
    );
    check(
        &changed(|method| method.response = String::new()),
        expect![[r#"
            broken request: "" is not a valid protobuf name
        "#]],
    );
}

#[test]
fn file_name_with_a_line_break_is_a_broken_request() {
    let file = File { name: "orders.proto\nfn main() {}".to_owned(), ..File::default() };
    check(
        &request_of(vec![file.encode_to_vec()]),
        expect![[r#"
            broken request: "orders.proto\nfn main() {}" is not a valid protobuf name
        "#]],
    );
}

#[test]
fn import_option_statement_counts_as_an_import() {
    let mut request = with_rule(&[]);
    for raw in &mut request.descriptors.files {
        let file = File::decode(raw.as_slice()).expect("a file");
        if !file.services.is_empty() {
            let option_dependencies = file.dependencies;
            *raw = File { dependencies: Vec::new(), option_dependencies, ..file }.encode_to_vec();
        }
    }
    check(
        &request,
        expect![[r#"
                2 errors in the schema
                orders.proto: error[options-missing]: the file imports `secure/v1/options.proto`, but not one of its methods has a rule
                  help: if rules are written there, something removed them: `exclude_types` in buf.gen.yaml, or prost-types (use protox's `encode_file_descriptor_set()`)
                orders.proto:2:18: error[missing-rule]: `Orders.Get` has no rule
                  help: add `option (secure.v1.method) = { required_roles: ["..."] };` to the method; other rules are `{ authenticated: true }`, `{ public: true }` and `{ denied: true }`
            "#]],
    );
}

#[test]
fn file_to_generate_that_is_not_in_the_request_is_refused() {
    let mut request = public();
    request.descriptors.to_generate = vec!["carts.proto".to_owned()];
    check(
        &request,
        expect![[r#"
            broken request: `carts.proto` is to be generated, but not in the request
        "#]],
    );
}

#[test]
fn file_that_is_twice_in_the_request_is_refused() {
    let mut request = public();
    request.descriptors.files.extend(request.descriptors.files.clone());
    check(
        &request,
        expect![[r#"
            broken request: `google/protobuf/descriptor.proto` is in the request twice
        "#]],
    );
}

#[test]
fn file_that_does_not_decode_is_a_broken_request() {
    check(
        &request_of(vec![vec![0xff]]),
        expect![[r#"
            broken request: failed to decode Protobuf message: invalid varint
        "#]],
    );
}

#[test]
fn a_finding_without_source_info_names_the_file() {
    let mut request = with_rule(&[]);
    for raw in &mut request.descriptors.files {
        let file = File::decode(raw.as_slice()).expect("a file");
        if !file.services.is_empty() {
            *raw = File { source: None, ..file }.encode_to_vec();
        }
    }
    check(
        &request,
        expect![[r#"
                2 errors in the schema
                orders.proto: error[missing-rule]: `Orders.Get` has no rule
                  help: add `option (secure.v1.method) = { required_roles: ["..."] };` to the method; other rules are `{ authenticated: true }`, `{ public: true }` and `{ denied: true }`
                orders.proto: error[options-missing]: the file imports `secure/v1/options.proto`, but not one of its methods has a rule
                  help: if rules are written there, something removed them: `exclude_types` in buf.gen.yaml, or prost-types (use protox's `encode_file_descriptor_set()`)
            "#]],
    );
}

/// A file after a change that no compiler makes.
#[track_caller]
fn check_forged(change: impl Fn(&mut prost_types::FileDescriptorProto)) {
    let text = r#"syntax = "proto2"; package a; enum E { A = 1; } message M { optional E e = 1 [default = A]; oneof o { string s = 2; } }"#;
    let set = crate::testing::set(&[("a.proto", text)]);
    let mut set = prost_types::FileDescriptorSet::decode(set.as_slice()).expect("a set");
    assert!(crate::declared::read(&descriptors(&set)).is_ok());
    change(&mut set.file[0]);
    let answer = format!("{:?}", crate::declared::read(&descriptors(&set)).expect_err("a forged name"));
    assert!(answer.contains("is not a valid protobuf name") && !answer.contains(['\n', '\u{202e}']), "{answer}");
}

fn descriptors(set: &prost_types::FileDescriptorSet) -> Descriptors {
    Descriptors { files: set.file.iter().map(prost::Message::encode_to_vec).collect(), ..Descriptors::default() }
}

#[test]
fn line_break_in_any_name_is_refused() {
    const NAME: &str = "a: u8,\n}\nstruct B {";
    let name = || Some(NAME.to_owned());
    check_forged(|file| file.name = name());
    check_forged(|file| file.package = name());
    check_forged(|file| file.enum_type[0].name = name());
    check_forged(|file| file.enum_type[0].value[0].name = name());
    check_forged(|file| file.message_type[0].name = name());
    check_forged(|file| file.message_type[0].field[0].name = name());
    check_forged(|file| file.message_type[0].field[0].type_name = name());
    check_forged(|file| file.message_type[0].field[0].default_value = name());
    check_forged(|file| file.message_type[0].oneof_decl[0].name = name());
    check_forged(|file| {
        file.message_type[0].nested_type.push(prost_types::DescriptorProto { name: name(), ..Default::default() })
    });
    check_forged(|file| file.extension.push(prost_types::FieldDescriptorProto { name: name(), ..Default::default() }));
    check_forged(|file| file.service.push(prost_types::ServiceDescriptorProto { name: name(), ..Default::default() }));
}

#[test]
fn character_that_reorders_a_file_name_is_refused() {
    check_forged(|file| file.name = Some("orders\u{202e}otorp.proto".to_owned()));
}
