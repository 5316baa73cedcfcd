//! Closed connections and replaced certificates leave nothing behind. The tests are alone in their process, one after the
//! other, because they count what it holds.

use std::time::Duration;

use secure_runtime::server::Limits;
use secure_runtime::{Credentials, SecureChannel, ServerTls, danger};
use tokio::net::TcpStream;
use tokio::runtime::Handle;
use tokio::sync::Mutex;
use tokio::time::sleep;

use secure_tests::mount::mounted;
use secure_tests::pki::Ca;
use secure_tests::probe::{self, Running};
use secure_tests::tls::{client_tls, server_tls};

static ALONE: Mutex<()> = Mutex::const_new(());

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn closed_connections_leave_no_descriptor_and_no_task() {
    let _alone = ALONE.lock().await;
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replaced_certificates_leave_no_descriptor_no_task_and_no_memory() {
    let _alone = ALONE.lock().await;
    let ca = Ca::new("ca");
    let mut mount = mounted(&ca);
    let tls = ServerTls::from_pem_dir(mount.directory()).unwrap().without_client_certificates();
    let tls = tls.reload_interval(Duration::from_millis(10));
    let mut watch = tls.watch();
    let server = Running::start(tls, Limits::default()).await;
    let mut replace = async |times: usize| {
        for _ in 0..times {
            let before = watch.status().revision;
            mount.swap_certificate(&ca.issue(), &ca.pem());
            while watch.status().revision == before {
                watch.changed().await.unwrap();
            }
            let channel = SecureChannel::connect(&server.uri(), client_tls(&ca)).await.unwrap();
            probe::call_open(&channel, "").await.unwrap();
        }
    };
    replace(100).await;
    let before = (settled(0, 0).await, resident_kib());
    replace(300).await;
    let after = (settled(before.0.0, before.0.1).await, resident_kib());
    println!("descriptors and tasks, KiB: {before:?} before, {after:?} after");
    assert!(after.0.0 <= before.0.0 && after.0.1 <= before.0.1, "{before:?} before, {after:?} after");
    assert!(after.1 <= before.1 + MAX_GROWTH_KIB, "{before:?} before, {after:?} after");
}

/// A revision that is kept takes more than 10 KiB: its certificate, its roots and the settings of rustls.
const MAX_GROWTH_KIB: u64 = 3_000;

fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("Linux tells the size");
    line.trim().trim_end_matches(" kB").parse().unwrap()
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
