//! Warnings are printed, and all files are generated.

use std::process::Output;

use crate::tools::{PLUGIN, Workspace, have, protoc};

const WARNING: &str = "orders.proto:10:5: warning[similar-roles]: the roles \"clerk\" (orders.proto:7:5) and \
    \"clerks\" are almost the same";

fn workspace() -> Workspace {
    let workspace = Workspace::new::<&str>([]).with_schema();
    let text = r#"syntax = "proto3";
package shop.v1;
import "secure/v1/options.proto";
message Order {}
service Orders {
  rpc Get(Order) returns (Order) {
    option (secure.v1.method).required_roles = "clerk";
  }
  rpc List(Order) returns (Order) {
    option (secure.v1.method).required_roles = "clerks";
  }
}
"#;
    workspace.write("proto/orders.proto", text);
    workspace
}

#[track_caller]
fn check(Output { status, stderr, .. }: Output, warning: &str) {
    let stderr = String::from_utf8_lossy(&stderr);
    assert!(status.success() && stderr.contains(warning), "{stderr}");
}

#[test]
fn warning_is_printed_by_protoc_and_files_are_written() {
    let workspace = workspace();
    let out = workspace.directory("out");
    let arguments = ["-I", "proto", "--secure_out=out", "--secure_opt=no_include,flat_output_dir", "orders.proto"];
    check(workspace.run(protoc(), arguments), WARNING);
    assert!(out.join("shop.v1.secure.rs").exists());
    let again = ["check", "-I", "proto", "--out", "out", "--opt", "no_include,flat_output_dir", "proto/orders.proto"];
    check(workspace.run(PLUGIN, again), WARNING);
}

#[test]
fn warning_is_printed_by_buf_and_files_are_written() {
    if have(&["buf"]) {
        let workspace = workspace();
        workspace.write("buf.yaml", "version: v2\nmodules:\n  - path: proto\n");
        let plugin = "  - local: protoc-gen-secure\n    out: out\n    opt: [no_include, flat_output_dir]\n";
        workspace.write("buf.gen.yaml", &format!("version: v2\nplugins:\n{plugin}"));
        check(workspace.run("buf", ["generate"]), WARNING);
        assert!(workspace.path("out/shop.v1.secure.rs").exists());
    }
}
