//! Runs the code blocks of the README, unchanged, in an empty directory.

use crate::tools::{Workspace, files, have};

const README: &str = include_str!("../../README.md");
const MAIN_README: &str = include_str!("../../../README.md");

/// The code blocks of a language, in order.
fn blocks<'a>(text: &'a str, language: &str) -> Vec<&'a str> {
    let fence = format!("\n```{language}\n");
    text.split(&fence).skip(1).filter_map(|rest| rest.split_once("```")).map(|(block, _)| block).collect()
}

fn workspace() -> Workspace {
    let workspace = Workspace::new::<&str>([]);
    workspace.directory("proto/shop/v1");
    workspace.write("proto/shop/v1/shop.proto", blocks(MAIN_README, "proto")[0]);
    workspace
}

#[track_caller]
fn check(workspace: &Workspace, commands: &str) {
    workspace.succeed("sh", ["-e", "-c", commands]);
    let files = files(&workspace.path("src/gen"));
    assert!(files["shop/v1/shop.v1.rs"].contains(r#"include!("shop.v1.secure.rs");"#));
    assert!(files.contains_key("shop/v1/shop.v1.secure.rs"));
    let include = blocks(README, "rust")[1];
    let path = include.split('"').nth(1).expect("a path");
    assert!(workspace.path("src").join(path).is_file(), "{path}");
}

#[test]
fn the_commands_for_protoc_generate_what_the_readme_includes() {
    if have(&["protoc", "protoc-gen-prost"]) {
        check(&workspace(), blocks(README, "sh")[0]);
    }
}

#[test]
fn the_files_and_commands_for_buf_generate_what_the_readme_includes() {
    if have(&["buf", "protoc-gen-prost"]) {
        let workspace = workspace();
        let [module, generation] = blocks(README, "yaml").try_into().expect("two blocks");
        workspace.write("buf.yaml", module);
        workspace.write("buf.gen.yaml", generation);
        check(&workspace, blocks(README, "sh")[1]);
    }
}

#[test]
fn the_readme_names_every_setting_of_both_entry_points() {
    let (help, config) = (include_str!("../../src/cli/help.txt"), include_str!("../../src/config/mod.rs"));
    let table = README.split("| for |").nth(1).expect("a table").split("\n\n").next().expect("rows");
    for row in table.lines().skip(2) {
        let [parameter, method] = [2, 3].map(|cell| row.split('|').nth(cell).expect("a cell").replace(['`', ' '], ""));
        let key = parameter.split('=').next().expect("a key");
        assert!(help.contains(&format!("    {key}=")), "{key}");
        let function = method.trim_start_matches("Config::").split('(').next().expect("a name").to_owned();
        assert!(config.contains(&format!("pub fn {function}(")), "{function}");
    }
}
