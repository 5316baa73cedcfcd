//! The memory of a process that verifies many distinct tokens. The test is alone in its process, because it reads its
//! memory.
//!
//! `cargo test --release -p secure-tests --test token_cache_memory -- --ignored` presents 200,000 tokens on two threads.

use std::fs;
use std::thread;

use http::HeaderMap;
use http::header::AUTHORIZATION;
use secure_runtime::Authentication;
use secure_runtime::testing::{TestIssuer, authenticate};
use secure_tests::secured::{good_claims, jwt};
use serde_json::{Value, json};

const MIB: usize = 1024 * 1024;

#[test]
fn distinct_good_tokens_take_bounded_memory() {
    assert_bounded(3_000, 12 * MIB);
}

#[test]
#[ignore = "takes minutes: the command is above"]
fn two_hundred_thousand_distinct_good_tokens_take_bounded_memory() {
    assert_bounded(200_000, 64 * MIB);
}

/// Presents tokens whose claims take about 40 KiB each, on two threads, to a cache of this size. With the gaps that the
/// allocator leaves between entries, the process may grow by three times the size.
fn assert_bounded(tokens: usize, max_cache_bytes: usize) {
    let issuer = TestIssuer::new("https://id.example.com");
    let tokens_of_issuer = jwt(&issuer).max_cache_bytes(max_cache_bytes);
    let arrays: Value = serde_json::from_str(&format!("[{}[]]", "[[[[[[]]]]]],".repeat(100))).unwrap();
    let before = resident_bytes();
    thread::scope(|scope| {
        for thread in 0..2 {
            let (issuer, tokens_of_issuer, arrays) = (&issuer, &tokens_of_issuer, &arrays);
            scope.spawn(move || {
                for number in 0..tokens / 2 {
                    let claims = json!({ "sub": format!("{thread}.{number}"), "x": arrays });
                    let header = format!("Bearer {}", issuer.token(good_claims(claims)));
                    let headers = HeaderMap::from_iter([(AUTHORIZATION, header.parse().unwrap())]);
                    let answer = authenticate(tokens_of_issuer, &headers);
                    assert!(matches!(answer, Authentication::Ready(Ok(Some(_)))), "{answer:?}");
                }
            });
        }
    });
    let grown = resident_bytes().saturating_sub(before);
    println!("{tokens} tokens: {} MiB more", grown >> 20);
    assert!(grown < 3 * max_cache_bytes, "{} MiB more", grown >> 20);
}

/// The memory of this process, as Linux counts it.
fn resident_bytes() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() * 1024
}
