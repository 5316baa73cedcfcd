//! The verifier: all checks, in order.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use zeroize::Zeroizing;

use super::cache::Cache;
use super::claim_rules::Terms;
use super::claims::Claims;
use super::compact::Compact;
use super::header::Header;
use super::key_set::Waiter;
use super::lifetime::{LeewayTooLong, Lifetime};
use super::trust::{self, Trust, TrustError};
use super::{Audience, Grants, Issuer, KeySet, TokenLimits, reason};
use crate::Principal;
use crate::authn::{Authentication, Authenticator, CallHead, Rejection};
use crate::tls::PeerCertificates;

/// Verifies the access tokens of one issuer, or of several. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct Jwt {
    trusted: Arc<[Trust]>,
    lifetime: Lifetime,
    limits: TokenLimits,
    cache: Arc<Cache>,
}

/// A token that is not accepted.
struct Refused<'a> {
    rejection: Rejection,
    /// The issuer whose key is missing, if nothing else is.
    lacks_key_of: Option<&'a Trust>,
}

impl From<Rejection> for Refused<'_> {
    fn from(rejection: Rejection) -> Self {
        Self { rejection, lacks_key_of: None }
    }
}

impl Jwt {
    /// Accepts tokens that `issuer` signed with one of `keys` for `audience`. It is the only issuer, and may grant
    /// every role.
    pub fn new(issuer: Issuer, audience: Audience, keys: KeySet) -> Self {
        Self::of([Trust::new(issuer, audience, keys, Grants::any())].into())
    }

    /// Accepts tokens of several issuers.
    ///
    /// - The same subject of two issuers is two callers.
    /// - An issuer grants no role beyond its [`Grants`].
    /// - Rules about the `owner` or `tenant` of a request admit only callers of issuers that may name them.
    ///
    /// # Errors
    ///
    /// There is no issuer, or one is trusted twice for the same audience.
    pub fn trusting(issuers: impl IntoIterator<Item = Trust>) -> Result<Self, TrustError> {
        trust::distinct(issuers.into_iter().collect()).map(|trusted| Self::of(trusted.into()))
    }

    fn of(trusted: Arc<[Trust]>) -> Self {
        Self { trusted, lifetime: Lifetime::default(), limits: TokenLimits::default(), cache: Arc::default() }
    }

    /// How far the clocks of issuer and verifier may be apart. Default: 30 s. Maximum: 300 s.
    ///
    /// # Errors
    ///
    /// It is more than 300 seconds.
    pub fn leeway(self, leeway: Duration) -> Result<Self, LeewayTooLong> {
        Ok(Self { lifetime: self.lifetime.leeway(leeway)?, cache: self.cache.emptied(), ..self })
    }

    /// Refuses tokens whose `exp` lies more than `max_lifetime` after their `iat`, and tokens without `iat`. Default:
    /// tokens may be valid for any time.
    pub fn max_lifetime(self, max_lifetime: Duration) -> Self {
        Self { lifetime: self.lifetime.max(max_lifetime), cache: self.cache.emptied(), ..self }
    }

    /// How large a token may be. Default: [`TokenLimits::default`].
    pub fn limits(self, limits: TokenLimits) -> Self {
        Self { limits, cache: self.cache.emptied(), ..self }
    }

    /// How many bytes the cache of verified tokens may take. Default: 64 MiB. With 0, every call verifies its token.
    ///
    /// A full cache drops older tokens. An entry takes about four times the length of its token. The table of entries takes up to a
    /// sixty-fourth of this number beside them.
    ///
    /// These are the bytes that entries take. An allocator leaves gaps between them. With tokens that are made to cause gaps,
    /// the process grows by up to three times this number.
    pub fn max_cache_bytes(self, max_cache_bytes: usize) -> Self {
        Self { cache: Arc::new(Cache::new(max_cache_bytes)), ..self }
    }

    /// The principal of `token` at `now`, presented on a connection with the client certificate `peer`.
    ///
    /// It reads nothing but its arguments and the keys that are loaded. The principal expires at `exp` plus the leeway.
    ///
    /// # Errors
    ///
    /// A check fails. "Expired" is said only of a token that is good in every other way.
    pub fn verify_at(
        &self,
        token: &str,
        peer: Option<&PeerCertificates>,
        now: SystemTime,
    ) -> Result<Principal, Rejection> {
        self.judge(token, peer, now).map_err(|refused| refused.rejection)
    }

