//! The commands of the binary.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use expect_test::{Expect, expect};
use protoc_gen_secure::Config;

use crate::tools::{PLUGIN, Workspace, protoc};

/// A generated shop, and the set it was generated from.
fn generated() -> Workspace {
    let workspace = Workspace::new([("shop/v1/shop.proto", "../examples/quickstart/proto/shop/v1/shop.proto".into())]);
    let workspace = workspace.with_schema();
    workspace.directory("gen");
    let outs = ["--secure_out=gen", "--secure_opt=no_include", "--descriptor_set_out=set", "--include_imports"];
    let arguments = ["-I", "proto", "--include_source_info", "shop/v1/shop.proto"];
    workspace.succeed(protoc(), outs.into_iter().chain(arguments));
    workspace
}

/// Everything a command prints, and how it ends.
#[track_caller]
fn check(workspace: &Workspace, arguments: &str, expected: Expect) {
    let Output { status, stdout, stderr } = workspace.run(PLUGIN, arguments.split_whitespace());
    let printed = String::from_utf8([stdout, stderr].concat()).expect("text");
    expected.assert_eq(&format!("{printed}{status}\n"));
}

fn empty() -> Workspace {
    Workspace::new::<&str>([])
}

#[test]
fn the_version_is_one_line() {
    let output = Command::new(PLUGIN).arg("--version").output().expect("an output");
    assert_eq!(String::from_utf8_lossy(&output.stdout), concat!("protoc-gen-secure ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn without_arguments_and_request_usage_is_printed() {
    let help = protoc_gen_secure::cli::run(Vec::new()).expect("a help").text;
    assert_eq!(help.as_bytes(), Command::new(PLUGIN).arg("--help").output().expect("an output").stdout);
    assert!(help.contains("it reads a request from stdin"));
}

#[test]
fn a_broken_request_is_a_failure() {
    let output = Command::new(PLUGIN).stdin(fs::File::open(PLUGIN).expect("no request")).output().expect("an output");
    assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0));
    assert!(output.stderr.starts_with(b"protoc-gen-secure: broken request: "), "{output:?}");
    let nothing = Command::new(PLUGIN).stdin(Stdio::null()).output().expect("an output");
    assert!(nothing.status.success() && nothing.stderr.is_empty(), "{nothing:?}");
}

