//! What `usage` says of a large audit log, and the memory that it takes. On Linux: others count memory differently.
//!
//! `cargo test --release -p protoc-gen-secure --test plugin large_logs -- --ignored --nocapture` reads 1 GB.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::process::{Child, Command, Output, Stdio};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use serde_json::{Value, json};

use crate::tools::{PLUGIN, Workspace};

#[test]
fn large_log_is_counted_exactly_and_takes_no_more_memory_than_a_small_one() {
    assert_exact_in_bounded_memory(20_000_000);
}

#[test]
#[ignore = "takes minutes without optimization: the command is above"]
fn log_of_a_gigabyte_is_counted_exactly_and_takes_no_more_memory_than_a_small_one() {
    assert_exact_in_bounded_memory(1_000_000_000);
}

fn assert_exact_in_bounded_memory(bytes: u64) {
    let source = "../examples/quickstart/proto/shop/v1/shop.proto";
    let workspace = Workspace::new([("shop/v1/shop.proto", source.into())]).with_schema();
    let small = peak_of(&workspace, 5_000_000, &[]);
    let large = peak_of(&workspace, bytes, &["--progress"]);
    println!("{bytes} bytes: {large} KiB at most, {small} KiB for a small log");
    assert!(large < small + 2048, "{small} KiB, then {large} KiB");
}

/// Reads a log of this length, and checks the counts. Returns the most memory that it took, in KiB.
fn peak_of(workspace: &Workspace, bytes: u64, arguments: &[&str]) -> u64 {
    let mut usage = Command::new(PLUGIN);
    usage.args(["usage", "-I", "proto", "--manifest", "proto/shop/v1/shop.proto", "--format", "json", "--audit", "-"]);
    usage.args(arguments).current_dir(workspace.path("")).stdin(Stdio::piped());
    let mut child = usage.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary");
    let peak = watch_memory(&child);
    let truth = Truth::write(&mut child, bytes).expect("it reads to the end");
    let Output { status, stdout, stderr } = child.wait_with_output().expect("it ends");
    assert!(status.success());
    truth.assert_told(&serde_json::from_slice(&stdout).expect("JSON"));
    let stderr = String::from_utf8(stderr).expect("text");
    match arguments {
        [] => assert_eq!(stderr, "", "stderr is no terminal, and nobody asked for progress"),
        _ => assert!(stderr.ends_with(&format!("\r{} MB\n", truth.bytes / 1_000_000)), "{stderr}"),
    }
    peak.join().expect("a number")
}

/// The most memory that a process took until its end, in KiB.
fn watch_memory(child: &Child) -> JoinHandle<u64> {
    let status = format!("/proc/{}/status", child.id());
    thread::spawn(move || {
        let peak = || {
            let status = fs::read_to_string(&status).ok()?;
            let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
            line.trim().strip_suffix(" kB")?.parse::<u64>().ok()
        };
        let mut last = 0;
        while let Some(peak) = peak() {
            last = peak;
            thread::sleep(Duration::from_millis(1));
        }
        last
    })
}

/// What a log says.
#[derive(Default)]
struct Truth {
    bytes: u64,
    lines: u64,
    admitted: u64,
    refused: u64,
    counted: u64,
}

impl Truth {
    /// Writes a log of this length to the stdin of a process: callers take turns, and some calls are refused.
    fn write(child: &mut Child, bytes: u64) -> io::Result<Self> {
        let mut truth = Self::default();
        let mut log = BufWriter::with_capacity(64 * 1024, child.stdin.take().expect("a pipe"));
        while truth.bytes < bytes {
            let line = truth.next();
            log.write_all(line.as_bytes())?;
            truth.bytes += line.len() as u64;
            truth.lines += 1;
        }
        log.flush()?;
        Ok(truth)
    }

    fn next(&mut self) -> String {
        let (number, second) = (self.lines, self.lines / 1_000 % 60);
        let start = format!("{{\"time\":\"2026-05-01T10:00:{second:02}.000Z\",\"method\":\"/shop.v1.Orders/");
        let who = format!("\"issuer\":\"https://id.example.com\",\"subject\":\"caller-{}\"", number % CALLERS);
        let rest = format!(
            "{who},\"declared_at\":\"shop/v1/shop.proto:21:5\",\"policy_digest\":\"{:064x}\",\"remote_addr\":\"192.0.2.7:5123\",\
             \"request_id\":\"{number:x}\",\"trace_id\":\"{number:032x}\"}}\n",
            7
        );
        match number % 7 {
            0 => {
                self.refused += 1;
                let why = "\"authorized\":false,\"denial\":\"permission_denied\",\"reason\":\"no_required_role\"";
                format!("{start}Import\",{why},{rest}")
            }
            1 => {
                self.counted += 3;
                format!("{start}Import\",\"denial\":\"credential_missing\",\"refused\":3}}\n")
            }
            _ => {
                self.admitted += 1;
                format!("{start}Get\",\"authorized\":true,{rest}")
            }
        }
    }

    fn assert_told(&self, usage: &Value) {
        let coverage = &usage["coverage"];
        assert_eq!(coverage["is_complete"], true);
        assert_eq!(coverage["lines"], self.lines);
        let used = |admitted, refused| json!({ "admitted": admitted, "passed_by_report_only": 0, "refused": refused });
        assert_eq!(usage["methods"]["shop.v1.Orders/Get"], used(self.admitted, 0));
        assert_eq!(usage["methods"]["shop.v1.Orders/Import"], used(0, self.refused + self.counted));
        let reason = |name: &str| {
            let refusals = usage["refusals"].as_array().expect("a list");
            refusals.iter().find(|it| it["reason"] == name).map(|it| it["calls"].clone())
        };
        assert_eq!(reason("no_required_role"), Some(json!(self.refused)));
        assert_eq!(reason("credential_missing"), Some(json!(self.counted)));
    }
}

const CALLERS: u64 = 5_000;
