//! The authenticator.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use http::header::AUTHORIZATION;
use zeroize::Zeroizing;

use super::answer::Answer;
use super::cache::{Key, Outcome};
use super::endpoint::{EndpointError, IntrospectionEndpoint};
use super::reason;
use super::settings::Settings;
use super::single_flight::SingleFlight;
use crate::Principal;
use crate::authn::jwt::{Audience, ClaimRules, Claims, Grants, Issuer, LeewayTooLong, Terms, TokenLimits};
use crate::authn::{Authentication, Authenticator, BearerToken, CallHead, Rejection};
use crate::secret;
use crate::tls::PeerCertificates;
use crate::token68::is_token68;

/// Asks the introspection endpoint of an issuer about bearer tokens (RFC 7662). Cloning is cheap.
///
/// [`Issuer`] names the claims with subject, roles and scopes, as for JWTs. Its token type and algorithms are not used: an
/// answer has none. If an answer has no `iss`, the issuer is that of the endpoint. If it has one, it must be the issuer's
/// name.
///
/// The principal has the claims of the answer. It satisfies no rule that requires the credential `JWT`.
#[derive(Clone)]
pub struct Introspection {
    shared: Arc<Shared>,
    settings: Settings,
    requests: SingleFlight,
}

struct Shared {
    rules: ClaimRules,
    endpoint: IntrospectionEndpoint,
}

impl Introspection {
    /// Accepts tokens for `audience` that `endpoint` says are active. The issuer is the only one of this server, and may
    /// grant every role.
    pub fn new(issuer: Issuer, audience: Audience, endpoint: IntrospectionEndpoint) -> Self {
        Self::of(ClaimRules::new(issuer, audience, Grants::any()), endpoint)
    }

    /// Accepts what [`new`](Self::new) accepts, with no role beyond `grants`: for a server that has other issuers, too.
    pub fn granting(issuer: Issuer, audience: Audience, endpoint: IntrospectionEndpoint, grants: Grants) -> Self {
        Self::of(ClaimRules::new(issuer, audience, grants), endpoint)
    }

    fn of(rules: ClaimRules, endpoint: IntrospectionEndpoint) -> Self {
        let settings = Settings::default();
        let requests = settings.single_flight();
        Self { shared: Arc::new(Shared { rules, endpoint }), settings, requests }
    }

    /// Also asks about tokens that are JWTs and have this issuer in `iss`. Default: a JWT is refused without a request, or
    /// is left to the other authenticator of [`either`](Authenticator::either).
    ///
    /// Use it where a revocation must count within a minute. The endpoint, and not the signature, then decides.
    #[must_use]
    pub fn accept_jwts(self) -> Self {
        self.with(|settings| settings.accepts_jwts = true)
    }

    /// Accepts answers without an audience. Default: an answer must name the [`Audience`]. One that names others only is
    /// refused in any case.
    ///
    /// Risk: a token that a client got for another service is accepted. Only an endpoint that answers `"active": false`
    /// about tokens for other services prevents this (RFC 7662, section 4).
    #[must_use]
    pub fn allow_missing_audience(self) -> Self {
        self.with(|settings| settings.audience_may_be_missing = true)
    }

    /// Accepts answers without `token_type`. Default: it must be `Bearer`, in any case.
    ///
    /// Risk: some servers answer about refresh tokens, too, and only `token_type` tells them from access tokens.
    /// [`Issuer::require_claim`] may name another member that does.
    #[must_use]
    pub fn allow_missing_token_type(self) -> Self {
        self.with(|settings| settings.token_type_may_be_missing = true)
    }

    /// Accepts answers without `exp`, as if the token expired after this time. Default: `exp` is required.
    ///
    /// Risk: a running call ends only then, although its token may have been revoked long before. New calls are asked about
    /// every 60 seconds.
    #[must_use]
    pub fn assume_lifetime(self, lifetime: Duration) -> Self {
        self.with(|settings| settings.lifetime = settings.lifetime.clone().assume(lifetime))
    }

