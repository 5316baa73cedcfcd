//! Attacks on a server in a separate process. A good client calls all the time, and must not notice them.
//!
//! Each attack takes a third of a second here. For the table of a longer run:
//! `SECURE_ATTACK_SECONDS=10 cargo test -p secure-tests --test attacks -- --nocapture`, and the same with
//! `SECURE_SOAK_SECONDS` for the soak.
#![cfg(target_os = "linux")]

mod attack;
mod attacks;
mod client;
mod soak;

mod target;

use std::time::Duration;

use tokio::sync::Mutex;

use attack::Attack;
use client::GoodClient;
use target::{Measured, Target};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn attack_delays_no_good_client_and_takes_bounded_memory() {
    let _alone = ALONE.lock().await;
    let duration = seconds("SECURE_ATTACK_SECONDS", 0.3);
    let only = std::env::var("SECURE_ATTACK").ok();
    println!(
        "{:32} {:>7} {:>8} {:>8} {:>8} {:>9} {:>6} {:>5}",
        "", "calls", "failed", "p50 ms", "p99 ms", "MiB more", "files", "CPU %"
    );
    let mut faults = Vec::new();
    for attack in
        attacks::all().into_iter().filter(|attack| only.as_deref().is_none_or(|only| attack.name.contains(only)))
    {
        let (client, measured) = run(&attack, duration).await;
        println!("{:32} {client} {measured}", attack.name);
        if client.failures() > 0 {
            faults.push(format!("{}: {} calls failed: {:?}", attack.name, client.failures(), client.first_failure()));
        }
        if measured.more_mib() > attack.max_mib {
            faults.push(format!("{}: {:.1} MiB, of {}", attack.name, measured.more_mib(), attack.max_mib));
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

async fn run(attack: &Attack, duration: Duration) -> (GoodClient, Measured) {
    let target = Target::start();
    let mut client = GoodClient::connect(&target).await;
    client.calls_for(Duration::from_millis(100)).await;
    let before = target.measure();
    let attacking = attack.start(&target);
    let (client, measured) = tokio::join!(client.measured_for(duration), target.watched_for(duration, before));
    attacking.abort();
    (client, measured)
}

/// One test counts what this process takes, so no other runs beside it.
static ALONE: Mutex<()> = Mutex::const_new(());

fn seconds(variable: &str, default: f64) -> Duration {
    Duration::from_secs_f64(std::env::var(variable).map_or(default, |seconds| seconds.parse().expect("a number")))
}
