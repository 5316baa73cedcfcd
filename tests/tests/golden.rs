//! What is generated, kept for review. `UPDATE_EXPECT=1` rewrites it. The crate under test compiles the same text, with
//! warnings denied.

use std::fs;
use std::path::Path;

use expect_test::expect_file;

fn generated(name: &str) -> String {
    fs::read_to_string(Path::new(env!("OUT_DIR")).join(name)).unwrap()
}

macro_rules! goldens {
    ($($test:ident $file:literal;)*) => {
        $(
            #[test]
            fn $test() {
                expect_file![concat!("../golden/", $file)].assert_eq(&generated($file));
            }
        )*

        const FILES: &[&str] = &[$($file),*];
    };
}

goldens! {
    a_bank "bank.v1.secure.rs";
    the_roles_of_a_bank "staff.v1.secure.rs";
    a_shop "shop.v1.secure.rs";
    a_service_of_benchmarks "bench.v1.secure.rs";
    every_kind_under_every_rule "kinds.v1.secure.rs";
    odd_names "odd.r#type.v1.secure.rs";
    nested_messages_and_odd_roles "other.v1.secure.rs";
    proofs_of_tokens "proofs.v1.secure.rs";
    no_package "_.secure.rs";
}

#[test]
fn lines_of_code_without_texts_have_at_most_120_characters() {
    for file in FILES {
        let text = generated(file);
        let code = text.lines().filter(|line| !line.contains("//") && !line.contains('"'));
        let wide = code.filter(|line| line.chars().count() > 120).collect::<Vec<_>>();
        assert!(wide.is_empty(), "{file}: {wide:#?}");
    }
}

#[test]
fn message_file_ends_with_the_include_of_the_service_file() {
    assert!(generated("shop.v1.rs").ends_with("include!(\"shop.v1.secure.rs\");\n"));
}

#[test]
fn the_schema_itself_is_not_generated() {
    assert!(!Path::new(env!("OUT_DIR")).join("secure.v1.rs").exists());
}

/// What protoc-gen-tonic writes, for `ui/mistakes/tonic_beside_ours.rs`, `benches/calls` and `counts`.
#[test]
fn output_of_tonic_is_unchanged() {
    let stubs = [
        ("shop.v1.rs", "shop/v1/shop.proto", expect_file!["../golden/tonic/shop.v1.rs"]),
        ("bench.v1.rs", "bench/v1/echo.proto", expect_file!["../golden/tonic/bench.v1.rs"]),
        ("load.v1.rs", "load/v1/load.proto", expect_file!["../golden/tonic/load.v1.rs"]),
    ];
    for (module, proto, expected) in stubs {
        let descriptors = protox::compile([proto], ["../examples/quickstart/proto", "proto", "../proto"]).unwrap();
        let directory = tempfile::tempdir().unwrap();
        tonic_prost_build::configure().out_dir(directory.path()).compile_fds(descriptors).unwrap();
        let text = fs::read_to_string(directory.path().join(module)).unwrap();
        expected.assert_eq(&text[text.find("/// Generated client implementations.").unwrap()..]);
    }
}
