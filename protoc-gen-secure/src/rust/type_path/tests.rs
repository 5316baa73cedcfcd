use std::sync::mpsc;

use prost::Message as _;
use prost_build::{Module, Service, ServiceGenerator};
use prost_types::FileDescriptorSet;

use super::{ExternPaths, TypePath};
use crate::rust::casing::RustName;
use crate::rust::files::messages_file;
use crate::testing::set;

/// Checks that all names are prost-build's own, seen from a service of this package.
#[track_caller]
fn check(package: &str) {
    for well_known in [false, true] {
        let extern_paths = EXTERN_PATHS.map(|(proto, rust)| (proto.to_owned(), rust.to_owned()));
        let extern_paths = ExternPaths::new(&extern_paths, well_known).expect("extern paths");
        let service = prost_service(package, well_known);
        assert_eq!(RustName::new(&service.proto_name).expect("a name").variant().to_string(), service.name);
        assert_eq!(service.methods.len(), MESSAGES.len() + METHODS.len());
        for method in service.methods {
            assert_eq!(RustName::new(&method.proto_name).expect("a name").method().to_string(), method.name);
            check_path(&method.input_proto_type, package, &extern_paths, &method.input_type);
            check_path(&method.output_proto_type, package, &extern_paths, &method.output_type);
        }
    }
}

#[track_caller]
fn check_path(proto: &str, package: &str, extern_paths: &ExternPaths, expected: &str) {
    let path = TypePath::resolve(proto, package, extern_paths).expect("a path");
    assert_eq!(path.seen_from(0), expected.strip_prefix("self::").unwrap_or(expected), "{proto} in {package}");
}

fn prost_service(package: &str, well_known: bool) -> Service {
    let (sender, receiver) = mpsc::channel();
    let mut prost = prost_build::Config::new();
    prost.service_generator(Box::new(Spy(sender)));
    for (proto, rust) in EXTERN_PATHS {
        prost.extern_path(proto, rust);
    }
    if well_known {
        prost.compile_well_known_types();
    }
    let text = service(package);
    let files = FILES.iter().copied().chain([("service.proto", text.as_str())]).collect::<Vec<_>>();
    let files = FileDescriptorSet::decode(set(&files).as_slice()).expect("a set").file.into_iter();
    let modules = files.map(|file| (Module::from_protobuf_package_name(file.package()), file)).collect::<Vec<_>>();
    for (module, file) in &modules {
        assert_eq!(messages_file(file.package()), module.to_file_name_or("_"));
    }
    prost.generate(modules).expect("messages");
    receiver.recv().expect("a service")
}

fn service(package: &str) -> String {
    let package = if package.is_empty() { String::new() } else { format!("package {package};") };
    let imports = FILES.iter().map(|(name, _)| *name).chain(WELL_KNOWN);
    let imports = imports.map(|name| format!("import \"{name}\";")).collect::<String>();
    let methods = METHODS.iter().map(|name| format!("rpc {name}(.Bare) returns (.shop.v1.Order);"));
    let messages = MESSAGES.iter().zip(0..).map(|(name, index)| format!("rpc M{index}(.{name}) returns (.{name});"));
    let methods = methods.chain(messages).collect::<String>();
    format!("syntax = \"proto3\"; {package} {imports} service ABCServiceX {{ {methods} }}")
}

/// Sends what prost-build calls a service, its methods and their messages.
struct Spy(mpsc::Sender<Service>);

impl ServiceGenerator for Spy {
    fn generate(&mut self, service: Service, text: &mut String) {
        text.push('\n');
        self.0.send(service).expect("a receiver");
    }
}

const EXTERN_PATHS: [(&str, &str); 4] = [
    (".money", "crate::Money::v1"),
    (".money.Exact", "::exact::Money<u8>"),
    (".money.Tuple", "(u8, u8)"),
    (".shop.v1.Above", "super::Above"),
];

const FILES: [(&str, &str); 4] = [
    (
        "shop.proto",
        r#"syntax = "proto3"; package shop.v1; message Above {} message Order { message line { message type {} } }"#,
    ),
    (
        "type.proto",
        r#"syntax = "proto3"; package google.type; message Color { message Self {} message Crate { message X {} } }"#,
    ),
    (
        "money.proto",
        r#"syntax = "proto3"; package money; message Exact {} message Tuple {} message Other { message in {} }"#,
    ),
    ("bare.proto", r#"syntax = "proto3"; message Bare { message HTTPDeep { message _1 {} } }"#),
];

const WELL_KNOWN: [&str; 4] = [
    "google/protobuf/any.proto",
    "google/protobuf/descriptor.proto",
    "google/protobuf/empty.proto",
    "google/protobuf/wrappers.proto",
];

const MESSAGES: &[&str] = &[
    "Bare",
    "Bare.HTTPDeep",
    "Bare.HTTPDeep._1",
    "google.protobuf.Any",
    "google.protobuf.BoolValue",
    "google.protobuf.BytesValue",
    "google.protobuf.DescriptorProto.ExtensionRange",
    "google.protobuf.DoubleValue",
    "google.protobuf.Empty",
    "google.protobuf.FloatValue",
    "google.protobuf.Int32Value",
    "google.protobuf.Int64Value",
    "google.protobuf.StringValue",
    "google.protobuf.UInt32Value",
    "google.protobuf.UInt64Value",
    "google.type.Color",
    "google.type.Color.Crate.X",
    "google.type.Color.Self",
    "money.Exact",
    "money.Other",
    "money.Other.in",
    "money.Tuple",
    "shop.v1.Above",
    "shop.v1.Order",
    "shop.v1.Order.line.type",
];

const METHODS: &[&str] =
    &["Connect", "GetHTTPOrder", "Get_Order", "Move", "New", "Self", "Super", "Type", "_1", "async", "getOrder2"];

#[test]
fn names_are_those_of_prost_build() {
    for package in
        ["", "google", "google.protobuf.x", "google.type", "money", "other.Match", "shop", "shop.v1", "shop.v1.a"]
    {
        check(package);
    }
}

#[test]
fn path_from_a_nested_module_has_more_supers() {
    let path = |proto: &str| {
        let extern_paths = EXTERN_PATHS.map(|(proto, rust)| (proto.to_owned(), rust.to_owned()));
        let extern_paths = ExternPaths::new(&extern_paths, false).expect("extern paths");
        TypePath::resolve(proto, "shop.v1", &extern_paths).expect("a path").seen_from(2)
    };
    assert_eq!(path(".shop.v1.Order"), "super::super::Order");
    assert_eq!(path(".google.type.Color"), "super::super::super::super::google::r#type::Color");
    assert_eq!(path(".shop.v1.Above"), "super::super::super::Above");
    assert_eq!(path(".money.Other"), "crate::money::v1::Other");
    assert_eq!(path(".money.Tuple"), "(u8, u8)");
    assert_eq!(path(".google.protobuf.Empty"), "()");
}
