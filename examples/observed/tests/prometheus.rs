//! A real Prometheus reads the metrics of the example. Without one, the test is skipped; in CI it fails.
#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::Value;

/// Ends its process with its value.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The example, and the address of its metrics. All of its calls were made.
fn example(rounds: u32) -> (Running, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_observed"));
    let mut process = command.args(["127.0.0.1:0", &rounds.to_string()]).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines().map(Result::unwrap);
    let address = lines.next().unwrap();
    assert_eq!(lines.next().unwrap(), format!("made {} calls", rounds * 5));
    let address = address.strip_prefix("metrics on http://").unwrap().strip_suffix("/metrics").unwrap().to_owned();
    (Running(process), address)
}

fn get(address: &str, path: &str) -> String {
    let Ok(mut stream) = TcpStream::connect(address) else { return String::new() };
    write!(stream, "GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split_once("\r\n\r\n").map_or_else(String::new, |(_, body)| body.to_owned())
}

/// The answer of Prometheus to a query, as `labels value`. Waits until there is one.
fn query(address: &str, query: &str) -> Vec<String> {
    let query = query.bytes().map(|byte| format!("%{byte:02x}")).collect::<String>();
    for _ in 0..100 {
        let answer = get(address, &format!("/api/v1/query?query={query}"));
        let answer: Value = serde_json::from_str(&answer).unwrap_or_default();
        let rows = answer["data"]["result"].as_array().cloned().unwrap_or_default();
        if !rows.is_empty() {
            let mut rows = rows.iter().map(|row| {
                let labels = row["metric"].as_object().unwrap().values().map(|label| label.as_str().unwrap());
                format!("{} {}", labels.collect::<Vec<_>>().join(" "), row["value"][1].as_str().unwrap())
            });
            let mut rows = rows.by_ref().collect::<Vec<_>>();
            rows.sort();
            return rows;
        }
        thread::sleep(Duration::from_millis(200));
    }
    panic!("Prometheus has no answer to the query");
}

/// Whether there is a Prometheus. In CI there must be.
fn is_installed() -> bool {
    let is_installed = Command::new("prometheus").arg("--version").output().is_ok();
    assert!(is_installed || env::var_os("CI").is_none_or(|ci| ci.is_empty()), "install `prometheus`");
    if !is_installed {
        println!("skipped: there is no `prometheus`");
    }
    is_installed
}

#[test]
fn example_prints_its_usage() {
    let output = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_observed"));
        command.args(arguments).output().unwrap()
    };
    for argument in ["--help", "-h"] {
        let printed = output(&[argument]);
        assert!(printed.status.success(), "{printed:?}");
        assert!(String::from_utf8(printed.stdout).unwrap().contains("observed [ADDRESS [ROUNDS]]"));
    }
    for wrong in [&["--halp"][..], &["127.0.0.1:0", "1", "more"]] {
        assert!(!output(wrong).status.success(), "{wrong:?}");
    }
}

#[test]
fn prometheus_and_client_count_the_same_calls() {
    if !is_installed() {
        return;
    }
    let (_example, metrics) = example(20);
    let directory = env::temp_dir().join(format!("observed-{}", std::process::id()));
    fs::create_dir_all(&directory).unwrap();
    let settings = include_str!("../prometheus.yml").replace("127.0.0.1:9464", &metrics).replace("5s", "1s");
    fs::write(directory.join("prometheus.yml"), settings).unwrap();
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let mut command = Command::new("prometheus");
    let command = command.current_dir(&directory).args(["--config.file=prometheus.yml", "--storage.tsdb.path=data"]);
    let command = command.arg(format!("--web.listen-address={free}")).stderr(Stdio::null());
    let _prometheus = Running(command.spawn().unwrap());
    let calls = query(&free, "sum by (rpc_method, rpc_response_status_code) (rpc_server_call_duration_seconds_count)");
    assert_eq!(
        calls,
        [
            "library.v1.Library/Borrow OK 20",
            "library.v1.Library/Borrow UNAUTHENTICATED 20",
            "library.v1.Library/Find NOT_FOUND 20",
            "library.v1.Library/Find OK 20",
            "library.v1.Library/Remove PERMISSION_DENIED 20",
        ]
    );
    assert_eq!(query(&free, "sum (rpc_client_call_duration_seconds_count)"), [" 100"]);
    let denied = "sum by (secure_reason) (secure_decisions_total{secure_decision!=\"allow\"})";
    assert_eq!(query(&free, denied), ["no_credential 20", "no_required_role 20"]);
    fs::remove_dir_all(&directory).unwrap();
}

#[test]
fn every_query_of_the_dashboard_names_a_metric_that_is_exported() {
    let (_example, metrics) = example(1);
    let exported = get(&metrics, "/metrics");
    let dashboard: Value = serde_json::from_str(include_str!("../dashboard.json")).unwrap();
    let mut queries = 0;
    for panel in dashboard["panels"].as_array().unwrap() {
        for target in panel["targets"].as_array().unwrap() {
            let query = target["expr"].as_str().unwrap();
            let words = query.split(|char: char| !char.is_ascii_alphanumeric() && char != '_');
            let names = words.filter(|word| {
                ["_total", "_bucket", "_count", "_seconds", "_connections"].iter().any(|end| word.ends_with(end))
            });
            for name in names {
                queries += 1;
                assert!(
                    exported.contains(&format!("\n{name}{{")) || exported.contains(&format!("\n{name} ")),
                    "{name}\n{exported}"
                );
            }
        }
    }
    assert!(queries > 5, "{queries}");
}
