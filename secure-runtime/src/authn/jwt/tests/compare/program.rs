//! A verifier in another language.

use std::env;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::json;

use super::super::ISSUER;
use super::Corpus;

/// A program in `tests/oracles`, if it is installed: `part` is what starts it.
pub(super) fn installed(part: &str) -> Option<PathBuf> {
    let path = target().join("oracles").join(part);
    if path.exists() {
        return Some(path);
    }
    skip(part);
    None
}

/// The folder of this test's binary is `<target>/<profile>/deps`.
fn target() -> PathBuf {
    env::current_exe().unwrap().ancestors().nth(3).unwrap().into()
}

/// Says so past the test runner, which shows nothing of a test that passes.
fn skip(part: &str) {
    assert!(env::var_os("CI").is_none(), "`tests/oracles/install` did not install {part}");
    writeln!(io::stderr(), "skipped: `tests/oracles/install` installs {part}").unwrap();
}

/// Where the programs are written.
pub(super) fn source(script: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/oracles").join(script)
}

/// Whether the program accepts each token. It reads all of its input before it answers.
pub(super) fn accepts(command: &mut Command, corpus: &Corpus) -> Vec<bool> {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input(corpus).as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{command:?}");
    String::from_utf8(output.stdout).unwrap().lines().map(|line| line == "null").collect()
}

fn input(corpus: &Corpus) -> String {
    let algorithms: Vec<_> = corpus.algorithms.iter().map(|algorithm| algorithm.as_str()).collect();
    let settings = json!({
        "issuer": ISSUER.name(), "audience": "orders", "leeway": 30, "algorithms": algorithms, "jwks": corpus.jwks,
    });
    let lines = [settings].into_iter().chain(corpus.tokens().map(|(.., token)| json!(token)));
    lines.map(|line| format!("{line}\n")).collect()
}
