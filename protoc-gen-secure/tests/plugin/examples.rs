//! `examples/review` as written: the steps of the workflow, and the hooks in real pre-commit.

use std::fs;
use std::process::Output;

use serde_json::Value;

use crate::tools::{Workspace, have};

/// A shop in a clone of a repository, with the files of the example.
fn shop() -> Workspace {
    let source = "../examples/quickstart/proto/shop/v1/shop.proto";
    let workspace = Workspace::new([("shop/v1/shop.proto", source.into())]);
    for (name, to) in [
        ("policy-allowed.txt", "policy-allowed.txt"),
        ("pre-commit-config.yaml", ".pre-commit-config.yaml"),
        ("policy.yml", "policy.yml"),
    ] {
        fs::copy(format!("../examples/review/{name}"), workspace.path(to)).expect("a copy");
    }
    workspace.commit("--all");
    workspace.git("update-ref refs/remotes/origin/main HEAD");
    workspace
}

fn widen(workspace: &Workspace) {
    let path = workspace.path("proto/shop/v1/shop.proto");
    let text = fs::read_to_string(&path).expect("a file");
    fs::write(path, text.replace("[\"admin\"]", "[\"admin\", \"clerk\"]")).expect("a file");
}

/// Runs every step of the workflow but the installation: its name, how it ends, and what it prints.
fn run_workflow(workspace: &Workspace) -> Vec<(String, bool, String)> {
    let text = fs::read_to_string(workspace.path("policy.yml")).expect("a file");
    let workflow: Value = serde_saphyr::from_str(&text).expect("YAML");
    let steps = workflow["jobs"]["policy"]["steps"].as_array().expect("steps").clone();
    let runs = steps.iter().filter_map(|step| Some((step["name"].as_str()?, step["run"].as_str()?)));
    let runs = runs.filter(|(name, _)| *name != "install").map(|(name, script)| {
        let script = format!("set -e\nexport GITHUB_BASE_REF=main GITHUB_STEP_SUMMARY=summary.md\n{script}");
        let Output { status, stdout, stderr } = workspace.run("bash", ["-c", &script]);
        (name.to_owned(), status.success(), String::from_utf8([stdout, stderr].concat()).expect("text"))
    });
    runs.collect()
}

#[test]
fn workflow_passes_without_a_change_and_annotates_a_widening() {
    let workspace = shop();
    let steps = run_workflow(&workspace);
    assert_eq!(steps.len(), 4, "{steps:?}");
    assert!(steps.iter().all(|(_, succeeds, _)| *succeeds), "{steps:?}");
    widen(&workspace);
    let steps = run_workflow(&workspace);
    let failed = steps.iter().filter(|(_, succeeds, _)| !succeeds).collect::<Vec<_>>();
    let [(name, _, printed)] = failed.as_slice() else { panic!("{steps:?}") };
    assert_eq!(name, "widened access");
    let readme = fs::read_to_string("../examples/review/README.md").expect("a file");
    assert!(printed.starts_with("::error ") && readme.contains(printed.trim_end()), "{printed}");
    assert!(fs::read_to_string(workspace.path("summary.md")).expect("a summary").contains("### 1 widened"));
    assert!(fs::read_to_string(workspace.path("policy.html")).expect("a page").contains("shop.v1.Orders"));
}

#[test]
fn hooks_pass_without_a_change_and_refuse_a_widening() {
    if !have(&["pre-commit"]) {
        return;
    }
    let workspace = shop();
    let run = || workspace.run("pre-commit", ["run", "--all-files"]);
    assert!(run().status.success(), "{:?}", run());
    widen(&workspace);
    let Output { status, stdout, .. } = run();
    let printed = String::from_utf8(stdout).expect("text");
    assert!(!status.success() && printed.contains("error[no-widening]: shop.v1.Orders/Import"), "{printed}");
}
