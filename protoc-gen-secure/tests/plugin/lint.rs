//! `lint`: findings over files, and corrections of them.

use std::fs;
use std::process::Output;

use expect_test::{Expect, expect};

use crate::tools::{PLUGIN, Workspace, protoc};

fn workspace(text: &str) -> Workspace {
    let workspace = Workspace::new::<&str>([]);
    workspace.directory("proto");
    workspace.write("proto/orders.proto", text);
    workspace
}

#[track_caller]
fn check(workspace: &Workspace, arguments: &str, expected: Expect) {
    let Output { status, stdout, stderr } = workspace.run(PLUGIN, arguments.split_whitespace());
    expected.assert_eq(&format!("{}{status}\n", String::from_utf8([stdout, stderr].concat()).expect("text")));
}

const SILENT: &str = r#"syntax = "proto3"; // the newest

package shop.v1;

message Order {}

// Orders of the shop.
service Orders { // all of them
  rpc Get(Order) returns (Order);
  rpc Ping(Order) returns (Order) {
    option (secure.v1.method).public = true; // for load balancers
  }
}
"#;

const IMPORT: &str = "import \"secure/v1/options.proto\";";

/// protobuf allows any character but a line break in a string.
#[test]
fn finding_about_a_control_character_shows_its_escape() {
    let rule = "option (secure.v1.method).authenticated = \"\u{1b}[2J\u{202e}x\";";
    let text = SILENT.replace("Get(Order) returns (Order);", &format!("Get(Order) returns (Order) {{ {rule} }}"));
    let workspace = workspace(&text.replace("package shop.v1;", &format!("package shop.v1;\n{IMPORT}")));
    for format in ["github", "json", "sarif", "text"] {
        let Output { stdout, stderr, .. } = workspace.run(PLUGIN, ["lint", "proto", "--format", format]);
        let text = String::from_utf8([stdout, stderr].concat()).expect("text");
        assert!(
            text.contains("is not a value of `authenticated`") && !text.contains(['\u{1b}', '\u{202e}']),
            "{text:?}"
        );
    }
}

