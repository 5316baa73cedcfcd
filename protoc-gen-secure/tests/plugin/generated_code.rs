//! Generated services compile beside the messages of protoc-gen-prost, in nested directories and in a single one.

use std::path::Path;

use expect_test::expect_file;

use crate::tools::{files, have, protoc, services};

/// Our services, and clients of our own.
#[deny(warnings)] // what is generated must compile without one
#[allow(dead_code, unnameable_types, unreachable_pub, reason = "the messages are public, and nobody needs them all")]
mod nested {
    include!("../golden/nested/_");

    pub(crate) mod bank {
        pub(crate) mod v1 {
            include!("../golden/nested/bank/v1/bank.v1.rs");
        }
    }

    pub(crate) mod staff {
        pub(crate) mod v1 {
            include!("../golden/nested/staff/v1/staff.v1.rs");
        }
    }

    pub(crate) mod odd {
        pub(crate) mod r#type {
            pub(crate) mod v1 {
                include!("../golden/nested/odd/r#type/v1/odd.type.v1.rs");
            }
        }
    }

    pub(crate) mod other {
        pub(crate) mod v1 {
            include!("../golden/nested/other/v1/other.v1.rs");
        }
    }
}

/// Our services, and tonic-build's clients.
#[deny(warnings)] // what is generated must compile without one
#[allow(dead_code, unreachable_pub, reason = "the messages are public, and nobody needs them all")]
mod flat {
    include!("../golden/flat/root.rs");

    pub(crate) mod kinds {
        pub(crate) mod v1 {
            include!("../golden/flat/kinds.v1.rs");
        }
    }

    pub(crate) mod shop {
        pub(crate) mod v1 {
            include!("../golden/flat/shop.v1.rs");
        }
    }
}

#[track_caller]
fn check(layout: &str, prost: &str, secure: &str, protos: &[&str]) {
    if !have(&["protoc-gen-prost"]) {
        return;
    }
    let workspace = services();
    let out = workspace.directory("out");
    let outs = [format!("--prost_out={prost}:out"), format!("--secure_out={secure}:out")];
    let arguments = ["-I", "proto"].into_iter().chain(outs.iter().map(String::as_str));
    workspace.succeed(protoc(), arguments.chain(protos.iter().copied()));
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(layout);
    for (name, text) in files(&out) {
        expect_file![golden.join(name)].assert_eq(&text);
    }
}

#[test]
fn output_in_nested_directories_compiles() {
    let odd = ["odd/type/v1/odd.proto", "other/v1/other.proto", "rootless.proto"];
    check("nested", "", "manifest", &[&["bank/v1/bank.proto", "staff/v1/role.proto"], odd.as_slice()].concat());
}

#[test]
fn output_in_a_single_directory_compiles() {
    let prost = "flat_output_dir,default_package_filename=root.rs";
    let protos = ["kinds/v1/kinds.proto", "rootless.proto", "shop/v1/shop.proto"];
    check("flat", prost, &format!("{prost},client=tonic"), &protos);
}
