//! Finds and runs external programs.

use std::env;
use std::path::PathBuf;
use std::process::Command;

/// A file that `tests/kubernetes/install` made. `None` if it is not there, which is a failure in CI.
pub(crate) fn installed(name: &str) -> Option<PathBuf> {
    let target = env::current_exe().unwrap().ancestors().nth(3).unwrap().to_owned();
    found(
        name,
        "run `tests/kubernetes/install`",
        Some(target.join("kubernetes").join(name)).filter(|path| path.exists()),
    )
}

/// A program on the path.
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    let runs = Command::new(name).arg("--version").output().is_ok();
    found(name, "install its package", runs.then(|| name.into()))
}

fn found(name: &str, help: &str, path: Option<PathBuf>) -> Option<PathBuf> {
    if path.is_none() {
        assert!(env::var_os("CI").is_none_or(|ci| ci.is_empty()), "{name} is missing: {help}");
        println!("skipped: {name} is missing: {help}");
    }
    path
}
