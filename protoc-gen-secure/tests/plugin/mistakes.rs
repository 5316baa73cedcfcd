//! The terminal output of protoc and buf for mistakes in a schema. `UPDATE_EXPECT=1` rewrites the texts.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use expect_test::expect_file;

use crate::tools::{Workspace, files, have, protoc};

fn workspace(case: &Path) -> Workspace {
    let files = files(case).into_keys().filter(|name| name.ends_with(".proto")).collect::<Vec<_>>();
    let brings_schema = files.iter().any(|name| name == "secure/v1/options.proto");
    let workspace = Workspace::new(files.into_iter().map(|name| (name.clone(), case.join(name))));
    if brings_schema { workspace } else { workspace.with_schema() }
}

fn case(name: &str) -> PathBuf {
    Path::new("tests/mistakes").join(name)
}

#[track_caller]
fn failure(output: Output) -> String {
    assert!(!output.status.success());
    String::from_utf8(output.stderr).expect("text")
}

fn check_protoc(name: &str) {
    let case = case(name);
    let workspace = workspace(&case);
    workspace.directory("out");
    let protos = files(&case).into_keys().filter(|name| name.ends_with(".proto") && !name.starts_with("secure/"));
    let arguments = ["-I", "proto", "--secure_out=out"].map(str::to_owned).into_iter().chain(protos);
    let text = failure(workspace.run(protoc(), arguments));
    expect_file![fs::canonicalize(&case).expect("a case").join("protoc.txt")].assert_eq(&text);
}

fn check_buf(name: &str) {
    if !have(&["buf"]) {
        return;
    }
    let case = case(name);
    let workspace = workspace(&case);
    let template = fs::read_to_string(case.join("buf.gen.yaml")).unwrap_or_else(|_| TEMPLATE.to_owned());
    workspace.write("buf.gen.yaml", &template);
    workspace.write("buf.yaml", "version: v2\nmodules:\n  - path: proto\n");
    let text = failure(workspace.run("buf", ["generate"]));
    expect_file![fs::canonicalize(&case).expect("a case").join("buf.txt")].assert_eq(&text);
}

const TEMPLATE: &str = "version: v2\nplugins:\n  - local: protoc-gen-secure\n    out: out\n    strategy: all\n";

macro_rules! mistakes {
    ($($name:ident)*) => {
        $(
            mod $name {
                #[test]
                fn is_reported_by_protoc() {
                    super::check_protoc(stringify!($name));
                }

                #[test]
                fn is_reported_by_buf() {
                    super::check_buf(stringify!($name));
                }
            }
        )*
    };
}

mistakes! { contradictory_rule empty_rule missing_rules number_taken schema_newer schema_older }

#[test]
fn rules_removed_by_buf_are_reported() {
    check_buf("stripped_options");
}
