//! The limit of open files. It is for the whole process, so this file has one test, and its attacker is another
//! process.
#![cfg(unix)]

use std::fs::File;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use secure_runtime::server::Limits;
use secure_runtime::{SecureChannel, ServeError, Server, danger};
use secure_tests::pki::Ca;
use secure_tests::probe::{Running, call_open};
use secure_tests::tls::{client_tls, server_tls};
use tokio::net::TcpListener;

/// The descriptors for 100 connections, 100 that are being evicted, and a reserve of 64.
const NEEDED: u64 = 264;

#[tokio::test(flavor = "multi_thread")]
async fn server_raises_the_soft_limit_keeps_a_reserve_and_refuses_limits_that_do_not_fit() {
    let hard = NEEDED + 10;
    setrlimit(Resource::Nofile, Rlimit { current: Some(150), maximum: Some(hard) }).unwrap();

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let refused = Server::new(danger::serve_plaintext("a test")).serve(listener).await.unwrap_err();
    assert!(matches!(refused, ServeError::TooFewDescriptors { needed: 10_320, available: 274 }), "{refused}");
    assert_eq!(getrlimit(Resource::Nofile).current, Some(150));

    let ca = Ca::new("ca");
    let limits = Limits::default()
        .max_connections(100)
        .max_pending_handshakes_per_address(1_000)
        .first_byte_timeout(Duration::from_secs(20))
        .handshake_timeout(Duration::from_secs(20));
    let server = Running::start(server_tls(&ca.issue()), limits).await;
    let mut attacker = attack(&server);
    assert_eq!(getrlimit(Resource::Nofile).current, Some(NEEDED), "the soft limit was raised");

    let files: Vec<_> = (0..32).map(|_| File::open("/dev/null").expect("there is a reserve")).collect();
    let channel = SecureChannel::connect(&server.uri(), client_tls(&ca)).await.expect("a good client gets in");
    call_open(&channel, "").await.unwrap();
    drop(files);
    attacker.kill().unwrap();
    attacker.wait().unwrap();
}

/// Starts another process that opens silent connections, and waits until they are open.
fn attack(server: &Running) -> Child {
    let mut attacker = Command::new(std::env::current_exe().unwrap())
        .args(["attacker", "--exact", "--ignored", "--nocapture"])
        .env("ATTACKED", server.address.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut output, mut text) = (attacker.stdout.take().unwrap(), String::new());
    while !text.contains("connected") {
        let mut bytes = [0; 64];
        let read = output.read(&mut bytes).unwrap();
        assert_ne!(read, 0, "{text}");
        text.push_str(&String::from_utf8_lossy(&bytes[..read]));
    }
    attacker
}

#[test]
#[ignore = "the test starts it"]
fn attacker() {
    let Ok(address) = std::env::var("ATTACKED") else { return };
    let connections: Vec<_> = (0..250).filter_map(|_| TcpStream::connect(&address).ok()).collect();
    std::thread::sleep(Duration::from_millis(500));
    println!("connected {}", connections.len());
    std::io::stdout().flush().unwrap();
    _ = std::io::stdin().read(&mut [0]);
}
