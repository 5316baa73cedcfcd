//! The examples: their usage, their output as shown in the README, and their shutdown.

use std::env;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::LazyLock;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// The program of an example. All are built at once, from the libraries of the tests: `--examples` brings the features of
/// dev-dependencies.
fn program(name: &str) -> PathBuf {
    static BUILT: LazyLock<()> = LazyLock::new(|| {
        let build = ["build", "--quiet", "--workspace", "--bins", "--examples"];
        let built = Command::new(env!("CARGO")).args(build).current_dir("..").output();
        assert!(built.as_ref().is_ok_and(|built| built.status.success()), "{built:?}");
    });
    LazyLock::force(&BUILT);
    // This test is `target/debug/deps/examples-...`.
    let tests = env::current_exe().unwrap();
    tests.ancestors().nth(2).unwrap().join(name)
}

/// Build scripts that always run would compile their crates at every build.
#[test]
fn build_without_a_change_compiles_nothing() {
    program("quickstart");
    let build = ["build", "--workspace", "--bins", "--examples", "--message-format=json"];
    let built = Command::new(env!("CARGO")).args(build).current_dir("..").output().unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let artifacts = String::from_utf8(built.stdout).unwrap();
    let again = artifacts.lines().filter(|line| line.contains(r#""fresh":false"#)).collect::<Vec<_>>();
    assert!(artifacts.contains(r#""fresh":true"#) && again.is_empty(), "{again:?}");
}

const EXAMPLES: [&str; 3] = ["mtls", "quickstart", "web"];

#[test]
fn every_example_prints_its_usage() {
    for name in EXAMPLES {
        let ran = Command::new(program(name)).arg("--help").output().unwrap();
        assert!(ran.status.success(), "{name}: {ran:?}");
        assert!(String::from_utf8(ran.stdout).unwrap().contains(name), "{name}");
    }
}

#[test]
fn mtls_example_prints_what_its_readme_shows() {
    let readme = include_str!("../../examples/mtls/README.md");
    let expected = readme.split("```text\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let ran = Command::new(program("mtls")).output().unwrap();
    let shown = String::from_utf8(ran.stdout).unwrap();
    let trimmed = |text: &str| text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
    assert_eq!(trimmed(&shown), trimmed(expected));
    assert!(ran.status.success());
}

#[test]
fn every_example_stops_at_sigterm_and_at_sigint() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().to_str().unwrap();
    let issued = Command::new(program("quickstart")).args(["issue", "--out", path]).output().unwrap();
    assert!(issued.status.success(), "{issued:?}");
    let commands: [(&str, &[&str]); 3] = [
        ("mtls", &["serve", "--tls", path, "--addr", "127.0.0.1:0"]),
        ("quickstart", &["serve", "--addr", "127.0.0.1:0", "--out", path]),
        ("web", &[path, "127.0.0.1:0", "http://localhost:8000"]),
    ];
    for (name, arguments) in commands {
        let program = program(name);
        for signal in ["TERM", "INT"] {
            let mut example = start(&program, arguments);
            let sent = Command::new("kill").args(["-s", signal, &example.id().to_string()]).status().unwrap();
            assert!(sent.success());
            let ended = end(&mut example).unwrap_or_else(|| panic!("{name} does not stop at SIG{signal}"));
            assert!(ended.success(), "{name} at SIG{signal}: {ended}");
        }
    }
}

/// Starts a server, and waits until it serves.
fn start(program: &Path, arguments: &[&str]) -> Child {
    let mut child = Command::new(program).args(arguments).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    assert!(line.starts_with("Serving on "), "{line}");
    // The signals are listened to a moment after the port.
    sleep(Duration::from_millis(300));
    child
}

fn end(child: &mut Child) -> Option<ExitStatus> {
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(10) {
        if let Some(status) = child.try_wait().unwrap() {
            return Some(status);
        }
        sleep(Duration::from_millis(20));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    None
}