    /// How far the clocks of issuer and this server may be apart. Default: 30 s. Maximum: 300 s.
    ///
    /// # Errors
    ///
    /// It is more than 300 seconds.
    pub fn leeway(self, leeway: Duration) -> Result<Self, LeewayTooLong> {
        let lifetime = self.settings.lifetime.clone().leeway(leeway)?;
        Ok(self.with(|settings| settings.lifetime = lifetime))
    }

    /// How large a token, and what the endpoint says of it, may be. Default: [`TokenLimits::default`].
    #[must_use]
    pub fn limits(self, limits: TokenLimits) -> Self {
        self.with(|settings| settings.limits = limits)
    }

    /// How many bytes the answers of active tokens may take. Default: 64 MiB. With 0, every call is asked about.
    #[must_use]
    pub fn max_cache_bytes(self, max_cache_bytes: usize) -> Self {
        self.with(|settings| settings.max_cache_bytes = max_cache_bytes)
    }

    /// How many tokens are asked about at the same time; at least 1. Default: 64.
    ///
    /// Calls with further unknown tokens are refused with UNAVAILABLE. A flood of invalid tokens can use up this
    /// number. `LimitedByAddress` and a [`prefix`](Self::prefix) protect against such a flood.
    #[must_use]
    pub fn max_concurrent_requests(self, max_concurrent_requests: usize) -> Self {
        self.with(|settings| settings.max_requests = max_concurrent_requests.clamp(1, MAX_REQUESTS))
    }

    /// The text that all tokens of this issuer start with, such as `ory_at_`. It is part of the token. Default: none.
    ///
    /// Other tokens are refused without a request, or are left to the other authenticator of
    /// [`either`](Authenticator::either).
    #[must_use]
    pub fn prefix(self, prefix: impl Into<String>) -> Self {
        self.with(|settings| settings.prefix = prefix.into().into())
    }

    /// Drops the answers that were cached under other settings.
    fn with(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(&mut self.settings);
        let requests = self.settings.single_flight();
        Self { requests, ..self }
    }

    /// The principal of `answer`, which the endpoint gave about a token, at `now`. The token was presented on a connection
    /// with the client certificate `peer`.
    ///
    /// It reads only its arguments. Every answer is decided by this function. A test can call it with the answer of a
    /// real server.
    ///
    /// # Errors
    ///
    /// The answer is not valid, the token is not active, or a check fails.
    pub fn judge_at(
        &self,
        answer: &str,
        peer: Option<&PeerCertificates>,
        now: SystemTime,
    ) -> Result<Principal, Rejection> {
        match Answer::read(answer, self.settings.limits.max_depth) {
            Ok(answer) => self.principal(answer, peer, now),
            Err(_) => Err(reason::ANSWER),
        }
    }

    fn principal(&self, answer: Answer, peer: Option<&PeerCertificates>, now: SystemTime) -> Outcome {
        let Answer::Active(mut members) = answer else { return Err(reason::INACTIVE) };
        let (Settings { lifetime, limits, .. }, rules) = (&self.settings, &self.shared.rules);
        rules.issuer().name_if_missing(&mut members);
        let claims = Claims::of(members);
        self.check_token_type(&claims)?;
        let terms = Terms { peer, lifetime, limits, now };
        match self.settings.audience_may_be_missing && rules.issuer().has_no_audience(&claims) {
            true => rules.principal_of_any_audience(claims, &terms),
            false => rules.principal(claims, &terms),
        }
    }

    /// RFC 7662, section 2.2; RFC 6749, section 7.1.
    fn check_token_type(&self, claims: &Claims) -> Result<(), Rejection> {
        match claims.get("token_type") {
            None if self.settings.token_type_may_be_missing => Ok(()),
            Some(kind) if kind.as_str().is_some_and(|kind| kind.eq_ignore_ascii_case("Bearer")) => Ok(()),
            _ => Err(reason::TOKEN_TYPE),
        }
    }

