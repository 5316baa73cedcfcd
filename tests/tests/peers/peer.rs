//! A program in another language: its tasks, and its reports.

use std::env;
use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use secure_tests::pki::{Ca, Issued};
use serde_json::{Value, json};
use tempfile::TempDir;

/// What a peer is written in.
#[derive(Clone, Copy, Debug)]
pub enum Language {
    Go,
    JavaScript,
    Python,
}

/// What a peer is asked to do.
pub struct Plan(TempDir);

impl Plan {
    /// To trust `ca`, to present `own`, and what else there is.
    pub fn new(ca: &Ca, own: Option<&Issued>, mut more: Value) -> Self {
        let plan = Self(TempDir::new().unwrap());
        more["ca"] = plan.write("ca.crt", &ca.pem());
        more["certificate"] = own.map_or(Value::Null, |own| plan.write("tls.crt", &own.chain));
        more["key"] = own.map_or(Value::Null, |own| plan.write("tls.key", &own.key));
        plan.write("plan.json", &more.to_string());
        plan
    }

    fn write(&self, name: &str, text: &str) -> Value {
        let path = self.0.path().join(name);
        fs::write(&path, text).unwrap();
        json!(path)
    }
}

/// A peer at work. It ends with its value.
pub struct Peer {
    child: Child,
    reports: BufReader<ChildStdout>,
    _plan: Plan,
}

impl Peer {
    /// Starts the `client` or the `server` in a language, if it is installed.
    pub fn start(language: Language, role: &str, plan: Plan) -> Option<Self> {
        let mut command = command(language, role)?;
        let command = command.arg(plan.0.path().join("plan.json")).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let reports = BufReader::new(child.stdout.take().unwrap());
        Some(Self { child, reports, _plan: plan })
    }

    /// Waits for the next thing it reports.
    pub fn report(&mut self) -> Value {
        let mut line = String::new();
        self.reports.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    /// Waits for its end, and gives what it reported until then.
    pub fn finish(mut self) -> Vec<Value> {
        let reports = self.rest();
        assert!(self.child.wait().unwrap().success());
        reports
    }

    /// Ends it, and gives what it reported until then.
    pub fn stop(mut self) -> Vec<Value> {
        self.child.kill().unwrap();
        self.rest()
    }

    fn rest(&mut self) -> Vec<Value> {
        self.reports.by_ref().lines().map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

fn command(language: Language, role: &str) -> Option<Command> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers");
    match language {
        Language::Go => installed(&format!("go/{role}")).map(Command::new),
        Language::JavaScript => installed("node/node_modules").map(|modules| {
            let mut node = Command::new("node");
            node.arg(source.join("node").join(role).with_extension("js")).env("NODE_PATH", modules);
            node
        }),
        Language::Python => installed("python/bin/python").map(|python| {
            let mut python = Command::new(python);
            python.env("GRPC_VERBOSITY", "NONE"); // refused handshakes are expected
            python.arg("-B").arg(source.join("python").join(role).with_extension("py")); // no .pyc beside it
            python
        }),
    }
}

/// Where `tests/peers/install` puts a part of a peer.
#[expect(clippy::explicit_write, reason = "past the test runner, which shows nothing of a test that passes")]
fn installed(part: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join("peers").join(part);
    if path.exists() {
        return Some(path);
    }
    assert!(env::var_os("CI").is_none(), "`tests/peers/install` did not install {part}");
    writeln!(io::stderr(), "skipped: `tests/peers/install` installs {part}").unwrap();
    None
}
