//! When the token endpoint is asked.

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, advance, sleep};
use tonic::Code;

use crate::client::Credentials;
use crate::client::oauth::TokenError;
use crate::client::oauth::answer::Granted;
use crate::client::oauth::token_cache::{TokenCache, TokenEndpoint};

/// An endpoint whose answers are numbered, and take a second.
#[derive(Clone, Default)]
struct Fake {
    life: Arc<Mutex<Option<Duration>>>,
    asked: Arc<Mutex<Vec<Instant>>>,
}

impl Fake {
    fn with_life(life: Duration) -> (Self, Credentials) {
        let fake = Self { life: Arc::new(Mutex::new(Some(life))), asked: Arc::default() };
        (fake.clone(), Credentials::source(TokenCache::new(fake)))
    }

    fn goes_down(&self) {
        *self.life.lock().unwrap() = None;
    }

    fn comes_up(&self) {
        *self.life.lock().unwrap() = Some(HOUR);
    }

    fn asked(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

impl TokenEndpoint for Fake {
    async fn ask(&self) -> Result<Granted, TokenError> {
        self.asked.lock().unwrap().push(Instant::now());
        let number = self.asked();
        sleep(Duration::from_secs(1)).await;
        let life = self.life.lock().unwrap().ok_or(TokenError::AccessToken)?;
        Ok(Granted { token: format!("token-{number}").into(), life })
    }
}

impl fmt::Display for Fake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("https://id.example.com/token")
    }
}

async fn header(credentials: &Credentials) -> Result<String, Code> {
    let value = credentials.header().await.map_err(|status| status.code())?.unwrap();
    assert!(value.is_sensitive());
    Ok(value.to_str().unwrap().to_owned())
}

fn token(number: usize) -> Result<String, Code> {
    Ok(format!("Bearer token-{number}"))
}

#[tokio::test(start_paused = true)]
async fn concurrent_calls_share_one_token_request() {
    let (fake, credentials) = Fake::with_life(HOUR);
    let mut calls = JoinSet::new();
    for _ in 0..1_000 {
        let credentials = credentials.clone();
        calls.spawn(async move { header(&credentials).await });
    }
    assert!(calls.join_all().await.into_iter().all(|outcome| outcome == token(1)));
    assert_eq!(fake.asked(), 1);
}

#[tokio::test(start_paused = true)]
async fn cancelled_call_does_not_cancel_the_token_request() {
    let (fake, credentials) = Fake::with_life(HOUR);
    let call = tokio::spawn({
        let credentials = credentials.clone();
        async move { header(&credentials).await }
    });
    sleep(Duration::from_millis(500)).await;
    call.abort();
    assert_eq!(header(&credentials).await, token(1));
    assert_eq!(fake.asked(), 1);
}

#[tokio::test(start_paused = true)]
async fn token_is_renewed_before_it_expires_without_delaying_calls() {
    for (life, renewed) in [(3_600, 3_240), (300, 240), (100, 50), (36_000, 32_400)] {
        let (fake, credentials) = Fake::with_life(Duration::from_secs(life));
        let start = Instant::now();
        assert_eq!(header(&credentials).await, token(1));
        advance(Duration::from_secs(renewed - 1) - start.elapsed()).await;
        assert_eq!((header(&credentials).await, fake.asked()), (token(1), 1), "{life}");
        advance(Duration::from_secs(1)).await;
        let before = Instant::now();
        assert_eq!(header(&credentials).await, token(1), "{life}");
        assert_eq!(before.elapsed(), Duration::ZERO, "it does not wait");
        sleep(Duration::from_secs(2)).await;
        assert_eq!((header(&credentials).await, fake.asked()), (token(2), 2), "{life}");
    }
}

