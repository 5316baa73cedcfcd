//! What a token costs that was verified a moment ago: by how many are alive, on one thread and on two, beside the
//! verification itself and reading the header alone. All are of one length, signed with EdDSA, and asked for in no order.
//! Times are of the CPU, of one thread.
//!
//! `cargo bench -p secure-tests --bench tokens` measures. Without `--bench`, as in `cargo test`, it sees that all run.

use std::hint::black_box;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use http::HeaderMap;
use http::header::AUTHORIZATION;
use secure_runtime::Authentication;
use secure_runtime::authn::jwt::Jwt;
use secure_runtime::testing::{TestIssuer, authenticate};
use secure_tests::secured::{good_claims, jwt};
use serde_json::json;

const ALIVE: [usize; 4] = [1, 64, 1_000, 100_000];
const ROUNDS: usize = 5;

fn main() {
    let measured = std::env::args().any(|argument| argument == "--bench");
    let (most, calls) = if measured { (usize::MAX, 200_000) } else { (64, 64) };
    let issuer = TestIssuer::new("https://id.example.com");
    let verification = verification(&issuer, calls / 64);
    println!("a verification: {} ns", verification.as_nanos());
    println!("{:>12} {:>8} {:>10} {:>16} {:>6}", "live tokens", "threads", "ns a call", "verifications", "hits");
    for alive in ALIVE.into_iter().filter(|alive| *alive <= most) {
        let calls_of: Vec<_> = (0..alive).map(|number| call(&token(&issuer, number))).collect();
        for threads in [1, 2] {
            let (jwt, calls) = (jwt(&issuer), calls.min(calls / 8 + alive * 2));
            calls_of.iter().for_each(|headers| ask(&jwt, headers));
            let hits = hits(&jwt, &calls_of, calls / 8, verification);
            let took = median(|| round(&jwt, &calls_of, threads, calls));
            let ratio = took.as_secs_f64() / verification.as_secs_f64();
            println!("{alive:>12} {threads:>8} {:>10} {ratio:>16.3} {hits:>5.0}%", took.as_nanos());
        }
    }
}

/// About 900 bytes.
fn token(issuer: &TestIssuer, number: usize) -> String {
    issuer.token(good_claims(json!({ "sub": format!("{number:06}"), "roles": ["reader"], "x": "x".repeat(450) })))
}

fn call(token: &str) -> HeaderMap {
    [(AUTHORIZATION, format!("Bearer {token}").parse().unwrap())].into_iter().collect()
}

fn ask(jwt: &Jwt, headers: &HeaderMap) {
    assert!(matches!(black_box(authenticate(jwt, headers)), Authentication::Ready(Ok(Some(_)))));
}

fn verification(issuer: &TestIssuer, calls: usize) -> Duration {
    let (jwt, token) = (jwt(issuer), token(issuer, 0));
    median(|| {
        let start = Instant::now();
        (0..calls).for_each(|_| assert!(black_box(jwt.verify_at(&token, None, SystemTime::now())).is_ok()));
        start.elapsed() / u32::try_from(calls).unwrap()
    })
}

/// The percentage of calls that took less than a quarter of a verification.
fn hits(jwt: &Jwt, calls_of: &[HeaderMap], calls: usize, verification: Duration) -> f64 {
    let quick = numbers(1).take(calls).filter(|number| {
        let start = Instant::now();
        ask(jwt, &calls_of[number % calls_of.len()]);
        start.elapsed() < verification / 4
    });
    100.0 * quick.count() as f64 / calls as f64
}

/// The time of one call on each of the threads, which begin together.
fn round(jwt: &Jwt, calls_of: &[HeaderMap], threads: usize, calls: usize) -> Duration {
    let start = Barrier::new(threads);
    let run = |thread: usize| {
        start.wait();
        let start = Instant::now();
        numbers(thread).take(calls).for_each(|number| ask(jwt, &calls_of[number % calls_of.len()]));
        start.elapsed() / u32::try_from(calls).unwrap()
    };
    thread::scope(|scope| {
        let all: Vec<_> = (0..threads)
            .map(|thread| {
                scope.spawn({
                    let run = &run;
                    move || run(thread + 2)
                })
            })
            .collect();
        all.into_iter().map(|thread| thread.join().unwrap()).max().unwrap()
    })
}

fn median(mut measure: impl FnMut() -> Duration) -> Duration {
    let mut times: Vec<_> = (0..ROUNDS).map(|_| measure()).collect();
    times.sort_unstable();
    times[ROUNDS / 2]
}

/// Numbers without an order that a cache could learn (xorshift64).
fn numbers(seed: usize) -> impl Iterator<Item = usize> {
    let mut state = seed as u64 * 0x9e37_79b9_7f4a_7c15;
    std::iter::repeat_with(move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 16) as usize
    })
}
