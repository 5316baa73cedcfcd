//! Calls that lack a key, and how often they may have keys fetched.

use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, advance, sleep};

use super::refresh::{Fake, Says};
use super::*;
use crate::authn::jwt::reason;

/// A source that gave its first set a while ago.
async fn settled(issuer: &TestIssuer) -> (Fake, Jwt) {
    let (fake, keys) = Fake::start(Says::Text(jwks(issuer, "first")));
    sleep(Duration::from_secs(31)).await;
    (fake, verifier(&keys))
}

#[tokio::test(start_paused = true)]
async fn the_first_token_under_a_new_key_waits_for_one_refresh_and_is_accepted() {
    let issuer = issuer();
    let (fake, tokens) = settled(&issuer).await;
    fake.say(Says::Text(jwks(&issuer, "second")));
    assert_eq!(answer(&tokens, &token(&issuer, "second")).await, Ok(()));
    assert_eq!((fake.asked(), fake.gaps()), (2, vec![31]));
}

#[tokio::test(start_paused = true)]
async fn calls_wait_for_the_first_load_of_keys() {
    let (issuer, (fake, keys)) = (issuer(), Fake::start(Says::Fails));
    fake.say(Says::Text(jwks(&issuer, "first")));
    assert_eq!(answer(&verifier(&keys), &token(&issuer, "first")).await, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn unknown_keys_cause_one_fetch_in_30_seconds_counted_from_the_last_attempt() {
    let issuer = issuer();
    let (fake, tokens) = settled(&issuer).await;
    let unknown = token(&issuer, "unknown");
    for _ in 0..1_000 {
        assert_eq!(answer(&tokens, &unknown).await, Err(reason::KEY_UNKNOWN));
        advance(Duration::from_millis(500)).await;
    }
    assert!(fake.gaps().iter().all(|gap| *gap >= 30), "{:?}", fake.gaps());
    assert!(fake.asked() >= 16, "{:?}", fake.gaps());
}

#[tokio::test(start_paused = true)]
async fn scheduled_refresh_counts_as_an_attempt() {
    let issuer = issuer();
    let (fake, tokens) = settled(&issuer).await;
    sleep(Duration::from_secs(570)).await;
    assert_eq!(fake.gaps(), [600]);
    assert_eq!(at_once(&tokens, &token(&issuer, "unknown")), Err(reason::KEY_UNKNOWN));
}

#[tokio::test(start_paused = true)]
async fn failures_of_the_source_count_as_attempts() {
    let issuer = issuer();
    let (fake, tokens) = settled(&issuer).await;
    fake.say(Says::Fails);
    for _ in 0..200 {
        assert_eq!(answer(&tokens, &token(&issuer, "unknown")).await, Err(reason::KEY_UNKNOWN));
        advance(Duration::from_secs(1)).await;
    }
    assert!(fake.gaps().iter().all(|gap| *gap >= 30), "{:?}", fake.gaps());
}

#[tokio::test(start_paused = true)]
async fn at_most_256_calls_wait_each_for_a_second_and_all_others_are_refused_at_once() {
    let issuer = issuer();
    let (fake, tokens) = settled(&issuer).await;
    fake.say(Says::Never);
    let start = Instant::now();
    let mut waiting = JoinSet::new();
    let mut refused = 0;
    for _ in 0..1_000 {
        match present(&tokens, &token(&issuer, "unknown")) {
            Authentication::Pending(answer) => _ = waiting.spawn(answer),
            Authentication::Ready(answer) => {
                assert_eq!(answer.map(drop), Err(reason::KEY_UNKNOWN));
                refused += 1;
            }
        }
    }
    assert_eq!((waiting.len(), refused, start.elapsed()), (256, 744, Duration::ZERO));
    for outcome in waiting.join_all().await {
        assert_eq!(outcome.map(drop), Err(reason::KEY_UNKNOWN));
    }
    assert!(start.elapsed() < Duration::from_millis(1_100), "{:?}", start.elapsed());
    assert_eq!(fake.asked(), 2, "one refresh at a time");
    assert_eq!(at_once(&tokens, &token(&issuer, "first")), Ok(()), "good callers do not wait");
    assert!(matches!(present(&tokens, &token(&issuer, "unknown")), Authentication::Pending(_)), "calls may wait again");
}

#[tokio::test(start_paused = true)]
async fn only_a_token_that_passes_every_other_check_causes_a_fetch() {
    let issuer = issuer();
    let (fake, tokens) = settled(&issuer).await;
    let bad = [
        json!({ "iss": "https://id.example.org" }),
        json!({ "aud": "billing" }),
        json!({ "sub": "" }),
        json!({ "exp": 1_000 }),
        json!({ "nbf": 99_000_000_000_u64 }),
        json!({ "iat": 99_000_000_000_u64 }),
        json!({ "roles": "admin" }),
        json!({ "scope": 7 }),
        json!({ "cnf": { "x5t#S256": "x" } }),
    ];
    for changes in bad {
        assert!(at_once(&tokens, &token_with(&issuer, "unknown", &changes)).is_err(), "{changes}");
    }
    for header in
        [json!({ "alg": "EdDSA", "kid": "unknown" }), json!({ "alg": "HS256", "kid": "unknown", "typ": "at+jwt" })]
    {
        let claims = json!({ "iss": NAME, "aud": "orders", "sub": "alice", "exp": 99_000_000_000_u64 });
        assert!(at_once(&tokens, &issuer.sign(header, claims)).is_err());
    }
    assert_eq!(fake.asked(), 1);
    assert!(matches!(present(&tokens, &token(&issuer, "unknown")), Authentication::Pending(_)));
}

#[tokio::test(start_paused = true)]
async fn a_known_key_never_waits_for_a_fetch() {
    let issuer = issuer();
    let (fake, tokens) = settled(&issuer).await;
    fake.say(Says::Never);
    assert!(matches!(present(&tokens, &token(&issuer, "unknown")), Authentication::Pending(_)));
    sleep(Duration::from_millis(10)).await;
    assert_eq!(fake.asked(), 2);
    assert_eq!(at_once(&tokens, &token(&issuer, "first")), Ok(()));
}
