//! Programs that must not compile. The expected messages are those of stable Rust 1.95.

mod messages;

use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use expect_test::expect_file;
use serde_json::Value;

/// The crates that the programs use.
const CRATES: [&str; 7] = ["axum", "http", "secure_runtime", "secure_tests", "tonic", "tonic_health", "tonic_prost"];

#[test]
fn mistakes_do_not_compile() {
    let libraries = libraries();
    let programs = programs();
    assert!(programs.len() > 30, "{programs:?}");
    let mut wrong = Vec::new();
    // A few at once, because each takes a processor and much memory.
    for some in programs.chunks(4) {
        let compilers: Vec<_> = some.iter().map(|program| (program, compiler(program, &libraries))).collect();
        for (program, compiler) in compilers {
            let output = compiler.wait_with_output().unwrap();
            let shown = messages::stable(&String::from_utf8(output.stderr).unwrap());
            let expected = root().join(program).with_extension("stderr");
            let is_expected = catch_unwind(|| expect_file![expected].assert_eq(&shown)).is_ok();
            if output.status.success() || !is_expected {
                wrong.push(program);
            }
        }
    }
    assert!(wrong.is_empty(), "compiled, or refused with another message: {wrong:?}");
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// Their paths from the root, as in messages.
fn programs() -> Vec<PathBuf> {
    let files = fs::read_dir("ui/mistakes").unwrap().map(|entry| entry.unwrap().file_name());
    let mut programs: Vec<_> = files.map(|name| Path::new("tests/ui/mistakes").join(name)).collect();
    programs.retain(|path| path.extension().is_some_and(|extension| extension == "rs"));
    programs.sort();
    programs
}

/// The compiler, at work on a program. Nothing else is built: the libraries are those of the tests.
fn compiler(program: &Path, libraries: &[String]) -> Child {
    let rustc = Path::new(env!("CARGO")).with_file_name("rustc");
    Command::new(rustc)
        .args(["--edition=2024", "--emit=metadata", "--color=never", "--diagnostic-width=140", "--verbose"])
        .args(["-A", "dead_code", "--out-dir", env!("CARGO_TARGET_TMPDIR")])
        .args(libraries)
        .arg(program)
        .current_dir(root())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Arguments that name the libraries. All crates of the workspace are built, so that each has the features it has in the tests.
/// `--examples` is for the features of dev-dependencies.
fn libraries() -> Vec<String> {
    let build = ["build", "--quiet", "--workspace", "--lib", "--examples", "--message-format=json"];
    let built = Command::new(env!("CARGO")).args(build).current_dir(root()).output().unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let built = String::from_utf8(built.stdout).unwrap();
    let artifacts = built.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let mut arguments = Vec::new();
    for artifact in artifacts {
        let Some(name) = artifact["target"]["name"].as_str().filter(|name| CRATES.contains(name)) else { continue };
        let files = artifact["filenames"].as_array().into_iter().flatten().filter_map(Value::as_str);
        for file in files.filter(|file| file.ends_with(".rmeta")) {
            let directory = Path::new(file).parent().unwrap().display();
            arguments.extend([format!("--extern={name}={file}"), format!("-Ldependency={directory}")]);
        }
    }
    arguments
}