#[test]
fn unknown_arguments_are_named() {
    check(
        &empty(),
        "chekc",
        expect![[r#"
            protoc-gen-secure: unexpected argument "chekc"; `protoc-gen-secure --help` lists the arguments
            exit status: 1
        "#]],
    );
    check(
        &empty(),
        "print-proto",
        expect![[r#"
            protoc-gen-secure: missing argument; `protoc-gen-secure --help` lists the arguments
            exit status: 1
        "#]],
    );
    check(
        &empty(),
        "check --out gen",
        expect![[r#"
            protoc-gen-secure: missing files: give .proto files or '--descriptor-set'; `protoc-gen-secure --help` lists the arguments
            exit status: 1
        "#]],
    );
    check(
        &empty(),
        "check a.proto",
        expect![[r#"
            protoc-gen-secure: missing option '--out' or '--manifest'; `protoc-gen-secure --help` lists the arguments
            exit status: 1
        "#]],
    );
}

#[test]
fn the_schema_is_written_once_and_never_over_another() {
    let workspace = empty();
    check(
        &workspace,
        "print-proto proto",
        expect![[r#"
        proto/secure/v1/options.proto
        exit status: 0
    "#]],
    );
    check(
        &workspace,
        "print-proto proto",
        expect![[r#"
        proto/secure/v1/options.proto
        exit status: 0
    "#]],
    );
    let schema = include_str!("../../proto/secure/v1/options.proto");
    assert_eq!(fs::read_to_string(workspace.path("proto/secure/v1/options.proto")).expect("a file"), schema);
    workspace.write("proto/secure/v1/options.proto", "mine");
    check(
        &workspace,
        "print-proto proto",
        expect![[r#"
            protoc-gen-secure: proto/secure/v1/options.proto differs from the schema of this protoc-gen-secure; delete it, and it is written again
            exit status: 1
        "#]],
    );
}

#[test]
fn files_with_windows_line_ends_are_up_to_date() {
    let workspace = generated();
    let config = Config::new().out_dir(workspace.directory("out")).manifest_path(workspace.path("policy.json"));
    let proto = workspace.path("proto");
    config.compile_protos(&[proto.join("shop/v1/shop.proto")], &[&proto]).expect("files");
    for name in ["gen/shop/v1/shop.v1.secure.rs", "policy.json", "proto/secure/v1/options.proto"] {
        let text = fs::read_to_string(workspace.path(name)).expect(name);
        workspace.write(name, &text.replace('\n', "\r\n"));
    }
    check(
        &workspace,
        "check --out gen --manifest policy.json --opt no_include -I proto shop/v1/shop.proto",
        expect![[r#"
            gen is up to date
            policy.json is up to date
            exit status: 0
        "#]],
    );
    check(
        &workspace,
        "print-proto proto",
        expect![[r#"
        proto/secure/v1/options.proto
        exit status: 0
    "#]],
    );
}

#[test]
fn generated_files_that_are_up_to_date_pass_the_check() {
    let workspace = generated();
    let protos = "check --out gen --opt no_include -I proto shop/v1/shop.proto";
    check(
        &workspace,
        protos,
        expect![[r#"
        gen is up to date
        exit status: 0
    "#]],
    );
    check(
        &workspace,
        "check --out gen --opt no_include --descriptor-set set",
        expect![[r#"
        gen is up to date
        exit status: 0
    "#]],
    );
    check(
        &workspace,
        "check --out gen --opt no_include --descriptor-set set shop/v1/shop.proto",
        expect![[r#"
        gen is up to date
        exit status: 0
    "#]],
    );
}

#[test]
fn manifest_that_is_no_longer_written_is_reported() {
    let workspace = generated();
    let manifest = "{\n  \"services\": {}\n}\n";
    workspace.write("gen/shop/v1/shop.v1.secure.json", manifest);
    workspace.write("gen/mine.secure.json", "{}");
    check(
        &workspace,
        "check --out gen --opt no_include --descriptor-set set shop/v1/shop.proto",
        expect![[r#"
        protoc-gen-secure: generated files are out of date:
          gen/shop/v1/shop.v1.secure.json is left over
        generate again with the same parameters, delete what is left over, and commit the files
        exit status: 1
    "#]],
    );
}

#[test]
fn outdated_missing_and_extra_files_are_named() {
    let workspace = generated();
    fs::copy(workspace.path("gen/shop/v1/shop.v1.secure.rs"), workspace.path("gen/carts.v1.secure.rs"))
        .expect("a copy");
    workspace.write("gen/mine.secure.rs", "mine");
    check(
        &workspace,
        "check --out gen --descriptor-set set",
        expect![[r#"
        protoc-gen-secure: generated files are out of date:
          gen/shop/v1/shop.v1.rs is missing
          gen/carts.v1.secure.rs is left over
        generate again with the same parameters, delete what is left over, and commit the files
        exit status: 1
    "#]],
    );
    check(
        &workspace,
        "check --out gen --descriptor-set set --opt no_include --opt flat_output_dir",
        expect![[r#"
        protoc-gen-secure: generated files are out of date:
          gen/shop.v1.secure.rs is missing
          gen/carts.v1.secure.rs is left over
          gen/shop/v1/shop.v1.secure.rs is left over
        generate again with the same parameters, delete what is left over, and commit the files
        exit status: 1
    "#]],
    );
    let proto = fs::read_to_string(workspace.path("proto/shop/v1/shop.proto")).expect("a file");
    workspace.write("proto/shop/v1/shop.proto", &proto.replace("\"clerk\"", "\"intern\""));
    check(
        &workspace,
        "check --out gen --opt no_include -I proto proto/shop/v1/shop.proto",
        expect![[r#"
        protoc-gen-secure: generated files are out of date:
          gen/shop/v1/shop.v1.secure.rs differs
          gen/carts.v1.secure.rs is left over
        generate again with the same parameters, delete what is left over, and commit the files
        exit status: 1
    "#]],
    );
}

#[test]
fn generated_file_that_is_not_utf_8_is_named() {
    let workspace = generated();
    let file = "gen/shop/v1/shop.v1.secure.rs";
    fs::write(workspace.path(file), [0xff]).expect("a file");
    let Output { stderr, .. } = workspace.run(PLUGIN, "check --out gen --descriptor-set set".split(' '));
    assert!(String::from_utf8_lossy(&stderr).contains(&format!("  {file} is not UTF-8\n")), "{stderr:?}");
}

#[test]
fn check_without_files_fails() {
    let workspace = generated();
    check(
        &workspace,
        "check --out gen -I proto secure/v1/options.proto",
        expect![[r#"
        protoc-gen-secure: nothing to check: no file has a service
        exit status: 1
    "#]],
    );
    check(
        &workspace,
        "check --out gen --opt foo --descriptor-set set",
        expect![[r#"
            protoc-gen-secure: unknown parameter `foo`; known are `allow`, `client`, `compile_well_known_types`, `default_package_filename`, `exclude`, `extern_path`, `flat_output_dir`, `manifest`, `manifest_path`, `no_include`, `no_server`, `positions`, `strict_public`
            exit status: 1
        "#]],
    );
    workspace.succeed(protoc(), ["-I", "proto", "--include_imports", "-o", "bare", "shop/v1/shop.proto"]);
    check(
        &workspace,
        "check --out gen --descriptor-set bare",
        expect![[r#"
            protoc-gen-secure: bare has no source positions; make it with `protoc --include_imports --include_source_info` or `buf build`
            exit status: 1
        "#]],
    );
}

#[test]
fn output_of_a_build_script_is_checked_as_flat() {
    let workspace = generated();
    let out = workspace.directory("flat");
    let proto = workspace.path("proto/shop/v1/shop.proto");
    let config = Config::new().out_dir(&out);
    config.compile_protos(&[proto.as_path()], &[Path::new(&workspace.path("proto"))]).expect("files");
    check(
        &workspace,
        "check --out flat --opt flat_output_dir -I proto shop/v1/shop.proto",
        expect![[r#"
        flat is up to date
        exit status: 0
    "#]],
    );
}

#[test]
fn the_manifest_of_a_build_script_is_compared() {
    let workspace = generated();
    let config = Config::new().out_dir(workspace.directory("out")).manifest_path(workspace.path("policy.json"));
    let proto = workspace.path("proto");
    config.compile_protos(&[proto.join("shop/v1/shop.proto")], &[proto]).expect("files");
    let command = "check --manifest policy.json -I proto proto/shop/v1/shop.proto";
    check(
        &workspace,
        command,
        expect![[r#"
        policy.json is up to date
        exit status: 0
    "#]],
    );
    check(
        &workspace,
        "check --out gen --opt no_include --manifest policy.json --descriptor-set set shop/v1/shop.proto",
        expect![[r#"
        gen is up to date
        policy.json is up to date
        exit status: 0
    "#]],
    );
    let text = fs::read_to_string(workspace.path("policy.json")).expect("a file");
    workspace.write("policy.json", &text.replace("\"clerk\"", "\"intern\""));
    check(
        &workspace,
        command,
        expect![[r#"
        protoc-gen-secure: generated files are out of date:
          policy.json is broken: the rules of `shop.v1.Orders` do not have the digest that stands beside them; write the manifest again
        generate again with the same parameters, delete what is left over, and commit the files
        exit status: 1
    "#]],
    );
    let path = workspace.path("proto/shop/v1/shop.proto");
    let proto = fs::read_to_string(path).expect("a file");
    workspace.write("policy.json", &text);
    workspace.write("proto/shop/v1/shop.proto", &proto.replace("\"clerk\"", "\"intern\""));
    check(
        &workspace,
        command,
        expect![[r#"
        protoc-gen-secure: generated files are out of date:
          policy.json differs
        generate again with the same parameters, delete what is left over, and commit the files
        exit status: 1
    "#]],
    );
    fs::remove_file(workspace.path("policy.json")).expect("a file");
    check(
        &workspace,
        command,
        expect![[r#"
        protoc-gen-secure: generated files are out of date:
          policy.json is missing
        generate again with the same parameters, delete what is left over, and commit the files
        exit status: 1
    "#]],
    );
}

#[test]
fn protoc_writes_the_manifest_that_a_build_script_writes() {
    let workspace = generated();
    let config = Config::new().out_dir(workspace.directory("out")).manifest_path(workspace.path("policy.json"));
    let proto = workspace.path("proto");
    config.compile_protos(&[proto.join("shop/v1/shop.proto")], &[proto]).expect("files");
    let options = ["-I", "proto", "--secure_out=gen", "--secure_opt=no_include,manifest_path=review/policy.json"];
    workspace.succeed(protoc(), options.into_iter().chain(["shop/v1/shop.proto"]));
    let [one, other] = ["policy.json", "gen/review/policy.json"].map(|path| fs::read_to_string(workspace.path(path)));
    assert_eq!(one.expect("a file"), other.expect("a file"));
}
