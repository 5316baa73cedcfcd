//! Build scripts, protoc and buf generate the same services, byte for byte.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use protoc_gen_secure::Config;

use crate::tools::{SERVICES, Workspace, files, have, protoc, services};

/// What the build-script door makes.
fn expected(workspace: &Workspace) -> BTreeMap<String, String> {
    let out = workspace.directory("build-script");
    let protos = SERVICES.map(|name| workspace.path("proto").join(name));
    Config::new().out_dir(&out).compile_protos(&protos, &[workspace.path("proto")]).expect("files");
    secured(&out)
}

/// Our files, by name; the build script's names have keywords as prost-build writes them.
fn secured(out: &Path) -> BTreeMap<String, String> {
    let ours = files(out).into_iter().filter(|(name, _)| name.ends_with(".secure.rs"));
    ours.map(|(name, text)| (name.rsplit('/').next().unwrap_or_default().replace("r#", ""), text)).collect()
}

#[track_caller]
fn check(workspace: &Workspace, out: &Path) {
    let (expected, found) = (expected(workspace), secured(out));
    assert_eq!(expected.keys().collect::<Vec<_>>(), found.keys().collect::<Vec<_>>());
    for (name, text) in expected {
        assert_eq!(text, found[&name], "{name}");
    }
}

fn check_protoc(protoc: PathBuf) {
    let workspace = services();
    let out = workspace.directory("out");
    workspace
        .succeed(protoc, ["-I", "proto", "--secure_out=out", "--secure_opt=no_include"].into_iter().chain(SERVICES));
    check(&workspace, &out);
}

fn check_buf(strategy: &str) {
    if !have(&["buf"]) {
        return;
    }
    let workspace = services();
    workspace.write("buf.yaml", "version: v2\nmodules:\n  - path: proto\n");
    let plugin = format!("  - local: protoc-gen-secure\n    out: out\n    opt: no_include\n    strategy: {strategy}\n");
    workspace.write("buf.gen.yaml", &format!("version: v2\nplugins:\n{plugin}"));
    workspace.succeed("buf", ["generate"]);
    check(&workspace, &workspace.path("out"));
}

#[test]
fn current_protoc_generates_the_same_services() {
    check_protoc(protoc());
}

#[test]
fn system_protoc_generates_the_same_services() {
    if have(&["protoc"]) {
        check_protoc("protoc".into());
    }
}

#[test]
fn buf_by_directory_generates_the_same_services() {
    check_buf("directory");
}

#[test]
fn buf_with_all_files_generates_the_same_services() {
    check_buf("all");
}
