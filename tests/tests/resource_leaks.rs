//! Closed connections leave no file descriptor and no task. The test is alone in its process, because it counts
//! descriptors.

use std::time::Duration;

use secure_runtime::server::Limits;
use secure_runtime::{Credentials, SecureChannel, danger};
use tokio::net::TcpStream;
use tokio::runtime::Handle;
use tokio::time::sleep;

use secure_tests::pki::Ca;
use secure_tests::probe::{self, Running};
use secure_tests::tls::{client_tls, server_tls};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn closed_connections_leave_no_descriptor_and_no_task() {
    let ca = Ca::new("ca");
    let plaintext = Running::start(danger::serve_plaintext("a test"), Limits::default()).await;
    let tls = Running::start(server_tls(&ca.issue()), Limits::default()).await;
    let before = settled(0, 0).await;

    for _ in 0..10_000 {
        drop(TcpStream::connect(plaintext.address).await.unwrap());
    }
    for _ in 0..300 {
        drop(TcpStream::connect(tls.address).await.unwrap());
    }
    for _ in 0..200 {
        let channel = SecureChannel::connect(&tls.uri(), client_tls(&ca)).await.unwrap();
        probe::call_open(&channel, "").await.unwrap();
        probe::call_who(&channel, Credentials::bearer("clerk").unwrap()).await.unwrap();
    }
    let after = settled(before.0, before.1).await;
    println!("descriptors and tasks: {before:?} before, {after:?} after");
    assert!(after.0 <= before.0 && after.1 <= before.1, "{before:?} before, {after:?} after");
}

/// Descriptors and tasks, as soon as they are as few as that, or after two seconds.
async fn settled(descriptors: usize, tasks: usize) -> (usize, usize) {
    let mut now = count();
    for _ in 0..100 {
        if now.0 <= descriptors && now.1 <= tasks {
            break;
        }
        sleep(Duration::from_millis(20)).await;
        now = count();
    }
    now
}

fn count() -> (usize, usize) {
    let descriptors = std::fs::read_dir("/proc/self/fd").unwrap().count();
    (descriptors, Handle::current().metrics().num_alive_tasks())
}
