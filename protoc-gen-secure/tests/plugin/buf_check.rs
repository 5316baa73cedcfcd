//! The check plugin in real buf, without a network where the machine can cut it off.

use std::fs;
use std::process::Output;

use expect_test::{Expect, expect};

use crate::tools::{Workspace, have};

const CONFIGURATION: &str =
    "version: v2\nmodules:\n  - path: proto\nlint:\n  use: [SECURE]\nbreaking:\n  use: [SECURE]\n";

/// A shop that is committed to git, with the plugin in `buf.yaml`.
fn shop(plugin: &str) -> Workspace {
    let source = "../examples/quickstart/proto/shop/v1/shop.proto";
    let workspace = Workspace::new([("shop/v1/shop.proto", source.into())]).with_schema();
    workspace.write("buf.yaml", &format!("{CONFIGURATION}plugins:\n  - plugin: {plugin}\n"));
    workspace.commit("--all");
    workspace
}

fn edit(workspace: &Workspace, from: &str, to: &str) {
    let path = workspace.path("proto/shop/v1/shop.proto");
    let text = fs::read_to_string(&path).expect("a file");
    assert!(text.contains(from), "{text}");
    fs::write(path, text.replace(from, to)).expect("a file");
}

/// What buf says, and how it ends. `unshare` takes the network away.
fn buf(workspace: &Workspace, arguments: &str) -> String {
    let offline = workspace.run("unshare", ["--map-root-user", "--net", "true"]).status.success();
    let arguments = arguments.split_whitespace();
    let Output { status, stdout, stderr } = match offline {
        true => workspace.run("unshare", ["--map-root-user", "--net", "buf"].into_iter().chain(arguments)),
        false => workspace.run("buf", arguments),
    };
    format!("{}{status}\n", String::from_utf8([stdout, stderr].concat()).expect("text"))
}

#[track_caller]
fn check(workspace: &Workspace, arguments: &str, expected: Expect) {
    expected.assert_eq(&buf(workspace, arguments));
}

#[test]
fn lint_reports_findings_at_their_lines() {
    if !have(&["buf", "unshare"]) {
        return;
    }
    let workspace = shop("[protoc-gen-secure, buf-check]");
    edit(&workspace, ", public_reason: \"Load balancers ask without credentials.\"", "");
    check(
        &workspace,
        "lint",
        expect![[r#"
        exit status: 0
    "#]],
    );
    edit(&workspace, "required_roles: [\"admin\"]", "required_roles: [\"admin\"], denied: true");
    check(
        &workspace,
        "lint",
        expect![[r#"
            proto/shop/v1/shop.proto:31:5:the rule of `Orders.Import` has `required_roles` and `denied`, which contradict each other (keep one: `required_roles` or `denied`) (protoc-gen-secure)
            exit status: 100
        "#]],
    );
}

#[test]
fn breaking_reports_a_widening_with_its_witness_unless_it_is_allowed() {
    if !have(&["buf", "unshare"]) {
        return;
    }
    let workspace = shop("protoc-gen-secure");
    check(
        &workspace,
        "breaking --against .git#ref=HEAD",
        expect![[r#"
            exit status: 0
        "#]],
    );
    edit(&workspace, "[\"admin\"]", "[\"admin\", \"clerk\"]");
    check(
        &workspace,
        "breaking --against .git#ref=HEAD",
        expect![[r#"
            proto/shop/v1/shop.proto:31:5:shop.v1.Orders/Import: a caller with a token and the role clerk may call now and could not before (protoc-gen-secure)
            exit status: 100
        "#]],
    );
    workspace.write("allow", "shop.v1.Orders/Import  # clerks import, too\n");
    let options = "    options:\n      allow: allow\n";
    workspace.write("buf.yaml", &format!("{CONFIGURATION}plugins:\n  - plugin: protoc-gen-secure\n{options}"));
    check(
        &workspace,
        "breaking --against .git#ref=HEAD",
        expect![[r#"
            exit status: 0
        "#]],
    );
}

#[test]
fn files_without_rules_fail_the_comparison() {
    if !have(&["buf", "unshare"]) {
        return;
    }
    let workspace = shop("protoc-gen-secure");
    edit(&workspace, "(secure.v1.method).authenticated = true;", "(secure.v1.method) = {};");
    let answer = buf(&workspace, "breaking --against .git#ref=HEAD");
    assert!(answer.contains("the files have no rules to compare: 1 error in the schema"), "{answer}");
    assert!(!answer.contains("exit status: 0"), "{answer}");
}
