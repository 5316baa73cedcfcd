//! The process of the identity provider.

use std::env;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use secure_runtime::ClientTls;
use secure_tests::pki::Ca;
use secure_tests::tls::client_tls;
use serde_json::{Value, json};

/// oidc-provider, on loopback over HTTPS. It ends with its value.
pub struct Provider {
    child: Child,
    input: ChildStdin,
    reports: BufReader<ChildStdout>,
    ca: Ca,
    url: String,
}

impl Provider {
    /// A provider that knows these clients and signs with the key `first`, if it is installed.
    pub fn start(clients: &Value) -> Option<Self> {
        let mut child = command()?.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (input, reports) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        let mut provider = Self { child, input, reports, ca: Ca::new("provider"), url: String::new() };
        let issued = provider.ca.issue();
        provider.write(&json!({ "certificate": issued.chain, "key": issued.key, "clients": clients }));
        provider.url = provider.publish(&["first"])["issuer"].as_str().unwrap().to_owned();
        Some(provider)
    }

    /// Its name, which is where it is.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What it takes to trust it.
    pub fn tls(&self) -> ClientTls {
        client_tls(&self.ca)
    }

    /// From now on it publishes the keys of these names, and signs with the first. Gives how often keys were fetched.
    pub fn publishes(&mut self, kids: &[&str]) -> u64 {
        self.publish(kids)["fetches"].as_u64().unwrap()
    }

    /// A token of `subject` for `resource`, which `actor` got for it by an exchange (RFC 8693).
    pub fn exchanged(&mut self, subject: &str, actor: &str, resource: &str) -> String {
        let answer = self.ask(&json!({ "subject": subject, "actor": actor, "resource": resource }));
        answer["token"].as_str().unwrap().to_owned()
    }

    fn publish(&mut self, kids: &[&str]) -> Value {
        self.ask(&json!(kids))
    }

    fn ask(&mut self, question: &Value) -> Value {
        self.write(question);
        let mut line = String::new();
        self.reports.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    fn write(&mut self, line: &Value) {
        writeln!(self.input, "{line}").unwrap();
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

fn command() -> Option<Command> {
    let mut node = Command::new("node");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("oidc/provider.mjs");
    node.arg(script).arg(installed()?);
    Some(node)
}

/// Where `tests/oidc/install` puts it.
#[expect(clippy::explicit_write, reason = "past the test runner, which shows nothing of a test that passes")]
fn installed() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join("oidc/node_modules/oidc-provider");
    if path.exists() {
        return Some(path);
    }
    assert!(env::var_os("CI").is_none(), "`tests/oidc/install` did not install oidc-provider");
    writeln!(io::stderr(), "skipped: `tests/oidc/install` installs oidc-provider").unwrap();
    None
}