    /// Asks the endpoint. Also says how long the outcome counts at most.
    async fn ask(self, token: Zeroizing<String>, peer: Option<PeerCertificates>) -> (Outcome, Duration) {
        let answer = match self.shared.endpoint.ask(&token).await {
            Ok(text) => Answer::read(&text, self.settings.limits.max_depth).map_err(EndpointError::Answer),
            Err(error) => Err(error),
        };
        let now = SystemTime::now();
        let outcome = answer.map(|answer| self.principal(answer, peer.as_ref(), now)).unwrap_or_else(|error| {
            self.shared.endpoint.log(&error);
            Err(if matches!(error, EndpointError::Answer(_)) { reason::ANSWER } else { reason::ENDPOINT })
        });
        if let Ok(principal) = &outcome {
            self.shared.rules.hint_at_roles(principal);
        }
        let until_expiry = outcome.as_ref().ok().and_then(|principal| self.until_expiry(principal, now));
        (outcome, until_expiry.unwrap_or_default())
    }

    /// The leeway is for the clocks. It does not make an answer count for longer.
    fn until_expiry(&self, principal: &Principal, now: SystemTime) -> Option<Duration> {
        principal.expiry()?.checked_sub(self.settings.lifetime.leeway_of_clocks())?.duration_since(now).ok()
    }

    /// Checks that need no request.
    fn check_form(&self, token: &str) -> Result<(), Rejection> {
        match () {
            () if token.len() > self.settings.limits.max_bytes => Err(reason::LONG),
            () if !is_token68(token) => Err(reason::MALFORMED),
            () if !token.starts_with(&*self.settings.prefix) => Err(reason::PREFIX),
            () if !self.is_of_this_kind(token) => Err(reason::JWT),
            () => Ok(()),
        }
    }

    /// Whether a token is no JWT, or one that this issuer is asked about.
    fn is_of_this_kind(&self, token: &str) -> bool {
        match Claims::of_jwt(token, self.settings.limits.max_bytes) {
            None => true,
            Some(claims) => self.settings.accepts_jwts && self.shared.rules.issuer().named_by(&claims).is_some(),
        }
    }

    /// Introspects a token as this authenticator does, for an authenticator of your own.
    pub fn verify(&self, token: &str, peer: Option<&PeerCertificates>) -> Authentication {
        if let Err(rejection) = self.check_form(token) {
            return rejection.into();
        }
        let key = Key::new(token, peer);
        if let Some(outcome) = self.requests.known(key) {
            return unexpired(outcome).map(Some).into();
        }
        let (this, token, peer) = (self.clone(), secret::concat(&[token]), peer.cloned());
        Authentication::pending(async move {
            let requests = this.requests.clone();
            unexpired(requests.outcome(key, || this.ask(token, peer)).await).map(Some)
        })
    }
}

impl Authenticator for Introspection {
    fn authenticate(&self, head: &CallHead<'_>) -> Authentication {
        match head.bearer_within(self.settings.limits.max_bytes) {
            Ok(Some(token)) => self.verify(token.as_str(), head.connection().peer_certificates()),
            Ok(None) => Authentication::anonymous(),
            Err(rejection) => rejection.into(),
        }
    }

    fn max_credential_bytes(&self) -> usize {
        self.settings.limits.max_bytes
    }

    fn recall(&self, head: &CallHead<'_>) -> Option<Principal> {
        let token = head.bearer_within(self.settings.limits.max_bytes).ok()??;
        let known = self.requests.known(Key::new(token.as_str(), head.connection().peer_certificates()))?;
        unexpired(known).ok().filter(|_| self.check_form(token.as_str()).is_ok())
    }

    /// A token without the prefix, and a JWT of another issuer, are for another authenticator.
    fn is_presented(&self, head: &CallHead<'_>) -> bool {
        match head.bearer_within(BearerToken::MAX_SETTABLE_BYTES) {
            Ok(Some(token)) => {
                token.as_str().starts_with(&*self.settings.prefix) && self.is_of_this_kind(token.as_str())
            }
            _ => head.headers().contains_key(AUTHORIZATION) && self.settings.prefix.is_empty(),
        }
    }
}

/// A token may expire while its answer is kept.
fn unexpired(outcome: Outcome) -> Outcome {
    outcome.and_then(|principal| if principal.has_expired() { Err(reason::EXPIRED) } else { Ok(principal) })
}

/// Shows no secret, no role and no answer.
impl fmt::Debug for Introspection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Introspection").field("endpoint", &self.shared.endpoint.to_string()).finish_non_exhaustive()
    }
}

const MAX_REQUESTS: usize = 65_536;
