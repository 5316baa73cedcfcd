//! The cost of a cached token, by the number of cached tokens, on one and on two threads. For comparison: verification
//! itself, and reading the header alone. All are of one length, signed with EdDSA, and asked for in no order. Times are
//! of the CPU, of one thread.
//!
//! `cargo bench -p secure-tests --bench tokens` measures. Without `--bench`, as in `cargo test`, it sees that all run.

use std::hint::black_box;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use http::HeaderMap;
use http::header::AUTHORIZATION;
use secure_runtime::authn::jwt::Jwt;
use secure_runtime::testing::{TestIssuer, authenticate};
use secure_runtime::{Authentication, CallHead};
use secure_tests::cost::{cpu_time_of_thread, median};
use secure_tests::secured::{good_claims, jwt};
use serde_json::json;

const ALIVE: [usize; 4] = [1, 64, 1_000, 100_000];
const ROUNDS: usize = 5;

/// For 100,000 tokens, of which each takes about 4 KiB.
const CACHE_BYTES: usize = 512 << 20;

fn main() {
    let measured = std::env::args().any(|argument| argument == "--bench");
    let (most, calls) = if measured { (usize::MAX, 200_000) } else { (64, 64) };
    let issuer = TestIssuer::new("https://id.example.com");
    let verification = verification(&issuer, calls / 64);
    println!("{:32} {:>8} ns", "a verification", verification.as_nanos());
    println!("{:32} {:>8} ns", "reading the header alone", reading(&issuer, calls).as_nanos());
    println!("\n{:>12} {:>8} {:>10} {:>14} {:>6}", "live tokens", "threads", "ns a call", "verifications", "hits");
    for alive in ALIVE.into_iter().filter(|alive| *alive <= most) {
        let (jwt, all) = (jwt(&issuer).max_cache_bytes(CACHE_BYTES), calls_with(&issuer, alive));
        all.iter().for_each(|headers| ask(&jwt, headers));
        let hits = hits(&jwt, &all, calls / 8, verification);
        for threads in [1, 2] {
            let took = median(ROUNDS, || round(&jwt, &all, threads, if hits < 50.0 { calls / 8 } else { calls }));
            let ratio = took.as_secs_f64() / verification.as_secs_f64();
            println!("{alive:>12} {threads:>8} {:>10} {ratio:>14.3} {hits:>5.0}%", took.as_nanos());
        }
    }
}

fn calls_with(issuer: &TestIssuer, tokens: usize) -> Vec<HeaderMap> {
    let call = |number| [(AUTHORIZATION, format!("Bearer {}", token(issuer, number)).parse().unwrap())];
    (0..tokens).map(|number| call(number).into_iter().collect()).collect()
}

/// About 900 bytes.
fn token(issuer: &TestIssuer, number: usize) -> String {
    issuer.token(good_claims(json!({ "sub": format!("{number:06}"), "roles": ["reader"], "x": "x".repeat(450) })))
}

fn ask(jwt: &Jwt, headers: &HeaderMap) {
    assert!(matches!(black_box(authenticate(jwt, headers)), Authentication::Ready(Ok(Some(_)))));
}

fn verification(issuer: &TestIssuer, calls: usize) -> Duration {
    let (jwt, token) = (jwt(issuer), token(issuer, 0));
    let verify = || assert!(black_box(jwt.verify_at(&token, None, SystemTime::now())).is_ok());
    median(ROUNDS, || time_of_one(calls, |_| verify()))
}

/// What every authenticator of tokens pays.
fn reading(issuer: &TestIssuer, calls: usize) -> Duration {
    let all = calls_with(issuer, 1);
    let read = |head: &CallHead<'_>| {
        assert!(black_box(head.bearer()).is_ok());
        Authentication::anonymous()
    };
    median(ROUNDS, || time_of_one(calls, |_| drop(black_box(authenticate(&read, &all[0])))))
}

/// The percentage of calls that took less than a quarter of a verification.
fn hits(jwt: &Jwt, all: &[HeaderMap], calls: usize, verification: Duration) -> f64 {
    let quick = numbers(1).take(calls).filter(|number| {
        let start = Instant::now();
        ask(jwt, &all[number % all.len()]);
        start.elapsed() < verification / 4
    });
    100.0 * quick.count() as f64 / calls as f64
}

/// The time of one call on each of the threads, which begin together.
fn round(jwt: &Jwt, all: &[HeaderMap], threads: usize, calls: usize) -> Duration {
    let start = Barrier::new(threads);
    let run = |thread: usize| {
        let mut numbers = numbers(thread + 2);
        start.wait();
        time_of_one(calls, |_| ask(jwt, &all[numbers.next().unwrap() % all.len()]))
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..threads)
            .map(|thread| {
                scope.spawn({
                    let run = &run;
                    move || run(thread)
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).max().unwrap()
    })
}

fn time_of_one(calls: usize, call: impl FnMut(usize)) -> Duration {
    let start = cpu_time_of_thread();
    (0..calls).for_each(call);
    (cpu_time_of_thread() - start) / u32::try_from(calls).unwrap()
}

/// Numbers without an order that a cache could learn (xorshift64).
fn numbers(seed: usize) -> impl Iterator<Item = usize> {
    let mut state = (seed as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    std::iter::repeat_with(move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 16) as usize
    })
}
