//! The same settings leave services out for protoc as for a build script.

use crate::tools::{PLUGIN, Workspace, protoc};

fn workspace() -> Workspace {
    let workspace = Workspace::new::<&str>([]).with_schema();
    let operations = "syntax = \"proto3\"; package google.longrunning;\nmessage Operation {}\n\
        service Operations { rpc Get(Operation) returns (Operation); }\n";
    let orders = "syntax = \"proto3\"; package shop.v1; import \"secure/v1/options.proto\"; import \"operations.proto\";\n\
        service Orders { rpc Get(google.longrunning.Operation) returns (google.longrunning.Operation) {\n\
        option (secure.v1.method).required_roles = \"clerk\"; option (secure.v1.method).required_roles = \"clerks\"; } }\n";
    workspace.write("proto/operations.proto", operations);
    workspace.write("proto/orders.proto", orders);
    workspace.directory("out");
    workspace
}

/// What protoc prints, and whether it succeeds.
fn run(workspace: &Workspace, options: &str) -> (bool, String) {
    let options = format!("--secure_opt=no_include,flat_output_dir,{options}");
    let arguments = ["-I", "proto", "--secure_out=out", &options, "orders.proto", "operations.proto"];
    let output = workspace.run(protoc(), arguments);
    (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn an_imported_service_without_a_rule_is_told_to_be_left_out() {
    let (succeeds, text) = run(&workspace(), "");
    assert!(!succeeds && text.contains("the parameter `exclude=google.longrunning`"), "{text}");
}

#[test]
fn an_excluded_or_extern_service_is_left_out() {
    for options in ["exclude=google.longrunning", "extern_path=.google.longrunning=::longrunning"] {
        let workspace = workspace();
        let (succeeds, text) = run(&workspace, options);
        assert!(succeeds && text.contains("warning[similar-roles]"), "{text}");
        let files = ["shop.v1.secure.rs", "google.longrunning.secure.rs"].map(|name| workspace.path("out").join(name));
        assert_eq!(files.map(|path| path.exists()), [true, false]);
    }
}

#[test]
fn an_allowed_lint_is_not_reported_by_protoc_and_check() {
    let workspace = workspace();
    let options = "exclude=google.longrunning,allow=similar-roles,positions=none";
    let (succeeds, text) = run(&workspace, options);
    assert!(succeeds && text.is_empty(), "{text}");
    let options = format!("no_include,flat_output_dir,{options}");
    let arguments = ["check", "-I", "proto", "--out", "out", "--opt", &options];
    let check = workspace.run(PLUGIN, arguments.into_iter().chain(["proto/orders.proto", "proto/operations.proto"]));
    assert!(check.status.success() && check.stderr.is_empty(), "{check:?}");
}
