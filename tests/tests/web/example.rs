//! Runs `examples/web` with the commands of its README.

use std::env;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use serde_json::Value;

const README: &str = include_str!("../../../examples/web/README.md");

/// The example in a process of its own. It ends with its value.
pub(crate) struct Shop {
    pub(crate) address: String,
    pub(crate) directory: PathBuf,
    process: Child,
    lines: Receiver<String>,
}

impl Shop {
    /// Serves pages of `origin`; certificate and tokens are in `root`/target/dev.
    pub(crate) fn open(root: &Path, origin: &str) -> Self {
        let directory = root.join("target/dev");
        let issued = cargo(&["run", "--quiet", "-p", "quickstart", "--", "issue", "--out"]).arg(&directory).output();
        assert!(issued.as_ref().is_ok_and(|output| output.status.success()), "{issued:?}");
        let mut command = cargo(&["run", "--quiet", "-p", "web", "--"]);
        let command = command.arg(&directory).args(["127.0.0.1:0", origin]);
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let lines = lines(process.stdout.take().unwrap());
        let address = lines.recv().unwrap().strip_prefix("Serving on ").unwrap().to_owned();
        Self { address, directory, process, lines }
    }

    pub(crate) fn token(&self, role: &str) -> String {
        std::fs::read_to_string(self.directory.join(role).with_extension("token")).unwrap()
    }

    /// What the gate decided since the last time, as `method authorized`.
    pub(crate) fn take_events(&self) -> Vec<String> {
        let waited = || self.lines.recv_timeout(Duration::from_millis(500)).ok();
        let events = std::iter::from_fn(waited).map(|line| serde_json::from_str::<Value>(&line).unwrap());
        events.map(|event| format!("{} {}", event["method"].as_str().unwrap(), event["authorized"])).collect()
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

fn cargo(arguments: &[&str]) -> Command {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(arguments).current_dir("..");
    cargo
}

fn lines(output: impl io::Read + Send + 'static) -> Receiver<String> {
    let (sender, lines) = channel();
    thread::spawn(move || BufReader::new(output).lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
    lines
}

/// Says past the test runner's capture why a test did not run; in CI it had to.
pub(crate) fn skip(why: &str) {
    assert!(env::var_os("CI").is_none(), "{why}");
    io::stderr().write_all(format!("skipped: {why}\n").as_bytes()).unwrap();
}

/// Where `root`/target/dev is.
pub(crate) fn root(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

#[test]
fn commands_of_the_readme_print_what_it_shows() {
    if Command::new("curl").arg("--version").stdout(Stdio::null()).status().is_err() {
        return skip("the commands of examples/web/README.md need curl");
    }
    let root = root("web-readme");
    let shop = Shop::open(&root, "http://localhost:8000");
    let block = README.split("```console\n").nth(1).unwrap().split("```").next().unwrap();
    let block = block.replace("https://localhost:8443", &shop.address);
    let (commands, output) = block.lines().partition::<Vec<_>, _>(|line| line.starts_with("$ "));
    let script = commands.iter().map(|line| line.trim_start_matches("$ ")).collect::<Vec<_>>().join("\n");
    let script = format!("shopt -s expand_aliases\n{script}\n");
    let ran = Command::new("bash").args(["-c", &script]).current_dir(&root).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&ran.stdout).replace('\r', "").trim(), output.join("\n"), "{ran:?}");
    let reserve = "/catalog.v1.Catalog/Reserve";
    assert_eq!(
        shop.take_events(),
        [format!("{reserve} false"), format!("{reserve} false"), format!("{reserve} true")],
        "the preflight is none"
    );
}
