//! gRPC's interop tests in Go: its client calls our server, and ours its server.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use secure_interop::conformance::server::Rules;
use secure_interop::grpc::client::failures;
use secure_runtime::{Credentials, SecureChannel};
use secure_tests::pki::Ca;
use secure_tests::tls::client_tls;
use serde_json::json;
use tempfile::TempDir;

use crate::program::{Running, installed, run};
use crate::served::Served;

/// The cases that need no credential of their own.
const CASES: [&str; 15] = [
    "cancel_after_begin",
    "cancel_after_first_response",
    "client_streaming",
    "custom_metadata",
    "empty_stream",
    "empty_unary",
    "large_unary",
    "pick_first_unary",
    "ping_pong",
    "server_streaming",
    "special_status_message",
    "status_code_and_message",
    "timeout_on_sleeping_server",
    "unimplemented_method",
    "unimplemented_service",
];

#[tokio::test(flavor = "multi_thread")]
async fn go_client_passes_every_case_on_public_methods() {
    let Some(client) = installed("bin/client") else { return };
    let served = Served::start(Rules::Public).await;
    assert_eq!(failed(&client, &served, &CASES, &[]).await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn go_client_with_a_token_passes_every_case_on_protected_methods() {
    let Some(client) = installed("bin/client") else { return };
    let served = Served::start(Rules::Protected).await;
    let token = format!("--additional_metadata=authorization:Bearer {}", served.token());
    assert_eq!(failed(&client, &served, &CASES, &[&token]).await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn go_client_without_a_token_fails_on_protected_methods() {
    let Some(client) = installed("bin/client") else { return };
    let served = Served::start(Rules::Protected).await;
    let failed = failed(&client, &served, &["empty_unary"], &[]).await;
    assert!(failed[0].contains("Unauthenticated"), "{failed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn go_client_passes_the_cases_with_credentials() {
    let Some(client) = installed("bin/client") else { return };
    let served = Served::start(Rules::Protected).await;
    let account = served.account(token_endpoint(served.token()));
    let account = format!("--service_account_key_file={}", account.display());
    let cases = ["jwt_token_creds", "oauth2_auth_token", "per_rpc_creds", "service_account_creds"];
    assert_eq!(failed(&client, &served, &cases, &[&account, "--oauth_scope=interop:read"]).await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn our_client_passes_every_case_on_the_go_server() {
    let Some(server) = installed("bin/server") else { return };
    let (ca, files) = (Ca::new("interop"), TempDir::new().unwrap());
    let own = ca.issue();
    let [certificate, key] = [("tls.crt", &own.chain), ("tls.key", &own.key)].map(|(name, text)| {
        let path = files.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    });
    let address = free_address();
    let mut command = Command::new(server);
    command.arg("--use_tls").arg("--tls_cert_file").arg(certificate).arg("--tls_key_file").arg(key);
    let _server = Running::start(command.arg(format!("--port={}", address.port())));
    wait_for(address).await;
    let uri = format!("https://localhost:{}", address.port());
    let channel = SecureChannel::connect(&uri, client_tls(&ca)).await.unwrap();
    assert_eq!(failures(channel, Credentials::bearer("abc").unwrap()).await, [""; 0]);
}

/// The cases that fail, and how.
async fn failed(client: &Path, served: &Served, cases: &[&str], arguments: &[&str]) -> Vec<String> {
    let mut failed = Vec::new();
    for case in cases {
        let mut command = Command::new(client);
        command.args(["--use_tls", "--use_test_ca", "--server_host=127.0.0.1"]).args(arguments);
        command.arg("--ca_file").arg(served.path("ca.pem"));
        command.arg(format!("--server_port={}", served.address.port())).arg(format!("--test_case={case}"));
        let ended = run(command, Duration::from_secs(60)).await;
        if !ended.success {
            failed.push(format!("{case}: {}", ended.output));
        }
    }
    failed
}

/// Exchanges every assertion for a token (RFC 7523).
fn token_endpoint(token: String) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let answer = json!({ "access_token": token, "token_type": "Bearer", "expires_in": 3600 }).to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            let (mut line, mut length) = (String::new(), 0);
            while stream.read_line(&mut line).unwrap() > 2 {
                if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                line.clear();
            }
            stream.read_exact(&mut vec![0; length]).unwrap();
            let head = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length:";
            write!(stream.get_mut(), "{head} {}\r\n\r\n{answer}", answer.len()).unwrap();
        }
    });
    address
}

/// An address that nobody listens on.
fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

async fn wait_for(address: SocketAddr) {
    for _ in 0..200 {
        if tokio::net::TcpStream::connect(address).await.is_ok() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("nothing listens on {address}");
}
