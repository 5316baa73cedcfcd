//! The allocations of a call. The counter is for the whole process, so this file has one test.

use dhat::{HeapStats, Profiler};
use http::HeaderMap;
use http::header::AUTHORIZATION;
use secure_runtime::Authentication;
use secure_runtime::authn::jwt::Jwt;
use secure_runtime::testing::{TestIssuer, authenticate};
use secure_tests::secured::{good_claims, jwt};
use serde_json::json;

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

#[test]
fn cached_token_is_verified_without_an_allocation() {
    let _profiler = Profiler::builder().testing().build();
    let issuer = TestIssuer::new("https://id.example.com");
    let (jwt, token) = (jwt(&issuer), issuer.token(good_claims(json!({ "roles": ["reader"] }))));
    let headers = [(AUTHORIZATION, format!("Bearer {token}").parse().unwrap())].into_iter().collect();
    assert_ne!(allocations(&jwt, &headers, 1), 0, "it is verified");
    assert_eq!(allocations(&jwt, &headers, 1_000), 0);
}

/// How many blocks are allocated while a token is accepted so many times.
fn allocations(jwt: &Jwt, headers: &HeaderMap, times: usize) -> u64 {
    let before = HeapStats::get().total_blocks;
    for _ in 0..times {
        assert!(matches!(authenticate(jwt, headers), Authentication::Ready(Ok(Some(_)))));
    }
    HeapStats::get().total_blocks - before
}
