//! The refresher, with a source that does what it is told.

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::{Instant, sleep};
use tower::BoxError;

use super::*;
use crate::authn::jwt::key_set::live::Live;
use crate::authn::jwt::key_set::refresh::{Loaded, Refresher, Schedule, Source};
use crate::authn::jwt::key_set::single_flight::SingleFlight;
use crate::authn::jwt::reason;

/// What the next attempt comes to.
#[derive(Clone)]
pub(super) enum Says {
    Text(String),
    Fails,
    Panics,
    Never,
}

/// A source that is told what to say, and tells when it was asked.
#[derive(Clone)]
pub(super) struct Fake {
    says: Arc<Mutex<Says>>,
    asked: Arc<Mutex<Vec<Instant>>>,
}

impl Fake {
    /// A source, and keys that follow it.
    pub(super) fn start(says: Says) -> (Self, KeySet) {
        let fake = Self { says: Arc::new(Mutex::new(says)), asked: Arc::default() };
        let live = Arc::new(Live::empty(SingleFlight::new(Duration::from_secs(30))));
        tokio::spawn(Refresher::new(fake.clone(), &live).run());
        (fake, KeySet::of_live(live))
    }

    pub(super) fn say(&self, says: Says) {
        *self.says.lock().unwrap() = says;
    }

    pub(super) fn asked(&self) -> usize {
        self.asked.lock().unwrap().len()
    }

    /// The times between attempts, in seconds.
    pub(super) fn gaps(&self) -> Vec<u64> {
        self.asked.lock().unwrap().windows(2).map(|pair| (pair[1] - pair[0]).as_secs()).collect()
    }
}

impl Source for Fake {
    fn schedule(&self) -> Schedule {
        Schedule { retry_interval: Duration::from_secs(30), max_outage: DAY }
    }

    async fn load(&self) -> Result<Loaded, BoxError> {
        self.asked.lock().unwrap().push(Instant::now());
        let says = self.says.lock().unwrap().clone();
        match says {
            Says::Text(text) => Ok(Loaded { text, fresh_for: Duration::from_secs(600) }),
            Says::Fails => Err("it is down".into()),
            Says::Panics => panic!("as it was told"),
            Says::Never => std::future::pending().await,
        }
    }
}

impl fmt::Display for Fake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("https://id.example.com/jwks")
    }
}

#[tokio::test(start_paused = true)]
async fn calls_are_unavailable_until_keys_are_loaded() {
    let (issuer, (fake, keys)) = (issuer(), Fake::start(Says::Fails));
    let tokens = verifier(&keys);
    sleep(Duration::from_secs(1)).await;
    let first = token(&issuer, "first");
    assert_eq!(at_once(&tokens, &first), Err(reason::KEYS));
    assert_eq!(reason::KEYS.denial(), crate::Denial::KeysUnavailable);
    fake.say(Says::Text(jwks(&issuer, "first")));
    sleep(Duration::from_secs(30)).await;
    assert_eq!(at_once(&tokens, &first), Ok(()));
}

#[tokio::test(start_paused = true)]
async fn last_good_keys_are_used_for_one_day_of_an_outage() {
    let (issuer, (fake, keys), (log, _guard)) = (issuer(), Fake::start(Says::Fails), Log::start(LevelFilter::INFO));
    let (tokens, first) = (verifier(&keys), token(&issuer, "first"));
    fake.say(Says::Text(jwks(&issuer, "first")));
    sleep(Duration::from_secs(60)).await;
    assert_eq!(at_once(&tokens, &first), Ok(()));
    fake.say(Says::Fails);
    sleep(DAY).await;
    assert_eq!(at_once(&tokens, &first), Ok(()));
    sleep(Duration::from_secs(700)).await;
    assert_eq!(at_once(&tokens, &first), Err(reason::KEYS), "what was remembered does not count either");
    assert_eq!(log.lines("WARN").len(), 24, "one an hour: {:?}", log.lines("WARN"));
    assert_eq!(log.lines("ERROR").len(), 1, "the keys are given up");
    fake.say(Says::Text(jwks(&issuer, "first")));
    sleep(Duration::from_secs(31)).await;
    assert_eq!(at_once(&tokens, &first), Ok(()), "the same text as before the outage");
}

#[tokio::test(start_paused = true)]
async fn error_is_logged_every_hour_while_there_are_no_keys() {
    let ((_fake, _keys), (log, _guard)) = (Fake::start(Says::Fails), Log::start(LevelFilter::INFO));
    sleep(Duration::from_secs(60)).await;
    assert_eq!((log.lines("ERROR").len(), log.lines("WARN").len()), (1, 0), "{}", log.text());
    sleep(HOUR * 3).await;
    assert_eq!((log.lines("ERROR").len(), log.lines("WARN").len()), (4, 0), "{}", log.text());
}

