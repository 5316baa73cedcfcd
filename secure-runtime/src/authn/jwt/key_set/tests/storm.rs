//! Tokens under names of keys that do not exist, in numbers.

use std::hint::black_box;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::{advance, sleep};

use super::refresh::{Fake, Says};
use super::*;

#[tokio::test(start_paused = true)]
async fn unknown_keys_of_50_000_tokens_cause_few_fetches_and_slow_no_good_caller() {
    let issuer = issuer();
    let (fake, keys) = Fake::start(Says::Text(jwks(&issuer, "first")));
    let tokens = verifier(&keys);
    sleep(Duration::from_secs(31)).await;
    let good: Vec<_> = (0..500).map(|number| token_with(&issuer, "first", &json!({ "jti": number }))).collect();
    let bad: Vec<_> = (0..500).map(|number| token(&issuer, &format!("unknown-{number}"))).collect();
    let alone = median(&good, |token| assert!(at_once(&tokens, token).is_ok()));

    fake.say(Says::Never);
    let (mut waiting, mut most) = (JoinSet::new(), 0);
    let mut times = Vec::new();
    for number in 0..50_000 {
        if let Authentication::Pending(answer) = present(&tokens, &bad[number % bad.len()]) {
            waiting.spawn(answer);
        }
        if number % 100 == 0 {
            let begun = Instant::now();
            assert_eq!(black_box(at_once(&tokens, &good[number / 100])), Ok(()));
            times.push(begun.elapsed());
            advance(Duration::from_millis(100)).await;
            most = most.max(waiting.len());
            while waiting.try_join_next().is_some() {}
        }
    }
    times.sort_unstable();
    let ratio = times[times.len() / 2].as_secs_f64() / alone.as_secs_f64();
    println!("a good call in the storm takes {ratio:.2} times what it takes alone");
    assert!(ratio < 5.0, "{ratio}"); // 1.5 on a quiet machine
    assert!(most <= 256, "{most} calls wait");
    assert!(fake.gaps().iter().all(|gap| *gap >= 30), "{:?}", fake.gaps());
}

/// The time of a call that is remembered.
fn median(tokens: &[String], mut call: impl FnMut(&str)) -> Duration {
    tokens.iter().for_each(|token| call(token));
    let mut times: Vec<_> = tokens
        .iter()
        .map(|token| {
            let begun = Instant::now();
            call(token);
            begun.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[times.len() / 2]
}
