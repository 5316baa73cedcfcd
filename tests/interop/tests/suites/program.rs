//! A program of a suite, run to its end.

use std::env;
use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::tempfile;

/// How a program ended.
pub struct Ended {
    pub success: bool,
    /// What it wrote to standard output and standard error.
    pub output: String,
}

/// Runs a program, which has `time`.
pub async fn run(mut command: Command, time: Duration) -> Ended {
    tokio::task::spawn_blocking(move || {
        let mut output = tempfile().unwrap();
        let mut child = start(&mut command, &output);
        let success = has_succeeded(&mut child, Instant::now() + time);
        let mut text = Vec::new();
        output.rewind().unwrap();
        output.read_to_end(&mut text).unwrap();
        Ended { success, output: String::from_utf8_lossy(&text).into_owned() }
    })
    .await
    .unwrap()
}

fn start(command: &mut Command, output: &File) -> Child {
    let command = command.stdin(Stdio::null()).stdout(output.try_clone().unwrap()).stderr(output.try_clone().unwrap());
    command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

fn has_succeeded(child: &mut Child, deadline: Instant) -> bool {
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.success();
        }
        if Instant::now() > deadline {
            child.kill().unwrap();
            child.wait().unwrap();
            return false;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A program that is ended with its value.
pub struct Running(Child);

impl Running {
    /// Starts a program whose output nobody reads.
    pub fn start(command: &mut Command) -> Self {
        let command = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        Self(command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}")))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        _ = self.0.kill();
        _ = self.0.wait();
    }
}

/// Where `tests/interop/install` puts a part of the suites.
#[expect(clippy::explicit_write, reason = "past the test runner, which shows nothing of a test that passes")]
pub fn installed(part: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join("interop").join(part);
    if path.exists() {
        return Some(path);
    }
    assert!(env::var_os("CI").is_none(), "`tests/interop/install` did not install {part}");
    writeln!(io::stderr(), "skipped: `tests/interop/install` installs {part}").unwrap();
    None
}