    /// Verifies a token as this authenticator does, for an authenticator of your own. It uses the cache, and waits for
    /// a key that is not loaded yet.
    ///
    /// ```
    /// use secure_runtime::authn::jwt::Jwt;
    /// use secure_runtime::{Authentication, CallHead};
    ///
    /// /// Takes the token from a header of a proxy's.
    /// fn authenticator(tokens: Jwt) -> impl Fn(&CallHead<'_>) -> Authentication {
    ///     move |head| match head.headers().get("x-access-token").map(|value| value.to_str()) {
    ///         None => Authentication::anonymous(),
    ///         Some(token) => tokens.verify(token.unwrap_or_default(), head.connection().peer_certificates()),
    ///     }
    /// }
    /// ```
    pub fn verify(&self, token: &str, peer: Option<&PeerCertificates>) -> Authentication {
        match self.prove(token, peer) {
            Ok(principal) => principal.into(),
            Err(Refused { rejection, lacks_key_of }) => match lacks_key_of.and_then(Trust::join_refresh) {
                Some(waiter) => self.prove_after(waiter, token, peer),
                None => rejection.into(),
            },
        }
    }

    fn judge(&self, token: &str, peer: Option<&PeerCertificates>, now: SystemTime) -> Result<Principal, Refused<'_>> {
        let token = Compact::split(token, self.limits.max_bytes)?;
        let header = Header::read(&token.header)?;
        let claims = Claims::read(&token.payload, self.limits.max_depth)?;
        let trust = self.named_by(&claims)?;
        let signed = trust.check_signature(&header, &token);
        let terms = Terms { peer, lifetime: &self.lifetime, limits: &self.limits, now };
        match signed {
            Ok(()) => Ok(trust.principal(claims, &terms).inspect(|principal| trust.hint_at_roles(principal))?),
            Err(rejection) if reason::lacks_key(rejection) => {
                let is_good = trust.principal(claims, &terms).is_ok();
                Err(Refused { rejection, lacks_key_of: is_good.then_some(trust) })
            }
            Err(rejection) => Err(rejection.into()),
        }
    }

    /// The issuer and audience that claims name. They are not verified yet: from here on only the keys of this issuer
    /// count.
    fn named_by(&self, claims: &Claims) -> Result<&Trust, Rejection> {
        let mut named = self.trusted.iter().filter(|trust| trust.is_named_by(claims));
        let first = named.next().ok_or_else(|| self.unknown_issuer(claims))?;
        if first.is_for_audience_of(claims) {
            return Ok(first);
        }
        Ok(named.find(|trust| trust.is_for_audience_of(claims)).unwrap_or(first))
    }

    fn unknown_issuer(&self, claims: &Claims) -> Rejection {
        self.trusted.iter().find_map(|trust| trust.mistake(claims)).unwrap_or(reason::ISSUER)
    }

    /// The principal of a token that is presented now.
    fn prove(&self, token: &str, peer: Option<&PeerCertificates>) -> Result<Principal, Refused<'_>> {
        let now = SystemTime::now();
        self.cache.principal(token, peer, now, self.generation(), || self.judge(token, peer, now))
    }

    /// The same, once the refresh that `waiter` waits for is over.
    fn prove_after(&self, waiter: Waiter, token: &str, peer: Option<&PeerCertificates>) -> Authentication {
        let (verifier, token, peer) = (self.clone(), Zeroizing::new(token.to_owned()), peer.cloned());
        Authentication::pending(async move {
            waiter.finished().await;
            verifier.prove(&token, peer.as_ref()).map(Some).map_err(|refused| refused.rejection)
        })
    }

    /// How many lookups found a verified token in the cache, or found none.
    #[cfg(feature = "otel")]
    pub(crate) fn cache_lookups(&self, is_hit: bool) -> u64 {
        self.cache.lookups(is_hit)
    }

    /// It changes with every change of any key. A cache entry is good for one generation.
    fn generation(&self) -> u64 {
        self.trusted.iter().map(Trust::generation).sum()
    }
}

impl Authenticator for Jwt {
    fn authenticate(&self, head: &CallHead<'_>) -> Authentication {
        if let Some(principal) = self.recall(head) {
            return principal.into();
        }
        match head.bearer_within(self.limits.max_bytes) {
            Ok(Some(token)) => self.verify(token.as_str(), head.connection().peer_certificates()),
            Ok(None) => Authentication::anonymous(),
            Err(rejection) => rejection.into(),
        }
    }

    fn max_credential_bytes(&self) -> usize {
        self.limits.max_bytes
    }

    fn recall(&self, head: &CallHead<'_>) -> Option<Principal> {
        // A token in the cache has passed every check, so the same bytes need none.
        let token = head.unchecked_bearer()?;
        let peer = head.connection().peer_certificates();
        self.cache.known(token, peer, SystemTime::now(), self.generation())
    }
}