#[tokio::test(start_paused = true)]
async fn outage_is_counted_from_its_first_failure() {
    let (issuer, (fake, keys)) = (issuer(), Fake::start(Says::Fails));
    let (tokens, first) = (verifier(&keys), token(&issuer, "first"));
    fake.say(Says::Text(jwks(&issuer, "first")));
    sleep(DAY * 3).await;
    fake.say(Says::Fails);
    sleep(DAY).await;
    assert_eq!(at_once(&tokens, &first), Ok(()));
}

#[tokio::test(start_paused = true)]
async fn an_empty_or_broken_answer_never_replaces_good_keys() {
    let (issuer, (fake, keys)) = (issuer(), Fake::start(Says::Text(String::new())));
    let (tokens, first) = (verifier(&keys), token(&issuer, "first"));
    sleep(Duration::from_secs(1)).await;
    assert_eq!(at_once(&tokens, &first), Err(reason::KEYS), "nothing is no set of keys");
    fake.say(Says::Text(jwks(&issuer, "first")));
    sleep(Duration::from_secs(60)).await;
    for text in ["", "{}", r#"{"keys":[]}"#, "<html>"] {
        fake.say(Says::Text(text.into()));
        sleep(Duration::from_secs(1_200)).await;
        assert_eq!(at_once(&tokens, &first), Ok(()), "{text}");
    }
}

#[tokio::test(start_paused = true)]
async fn answer_that_is_always_malformed_is_an_outage() {
    let (issuer, (fake, keys)) = (issuer(), Fake::start(Says::Fails));
    let (tokens, first) = (verifier(&keys), token(&issuer, "first"));
    fake.say(Says::Text(jwks(&issuer, "first")));
    sleep(Duration::from_secs(60)).await;
    fake.say(Says::Text("<html>".into()));
    sleep(DAY).await;
    assert_eq!(at_once(&tokens, &first), Ok(()));
    sleep(Duration::from_secs(700)).await;
    assert_eq!(at_once(&tokens, &first), Err(reason::KEYS));
    assert_eq!(fake.gaps()[..3], [600, 30, 30]);
}

#[tokio::test(start_paused = true)]
async fn panic_of_a_source_is_a_failed_refresh() {
    let (issuer, (fake, keys)) = (issuer(), Fake::start(Says::Panics));
    let tokens = verifier(&keys);
    sleep(Duration::from_secs(1)).await;
    fake.say(Says::Text(jwks(&issuer, "first")));
    sleep(Duration::from_secs(30)).await;
    assert_eq!(at_once(&tokens, &token(&issuer, "first")), Ok(()));
}

#[tokio::test(start_paused = true)]
async fn panic_of_the_log_stops_neither_refreshes_nor_the_outage_clock() {
    let broken = || -> io::Sink { panic!("the pipe is broken") };
    let subscriber = tracing_subscriber::fmt().with_writer(broken).finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let (issuer, (fake, keys)) = (issuer(), Fake::start(Says::Fails));
    let (tokens, first) = (verifier(&keys), token(&issuer, "first"));
    sleep(Duration::from_secs(1)).await;
    fake.say(Says::Text(jwks(&issuer, "first")));
    sleep(Duration::from_secs(60)).await;
    assert_eq!(at_once(&tokens, &first), Ok(()));
    fake.say(Says::Fails);
    sleep(DAY + Duration::from_secs(700)).await;
    assert_eq!(at_once(&tokens, &first), Err(reason::KEYS));
}

#[tokio::test(start_paused = true)]
async fn refresher_stops_when_the_last_handle_is_dropped() {
    for says in [Says::Text(jwks(&issuer(), "first")), Says::Fails] {
        let (fake, keys) = Fake::start(says);
        let tokens = verifier(&keys);
        sleep(Duration::from_secs(1)).await;
        drop(keys);
        tokio::task::yield_now().await;
        assert_eq!(Arc::strong_count(&fake.asked), 2, "the verifier has a handle");
        drop(tokens);
        sleep(Duration::from_millis(1)).await;
        assert_eq!(Arc::strong_count(&fake.asked), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn refresher_stops_during_an_attempt_when_the_last_handle_is_dropped() {
    let (fake, keys) = Fake::start(Says::Never);
    sleep(Duration::from_secs(1)).await;
    drop(keys);
    sleep(Duration::from_millis(1)).await;
    assert_eq!(Arc::strong_count(&fake.asked), 1);
}

#[tokio::test(start_paused = true)]
async fn cached_token_of_a_removed_key_is_refused() {
    let (issuer, (fake, keys)) = (issuer(), Fake::start(Says::Text(jwks(&issuer(), "first"))));
    let (tokens, first) = (verifier(&keys), token(&issuer, "first"));
    fake.say(Says::Text(jwks(&issuer, "first")));
    sleep(Duration::from_secs(601)).await;
    assert_eq!(at_once(&tokens, &first), Ok(()));
    fake.say(Says::Text(jwks(&issuer, "second")));
    sleep(Duration::from_secs(600)).await;
    assert_ne!(answer(&tokens, &first).await, Ok(()));
    assert_eq!(at_once(&tokens, &token(&issuer, "second")), Ok(()));
}

const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
