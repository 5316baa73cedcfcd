//! `exclude` and `extern_path` leave services out, with protoc as in a build script.

use std::process::Output;

use expect_test::{Expect, expect};

use crate::tools::{PLUGIN, Workspace, have, protoc};

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
fn missing_rule_of_an_import_is_reported_with_the_exclude_setting() {
    let (succeeds, text) = run(&workspace(), "");
    assert!(!succeeds && text.contains("the parameter `exclude=google.longrunning`"), "{text}");
}

#[test]
fn excluded_or_extern_service_is_not_generated() {
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

#[track_caller]
fn check_command(workspace: &Workspace, arguments: &str, expected: Expect) {
    let Output { status, stdout, stderr } = workspace.run(PLUGIN, arguments.split_whitespace());
    expected.assert_eq(&format!("{}{status}\n", String::from_utf8([stdout, stderr].concat()).expect("text")));
}

/// The service with a rule, and one without: in `.proto` files, in the descriptor set `set`, and in git.
fn with_set() -> Workspace {
    let workspace = workspace();
    let files = ["orders.proto", "operations.proto"];
    let set = ["-I", "proto", "--descriptor_set_out=set", "--include_imports", "--include_source_info"];
    workspace.succeed(protoc(), set.into_iter().chain(files));
    workspace.write("audit.jsonl", "");
    workspace.write("buf.yaml", BUF);
    workspace.commit("proto buf.yaml");
    workspace
}

const BUF: &str = "version: v2\nmodules:\n  - path: proto\nlint:\n  use: [SECURE]\nbreaking:\n  use: [SECURE]\n";

const INPUTS: [&str; 2] = ["proto/orders.proto proto/operations.proto -I proto", "set"];

#[test]
fn every_command_leaves_an_excluded_service_out() {
    let workspace = with_set();
    workspace.succeed(
        protoc(),
        ["-I", "proto", "--secure_out=out", "--secure_opt=no_include,flat_output_dir", "orders.proto"],
    );
    for files in INPUTS {
        let check = files.replace("set", "--descriptor-set set");
        for command in [
            format!("matrix {files}"),
            format!("diff set {files}"),
            format!("diff git:HEAD {}", INPUTS[0]),
            format!("export opa {files}"),
            format!("explain shop.v1.Orders/Get {files}"),
            format!("lint {files}"),
            format!(
                "usage --audit audit.jsonl --manifest {}",
                files.replace(".proto proto/", ".proto --manifest proto/")
            ),
            format!("check --out out --opt no_include,flat_output_dir {check}"),
        ] {
            let run = |command: &str| workspace.run(PLUGIN, command.split_whitespace());
            let text =
                |Output { stdout, stderr, .. }: Output| String::from_utf8([stdout, stderr].concat()).expect("text");
            let found = run(&command);
            let is_failure = !found.status.success();
            assert!(is_failure && text(found).contains("`Operations.Get` has no rule"), "{command}");
            let found = run(&format!("{command} --exclude google.longrunning"));
            let (is_success, found) = (found.status.success(), text(found));
            assert!(is_success, "{command}: {found}");
            let note = "note: `--exclude` leaves out google.longrunning.Operations\n";
            let is_report = !command.starts_with("check") && !command.starts_with("lint");
            assert_eq!(found.contains(note), is_report, "{command}");
            let found = run(&format!("{command} --exclude google.longrunning.Operations --exclude other"));
            assert!(found.status.success(), "{command}: {}", text(found));
        }
    }
}

#[test]
fn a_manifest_is_read_without_an_excluded_service() {
    let workspace = with_set();
    let rule = "option (secure.v1.method).authenticated = true;";
    let operations = format!(
        "syntax = \"proto3\"; package google.longrunning; import \"secure/v1/options.proto\";\n\
        message Operation {{}}\nservice Operations {{ rpc Get(Operation) returns (Operation) {{ {rule} }} }}\n"
    );
    workspace.write("proto/operations.proto", &operations);
    let arguments = ["-I", "proto", "--secure_out=.", "--secure_opt=no_include,manifest_path=policy.json"];
    workspace.succeed(protoc(), arguments.into_iter().chain(["orders.proto", "operations.proto"]));
    check_command(
        &workspace,
        "matrix policy.json --exclude google",
        expect![[r#"
            method              access  clerk  clerks  conditions  declared at       notes
            shop.v1.Orders/Get  roles   yes    yes                 orders.proto:3:1
            protoc-gen-secure: note: `--exclude` leaves out google.longrunning.Operations
            exit status: 0
        "#]],
    );
    check_command(
        &workspace,
        "matrix policy.json --exclude google --exclude shop",
        expect![[r#"
            protoc-gen-secure: note: `--exclude` leaves out google.longrunning.Operations, shop.v1.Orders
            protoc-gen-secure: no service with methods in policy.json
            exit status: 1
        "#]],
    );
}

#[test]
fn an_import_of_rules_changes_no_excluded_service() {
    let workspace = with_set();
    workspace.write("policy.json", r#"{"name": "a", "allow_rules": [{"name": "all", "request": {"paths": ["*"]}}]}"#);
    let command = "import grpc --from policy.json -I proto proto/operations.proto proto/orders.proto";
    let exclude = format!("{command} --exclude google.longrunning");
    check_command(
        &workspace,
        command,
        expect![[r#"
            --- a/proto/operations.proto
            +++ b/proto/operations.proto
            @@ -1,3 +1,6 @@
             syntax = "proto3"; package google.longrunning;
            +import "secure/v1/options.proto";
             message Operation {}
            -service Operations { rpc Get(Operation) returns (Operation); }
            +service Operations { rpc Get(Operation) returns (Operation) {
            +  option (secure.v1.method).public = true;
            +} }
            exit status: 0
        "#]],
    );
    check_command(
        &workspace,
        &exclude,
        expect![[r#"
            exit status: 0
        "#]],
    );
}

#[test]
fn invalid_name_to_exclude_is_refused_by_every_command() {
    let workspace = with_set();
    for command in [
        "matrix set",
        "lint set",
        "check --out out --descriptor-set set",
        "import grpc proto/operations.proto -I proto",
    ] {
        check_command(
            &workspace,
            &format!("{command} --exclude google/longrunning"),
            expect![[r#"
                protoc-gen-secure: `google/longrunning` cannot be excluded: write the full name of a package or a service, such as `google.longrunning`
                exit status: 1
            "#]],
        );
    }
}

#[test]
fn buf_leaves_an_excluded_service_out() {
    if !have(&["buf"]) {
        return;
    }
    let workspace = with_set();
    for (options, succeeds) in [
        ("", false),
        ("    options:\n      exclude: google.longrunning\n", true),
        ("    options:\n      exclude: [google.longrunning, other]\n", true),
    ] {
        workspace.write("buf.yaml", &format!("{BUF}plugins:\n  - plugin: protoc-gen-secure\n{options}"));
        for arguments in ["lint", "breaking --against .git#ref=HEAD"] {
            let output = workspace.run("buf", arguments.split_whitespace());
            assert_eq!(output.status.success(), succeeds, "{options} {arguments}: {output:?}");
        }
    }
}
