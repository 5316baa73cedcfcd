//! A token that is kept until shortly before it ends.

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;
use tower::BoxError;

use super::TokenError;
use super::answer::Granted;
use super::error::NoToken;
use crate::client::CredentialSource;
use crate::jitter::jittered;

/// Where tokens come from. Its `Display` is what the log says of it.
pub(super) trait TokenEndpoint: fmt::Display + Send + Sync + 'static {
    fn ask(&self) -> impl Future<Output = Result<Granted, TokenError>> + Send;
}

/// The token of an endpoint, asked for once for all who need it.
pub(super) struct Kept<E>(Arc<Shared<E>>);

struct Shared<E> {
    endpoint: E,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    token: Option<Token>,
    /// Under way as long as its sender lives.
    request: Option<watch::Receiver<()>>,
    failures: u32,
    /// The server is left alone until then.
    not_before: Option<Instant>,
}

struct Token {
    text: String,
    renew_at: Instant,
    ends_at: Instant,
}

/// What there is for a call.
enum Found {
    Nothing,
    Request(watch::Receiver<()>),
    Token(String),
}

impl<E: TokenEndpoint> Kept<E> {
    pub(super) fn new(endpoint: E) -> Self {
        Self(Arc::new(Shared { endpoint, state: Mutex::default() }))
    }

    async fn get(&self) -> Result<String, NoToken> {
        match self.find() {
            Found::Nothing => Err(NoToken),
            Found::Token(token) => Ok(token),
            Found::Request(mut request) => {
                // Nothing is sent: it is over when its sender is gone.
                while request.changed().await.is_ok() {}
                self.0.state().good().ok_or(NoToken)
            }
        }
    }

    fn find(&self) -> Found {
        let mut state = self.0.state();
        if state.is_due() {
            state.request = Some(self.request());
        }
        match (state.good(), state.under_way()) {
            (Some(token), _) => Found::Token(token),
            (None, Some(request)) => Found::Request(request.clone()),
            (None, None) => Found::Nothing,
        }
    }

    /// Asks in a task of its own, so that no call that goes away takes the answer with it.
    fn request(&self) -> watch::Receiver<()> {
        let (over, request) = watch::channel(());
        let shared = Arc::clone(&self.0);
        tokio::spawn(async move {
            let asked_at = Instant::now();
            let outcome = shared.endpoint.ask().await;
            let failure = shared.state().conclude(outcome, asked_at);
            drop(over);
            // At the end, as whoever reads the log may panic.
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
        let now = Instant::now();
        let is_old = self.token.as_ref().is_none_or(|token| token.renew_at <= now);
        is_old && self.under_way().is_none() && self.not_before.is_none_or(|time| time <= now)
    }

    fn under_way(&self) -> Option<&watch::Receiver<()>> {
        self.request.as_ref().filter(|request| request.has_changed().is_ok())
    }

    fn good(&self) -> Option<String> {
        self.token.as_ref().filter(|token| Instant::now() < token.ends_at).map(|token| token.text.clone())
    }

    /// Gives what is worth a line in the log.
    fn conclude(&mut self, outcome: Result<Granted, TokenError>, asked_at: Instant) -> Option<TokenError> {
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
    /// Its life began when it was asked for, at the earliest.
    fn new(Granted { token, life }: Granted, asked_at: Instant) -> Self {
        let lead = (life / 10).max(LEAD.min(life / 2));
        Self { text: token, renew_at: asked_at + life - lead, ends_at: asked_at + life }
    }
}

impl<E: TokenEndpoint> CredentialSource for Kept<E> {
    fn token(&self) -> Pin<Box<dyn Future<Output = Result<String, BoxError>> + Send + '_>> {
        Box::pin(async { self.get().await.map_err(Into::into) })
    }
}

/// From a failure to the next request, after this many failures before it: half of it by chance, so that clients that
/// failed together do not come back together.
fn back_off(failures: u32) -> Duration {
    let longest = Duration::from_secs(1 << failures.min(6)).min(LONGEST_BACK_OFF);
    jittered(longest, 0.5..1.0)
}

/// A token is renewed this long before its end, unless a tenth of its life is more or half of it is less.
const LEAD: Duration = Duration::from_secs(60);
const LONGEST_BACK_OFF: Duration = Duration::from_secs(60);
