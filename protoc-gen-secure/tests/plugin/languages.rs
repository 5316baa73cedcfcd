//! Rules in proto2, proto3 and editions. prost generates no messages of an edition yet, so these are written by hand.
#![deny(warnings)] // what is generated must compile without one

use std::path::Path;

use expect_test::expect_file;

use crate::tools::{Workspace, files, protoc};

#[allow(unreachable_pub, reason = "generated code names them in public traits")]
pub(crate) mod messages {
    #[derive(Clone, PartialEq, prost::Message)]
    pub struct Message {
        #[prost(string, optional, tag = "1")]
        pub text: Option<String>,
    }
}

macro_rules! languages {
    ($($name:ident)*) => {
        $(
            mod $name {
                include!(concat!("../golden/", stringify!($name), ".secure.rs"));

                #[test]
                fn is_generated() {
                    super::check(stringify!($name));
                }
            }
        )*
    };
}

languages! { proto2 proto3 edition2023 edition2024 }

fn check(name: &str) {
    let proto = format!("{name}.proto");
    let workspace = Workspace::new([(&proto, Path::new("tests/languages").join(&proto))]).with_schema();
    let out = workspace.directory("out");
    let parameters = format!(
        "--secure_opt=flat_output_dir,no_include,extern_path=.{name}.Message=crate::languages::messages::Message"
    );
    workspace.succeed(protoc(), ["-I", "proto", "--secure_out=out", &parameters, &proto]);
    let name = format!("{name}.secure.rs");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(&name);
    expect_file![path].assert_eq(&files(&out)[&name]);
}