#[test]
fn findings_have_every_format() {
    let workspace = workspace(&SILENT.replace("package shop.v1;", &format!("package shop.v1;\n{IMPORT}")));
    check(
        &workspace,
        "lint proto",
        expect![[r#"
        proto/orders.proto:10:3: error[missing-rule]: `Orders.Get` has no rule
          help: add `option (secure.v1.method) = { required_roles: ["..."] };` to the method; other rules are `{ authenticated: true }`, `{ public: true }` and `{ denied: true }`
        exit status: 1
    "#]],
    );
    check(
        &workspace,
        "lint --format github proto",
        expect![[r#"
        ::error file=proto/orders.proto,line=10,col=3,title=missing-rule::`Orders.Get` has no rule (add `option (secure.v1.method) = { required_roles: ["..."] };` to the method; other rules are `{ authenticated: true }`, `{ public: true }` and `{ denied: true }`)
        exit status: 1
    "#]],
    );
    check(
        &workspace,
        "lint --format json proto/orders.proto -I proto",
        expect![[r#"
        [
          {
            "at": "proto/orders.proto:10:3",
            "help": "add `option (secure.v1.method) = { required_roles: [\"...\"] };` to the method; other rules are `{ authenticated: true }`, `{ public: true }` and `{ denied: true }`",
            "lint": "missing-rule",
            "message": "`Orders.Get` has no rule",
            "severity": "error"
          }
        ]
        exit status: 1
    "#]],
    );
    check(
        &workspace,
        "lint --format sarif proto",
        expect![[r#"
            {
              "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
              "runs": [
                {
                  "results": [
                    {
                      "level": "error",
                      "locations": [
                        {
                          "physicalLocation": {
                            "artifactLocation": {
                              "uri": "proto/orders.proto"
                            },
                            "region": {
                              "startColumn": 3,
                              "startLine": 10
                            }
                          }
                        }
                      ],
                      "message": {
                        "text": "`Orders.Get` has no rule (add `option (secure.v1.method) = { required_roles: [\"...\"] };` to the method; other rules are `{ authenticated: true }`, `{ public: true }` and `{ denied: true }`)"
                      },
                      "ruleId": "missing-rule"
                    }
                  ],
                  "tool": {
                    "driver": {
                      "name": "protoc-gen-secure",
                      "rules": [
                        {
                          "help": {
                            "text": "A method has no rule, and its service has no default. A method without a rule is never generated, so nothing is\nopen by accident. Add `option (secure.v1.method) = { required_roles: [\"...\"] };` or another rule to the method,\nor give its service a `default`."
                          },
                          "id": "missing-rule",
                          "shortDescription": {
                            "text": "A method has no rule, and its service has no default."
                          }
                        }
                      ],
                      "version": "0.1.0"
                    }
                  }
                }
              ],
              "version": "2.1.0"
            }
            exit status: 1
        "#]],
    );
}

#[test]
fn warning_ends_with_status_0_and_with_strict_public_with_1() {
    let text = SILENT.replace("package shop.v1;", &format!("package shop.v1;\n{IMPORT}"));
    let workspace = workspace(&text.replace("  rpc Get(Order) returns (Order);\n", ""));
    check(
        &workspace,
        "lint proto",
        expect![[r#"
        proto/orders.proto:11:5: warning[missing-public-reason]: `Orders.Ping` is public without a reason
          help: add `public_reason: "..."` to the rule: why anyone may call, for the people who review it
        exit status: 0
    "#]],
    );
    check(
        &workspace,
        "lint --strict-public proto",
        expect![[r#"
        proto/orders.proto:11:5: error[missing-public-reason]: `Orders.Ping` is public without a reason
          help: add `public_reason: "..."` to the rule: why anyone may call, for the people who review it
        exit status: 1
    "#]],
    );
}

#[test]
fn mistyped_option_is_a_finding() {
    let text = SILENT.replace("package shop.v1;", &format!("package shop.v1;\n{IMPORT}"));
    check(
        &workspace(&text.replace(".public", ".pubic")),
        "lint proto",
        expect![[r#"
            proto/orders.proto:12:31: error[invalid-option]: `pubic` is not a field of `secure.v1.MethodRule`
              help: did you mean `public`? the fields are `public`, `authenticated`, `required_roles`, `denied`, `required_scopes`, `required_credentials`, `peers`, `tenant`, `owner`, `delegation`, `ignore_credentials`, `public_reason`, `description`, `rate_class`, `audit`
            exit status: 1
        "#]],
    );
}

#[test]
fn descriptor_set_is_read() {
    let workspace =
        workspace(&SILENT.replace("package shop.v1;", &format!("package shop.v1;\n{IMPORT}"))).with_schema();
    let set = ["--descriptor_set_out=set", "--include_imports", "--include_source_info"];
    workspace.succeed(protoc(), ["-I", "proto", "orders.proto"].into_iter().chain(set));
    let of = |arguments: &[&str]| workspace.run(PLUGIN, arguments).stdout;
    assert_eq!(
        of(&["lint", "set"]),
        String::from_utf8(of(&["lint", "proto"])).expect("text").replace("proto/", "").into_bytes()
    );
}

#[test]
fn fix_adds_the_import_and_a_default_that_denies_and_nothing_else() {
    let workspace = workspace(SILENT);
    check(
        &workspace,
        "lint --fix proto",
        expect![[r#"
        proto/orders.proto:13:5: warning[missing-public-reason]: `Orders.Ping` is public without a reason
          help: add `public_reason: "..."` to the rule: why anyone may call, for the people who review it
        exit status: 0
    "#]],
    );
    let fixed = fs::read_to_string(workspace.path("proto/orders.proto")).expect("a file");
    let expected = SILENT
        .replace("package shop.v1;", &format!("package shop.v1;\n{IMPORT}"))
        .replace("// all of them\n", "// all of them\n  option (secure.v1.service).default = { denied: true };\n");
    assert_eq!(fixed, expected);
    check(
        &workspace,
        "lint --fix proto",
        expect![[r#"
        proto/orders.proto:13:5: warning[missing-public-reason]: `Orders.Ping` is public without a reason
          help: add `public_reason: "..."` to the rule: why anyone may call, for the people who review it
        exit status: 0
    "#]],
    );
    assert_eq!(fs::read_to_string(workspace.path("proto/orders.proto")).expect("a file"), fixed);
}

/// A file whose service has a vocabulary already.
fn with_roles(name: &str) -> String {
    let service = format!("service Orders {{\n  option ({name}) = {{ roles: \"shop.v1.Role\" }};");
    let roles = "enum Role { option (secure.v1.roles) = {}; NONE = 0; CLERK = 1; }";
    let text = SILENT.replace("package shop.v1;", &format!("package shop.v1;\n{IMPORT}\n{roles}"));
    text.replace("service Orders { // all of them", &service)
}

#[test]
fn fix_adds_the_default_to_settings_that_a_service_has() {
    let workspace = workspace(&with_roles("secure.v1.service"));
    for _ in 0..2 {
        workspace.succeed(PLUGIN, ["lint", "--fix", "proto"]);
        let fixed = fs::read_to_string(workspace.path("proto/orders.proto")).expect("a file");
        let expected = with_roles("secure.v1.service").replace("{ roles", "{ default: { denied: true } roles");
        assert_eq!(fixed, expected);
    }
}

#[test]
fn fix_names_a_file_that_would_not_compile_and_fixes_the_others() {
    let text = with_roles("secure . v1 . service");
    let workspace = workspace(&text);
    workspace.write("proto/other.proto", &SILENT.replace("shop.v1", "other.v1"));
    check(
        &workspace,
        "lint --fix proto",
        expect![[r#"
        proto/orders.proto:12:3: error[missing-rule]: `Orders.Get` has no rule
          help: add `option (secure.v1.method) = { required_roles: ["..."] };` to the method; other rules are `{ authenticated: true }`, `{ public: true }` and `{ denied: true }`
        protoc-gen-secure: note: `--fix` leaves proto/orders.proto as it is, because it would not compile
        exit status: 1
    "#]],
    );
    assert_eq!(fs::read_to_string(workspace.path("proto/orders.proto")).expect("a file"), text);
    let other = fs::read_to_string(workspace.path("proto/other.proto")).expect("a file");
    assert!(other.contains("option (secure.v1.service).default = { denied: true };"), "{other}");
}

#[test]
fn fix_reads_proto_files_only() {
    let text = SILENT.replace("package shop.v1;", &format!("package shop.v1;\n{IMPORT}"));
    let workspace = workspace(&text).with_schema();
    let set = ["--descriptor_set_out=set", "--include_imports", "--include_source_info"];
    workspace.succeed(protoc(), ["-I", "proto", "orders.proto"].into_iter().chain(set));
    workspace.write("orders.proto", &text);
    check(
        &workspace,
        "lint --fix set",
        expect![[r#"
        protoc-gen-secure: `--fix` changes .proto files; name them or their directories
        exit status: 1
    "#]],
    );
    workspace.run(PLUGIN, ["lint", "--fix", "set", "proto/secure/v1/options.proto"]);
    assert_eq!(fs::read_to_string(workspace.path("orders.proto")).expect("a file"), text);
}

#[test]
fn lint_without_schemas_is_refused() {
    let workspace = workspace(SILENT);
    workspace.write("policy.json", "{}");
    check(
        &workspace,
        "lint",
        expect![[r#"
        protoc-gen-secure: missing files: give .proto files, directories, descriptor sets or images; `protoc-gen-secure --help` lists the arguments
        exit status: 1
    "#]],
    );
    check(
        &workspace,
        "lint policy.json",
        expect![[r#"
        protoc-gen-secure: there are no .proto files, descriptor sets or images
        exit status: 1
    "#]],
    );
}
