//! A token that is kept, and renewed before it expires.

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;
use tower::BoxError;
use zeroize::Zeroizing;

use super::TokenError;
use super::answer::Granted;
use super::error::NoToken;
use crate::client::CredentialSource;
use crate::jitter::jittered;
use crate::moment::Moment;

/// A source of new tokens. The log shows its `Display`.
pub(super) trait TokenEndpoint: fmt::Display + Send + Sync + 'static {
    fn ask(&self) -> impl Future<Output = Result<Granted, TokenError>> + Send;
}

/// The token of an endpoint. One request serves all callers that wait.
pub(super) struct TokenCache<E>(Arc<Shared<E>>);

struct Shared<E> {
    endpoint: E,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    token: Option<Token>,
    /// The running request. It has ended when its sender is dropped.
    request: Option<watch::Receiver<()>>,
    failures: u32,
    /// The next request is not sent before.
    not_before: Option<Instant>,
}

struct Token {
    text: Zeroizing<String>,
    asked_at: Moment,
    /// The age at which it is renewed.
    renew_after: Duration,
    life: Duration,
}

/// What a call gets.
enum Found {
    Nothing,
    Request(watch::Receiver<()>),
    Token(Zeroizing<String>),
}

impl<E: TokenEndpoint> TokenCache<E> {
    pub(super) fn new(endpoint: E) -> Self {
        Self(Arc::new(Shared { endpoint, state: Mutex::default() }))
    }

    async fn get(&self) -> Result<Zeroizing<String>, NoToken> {
        match self.find() {
            Found::Nothing => Err(NoToken),
            Found::Token(token) => Ok(token),
            Found::Request(mut request) => {
                // Nothing is sent: the request has ended when its sender is dropped.
                while request.changed().await.is_ok() {}
                self.0.state().usable().ok_or(NoToken)
            }
        }
    }

    fn find(&self) -> Found {
        let mut state = self.0.state();
        if state.is_due() {
            state.request = Some(self.request());
        }
        match (state.usable(), state.running()) {
            (Some(token), _) => Found::Token(token),
            (None, Some(request)) => Found::Request(request.clone()),
            (None, None) => Found::Nothing,
        }
    }

    /// Asks in a task of its own: a call that is dropped must not cancel the request of others.
    fn request(&self) -> watch::Receiver<()> {
        let (over, request) = watch::channel(());
        let shared = Arc::clone(&self.0);
        tokio::spawn(async move {
            let asked_at = Moment::now();
            let outcome = shared.endpoint.ask().await;
            let failure = shared.state().conclude(outcome, asked_at);
            drop(over);
            // Last, because a subscriber of the log may panic.
            if let Some(error) = failure {
                tracing::warn!(endpoint = %shared.endpoint, ?error, "no access token can be obtained");
            }
        });
        request
    }
}

impl<E> Shared<E> {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_due(&self) -> bool {
        let is_old = self.token.as_ref().is_none_or(|token| token.asked_at.elapsed() >= token.renew_after);
        is_old && self.running().is_none() && self.not_before.is_none_or(|time| time <= Instant::now())
    }

    fn running(&self) -> Option<&watch::Receiver<()>> {
        self.request.as_ref().filter(|request| request.has_changed().is_ok())
    }

    fn usable(&self) -> Option<Zeroizing<String>> {
        self.token.as_ref().filter(|token| token.asked_at.elapsed() < token.life).map(|token| token.text.clone())
    }

    /// Returns the error to log, if there is one.
    fn conclude(&mut self, outcome: Result<Granted, TokenError>, asked_at: Moment) -> Option<TokenError> {
        match outcome {
            Ok(granted) => {
                *self = Self { token: Some(Token::new(granted, asked_at)), ..Self::default() };
                None
            }
            Err(error) => {
                self.not_before = Some(Instant::now() + back_off(self.failures));
                self.failures = self.failures.saturating_add(1);
                Some(error)
            }
        }
    }
}

impl Token {
    /// Its life is counted from the request: the server may have issued it then.
    fn new(Granted { token, life }: Granted, asked_at: Moment) -> Self {
        let before_expiry = (life / 10).max(RENEW_BEFORE_EXPIRY.min(life / 2));
        Self { text: token, asked_at, renew_after: life.saturating_sub(before_expiry), life }
    }
}

impl<E: TokenEndpoint> CredentialSource for TokenCache<E> {
    fn token(&self) -> Pin<Box<dyn Future<Output = Result<String, BoxError>> + Send + '_>> {
        Box::pin(async { self.get().await.map(|token| (*token).clone()).map_err(Into::into) })
    }

    fn expired(&self, token: &str) {
        let mut state = self.0.state();
        let is_it = |kept: &Token| *kept.text == token && kept.asked_at.elapsed() >= MIN_AGE;
        if state.token.as_ref().is_some_and(is_it) {
            state.token = None;
        }
    }
}

#[cfg(test)]
impl<E> TokenCache<E> {
    /// The same cache, for a test that also gives it away.
    pub(super) fn share(&self) -> Self {
        Self(Arc::clone(&self.0))
    }

    /// As if the machine had been suspended for some time.
    pub(super) fn suspend(&self, time: Duration) {
        if let Some(token) = &mut self.0.state().token {
            token.asked_at = token.asked_at.before_suspend(time);
        }
    }
}

/// The time from a failure to the next request, after this many earlier failures. It varies by up to a half, so that
/// clients that failed together do not come back together.
fn back_off(failures: u32) -> Duration {
    let longest = Duration::from_secs(1 << failures.min(6)).min(MAX_BACK_OFF);
    jittered(longest, 0.5..1.0)
}

/// A token is renewed this long before it expires, unless a tenth of its life is more or half of it is less.
const RENEW_BEFORE_EXPIRY: Duration = Duration::from_secs(60);
/// A younger token is not replaced because a server says that it has expired: the clock of that server is wrong.
const MIN_AGE: Duration = Duration::from_secs(10);
const MAX_BACK_OFF: Duration = Duration::from_secs(60);