#[tokio::test(start_paused = true)]
async fn time_while_the_machine_was_suspended_counts_as_age_of_a_token() {
    let (fake, _) = Fake::with_life(HOUR);
    let cache = TokenCache::new(fake.clone());
    let credentials = Credentials::source(cache.share());
    assert_eq!(header(&credentials).await, token(1));
    cache.suspend(HOUR - Duration::from_secs(60));
    assert_eq!(header(&credentials).await, token(1), "it is renewed meanwhile");
    sleep(Duration::from_secs(2)).await;
    assert_eq!((header(&credentials).await, fake.asked()), (token(2), 2));
    cache.suspend(HOUR);
    assert_eq!(header(&credentials).await, token(3), "no expired token is sent");
}

#[tokio::test(start_paused = true)]
async fn token_that_expired_during_a_suspend_is_not_too_young_to_be_replaced() {
    let (fake, _) = Fake::with_life(HOUR);
    let cache = TokenCache::new(fake);
    let credentials = Credentials::source(cache.share());
    let refused = credentials.header().await.unwrap().unwrap();
    cache.suspend(HOUR / 2);
    assert_eq!(credentials.renewed(&refused).await.unwrap(), "Bearer token-2");
}

#[tokio::test(start_paused = true)]
async fn good_token_is_used_during_an_outage_until_it_expires() {
    let (fake, credentials) = Fake::with_life(HOUR);
    let start = Instant::now();
    assert_eq!(header(&credentials).await, token(1));
    fake.goes_down();
    while start.elapsed() < HOUR - Duration::from_secs(5) {
        assert_eq!(header(&credentials).await, token(1));
        sleep(Duration::from_secs(5)).await;
    }
    sleep(Duration::from_secs(10)).await;
    assert_eq!(header(&credentials).await, Err(Code::Unavailable));
    fake.comes_up();
    sleep(Duration::from_secs(60)).await;
    let last = fake.asked();
    assert_eq!(header(&credentials).await, token(last + 1));
}

#[tokio::test(start_paused = true)]
async fn panic_of_the_log_causes_no_extra_token_request() {
    let broken = || -> io::Sink { panic!("the pipe is broken") };
    let subscriber = tracing_subscriber::fmt().with_writer(broken).finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let (fake, credentials) = Fake::with_life(HOUR);
    fake.goes_down();
    for _ in 0..2 {
        assert_eq!(header(&credentials).await, Err(Code::Unavailable));
    }
    assert_eq!(fake.asked(), 1);
}

#[tokio::test(start_paused = true)]
async fn failed_token_requests_are_retried_with_backoff_and_calls_are_unavailable() {
    let (fake, credentials) = Fake::with_life(HOUR);
    fake.goes_down();
    for _ in 0..6_000 {
        assert_eq!(header(&credentials).await, Err(Code::Unavailable));
        sleep(Duration::from_millis(100)).await;
    }
    let asked = fake.asked.lock().unwrap().clone();
    // A request takes a second.
    let gaps: Vec<_> = asked.windows(2).map(|pair| (pair[1] - pair[0]).as_millis() - 1_000).collect();
    for (gap, longest) in gaps.iter().zip([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]) {
        assert!((longest / 2..=longest + 200).contains(gap), "{gaps:?}");
    }
    assert!(gaps.len() >= 9, "{gaps:?}");
}

#[tokio::test(start_paused = true)]
async fn token_that_the_server_reports_as_expired_is_replaced_once() {
    let (fake, credentials) = Fake::with_life(HOUR);
    let refused = credentials.header().await.unwrap().unwrap();
    assert_eq!(credentials.renewed(&refused).await, None, "it is new");
    advance(Duration::from_secs(10)).await;
    let mut calls = JoinSet::new();
    for _ in 0..100 {
        let (credentials, refused) = (credentials.clone(), refused.clone());
        calls.spawn(async move { credentials.renewed(&refused).await });
    }
    assert!(calls.join_all().await.into_iter().all(|renewed| renewed.unwrap() == "Bearer token-2"));
    assert_eq!(fake.asked(), 2);
    let renewed = credentials.header().await.unwrap().unwrap();
    assert_eq!(credentials.renewed(&renewed).await, None, "a server with a wrong clock gets no third one");
    assert_eq!(fake.asked(), 2);
}

const HOUR: Duration = Duration::from_secs(3_600);
