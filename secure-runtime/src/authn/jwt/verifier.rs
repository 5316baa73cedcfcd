//! The verifier: every check, in order.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::cache::Cache;
use super::claims::Claims;
use super::compact::Compact;
use super::header::Header;
use super::key_set::Waiter;
use super::lifetime::{LeewayTooLong, Lifetime};
use super::trust::{self, Trust, TrustError};
use super::{Audience, Grants, Issuer, KeySet, reason};
use crate::Principal;
use crate::authn::{Authentication, Authenticator, CallHead, Rejection};
use crate::tls::PeerCertificates;

/// Verifies the access tokens of one issuer, or of several. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct Jwt {
    trusted: Arc<[Trust]>,
    lifetime: Lifetime,
    cache: Arc<Cache>,
}

/// A token that is not accepted.
struct Unproven<'a> {
    why: Rejection,
    /// Whose key is missing, if nothing else is.
    issuer: Option<&'a Trust>,
}

impl From<Rejection> for Unproven<'_> {
    fn from(why: Rejection) -> Self {
        Self { why, issuer: None }
    }
}

impl Jwt {
    /// Accepts tokens that `issuer` signed with one of `keys` for `audience`. It is the only issuer, and may grant
    /// every role.
    pub fn new(issuer: Issuer, audience: Audience, keys: KeySet) -> Self {
        let trust = Trust::new(issuer, audience, keys, Grants::any());
        Self { trusted: [trust].into(), lifetime: Lifetime::default(), cache: Arc::default() }
    }

    /// Accepts tokens of several issuers. Each is a namespace of its own: the same subject of two issuers is two
    /// callers, none grants a role beyond its [`Grants`], and rules about the `owner` or `tenant` of a request admit only
    /// callers of those that may name them.
    ///
    /// # Errors
    ///
    /// If there is no issuer, or two have one name.
    pub fn trusting(issuers: impl IntoIterator<Item = Trust>) -> Result<Self, TrustError> {
        let trusted = trust::distinct(issuers.into_iter().collect())?;
        Ok(Self { trusted: trusted.into(), lifetime: Lifetime::default(), cache: Arc::default() })
    }

    /// Says how far the clocks of issuer and verifier may be apart: 30 seconds if not called.
    ///
    /// # Errors
    ///
    /// If it is more than 300 seconds.
    pub fn leeway(self, leeway: Duration) -> Result<Self, LeewayTooLong> {
        Ok(Self { lifetime: self.lifetime.leeway(leeway)?, cache: Arc::default(), ..self })
    }

    /// Refuses tokens whose `exp` lies more than `longest` after their `iat`, and tokens without `iat`.
    pub fn longest_lifetime(self, longest: Duration) -> Self {
        Self { lifetime: self.lifetime.longest(longest), cache: Arc::default(), ..self }
    }

    /// The principal of `token` as of `now`, presented on a connection whose client showed the certificates `peer`.
    /// Reads nothing but its arguments, and the keys that are loaded.
    ///
    /// It counts until `exp` plus the leeway.
    ///
    /// # Errors
    ///
    /// If any check fails. "Expired" is said only of a token that is good in every other way.
    pub fn verify_at(
        &self,
        token: &str,
        peer: Option<&PeerCertificates>,
        now: SystemTime,
    ) -> Result<Principal, Rejection> {
        self.judge(token, peer, now).map_err(|unproven| unproven.why)
    }

    fn judge(&self, token: &str, peer: Option<&PeerCertificates>, now: SystemTime) -> Result<Principal, Unproven<'_>> {
        let token = Compact::split(token)?;
        let header = Header::read(&token.header)?;
        let claims = Claims::read(&token.payload)?;
        let trust = self.named_by(&claims)?;
        let signed = trust.check_signature(&header, &token);
        let principal = || trust.principal(claims, peer, &self.lifetime, now);
        match signed {
            Ok(()) => Ok(principal()?),
            Err(why) if reason::lacks_key(why) => Err(Unproven { why, issuer: principal().is_ok().then_some(trust) }),
            Err(why) => Err(why.into()),
        }
    }

    /// The issuer that claims name. They are not proven yet: from here on its keys alone count.
    fn named_by(&self, claims: &Claims) -> Result<&Trust, Rejection> {
        self.trusted.iter().find(|trust| trust.is_named_by(claims)).ok_or(reason::ISSUER)
    }

    /// The principal of a token that is presented now.
    fn prove(&self, token: &str, peer: Option<&PeerCertificates>) -> Result<Principal, Unproven<'_>> {
        let now = SystemTime::now();
        self.cache.principal(token, peer, now, self.generation(), || self.judge(token, peer, now))
    }

    /// The same, once the refresh that `waiter` waits for is over.
    fn prove_after(&self, waiter: Waiter, token: &str, peer: Option<&PeerCertificates>) -> Authentication {
        let (verifier, token, peer) = (self.clone(), token.to_owned(), peer.cloned());
        Authentication::pending(async move {
            waiter.finished().await;
            verifier.prove(&token, peer.as_ref()).map(Some).map_err(|unproven| unproven.why)
        })
    }

    /// Another number after every change of any key. A cache is good for one.
    fn generation(&self) -> u64 {
        self.trusted.iter().map(Trust::generation).sum()
    }
}

impl Authenticator for Jwt {
    fn authenticate(&self, head: &CallHead<'_>) -> Authentication {
        let peer = head.connection().peer_certificates();
        let token = match head.bearer() {
            Ok(Some(token)) => token.as_str(),
            Ok(None) => return Authentication::anonymous(),
            Err(rejection) => return rejection.into(),
        };
        match self.prove(token, peer) {
            Ok(principal) => principal.into(),
            Err(Unproven { why, issuer }) => match issuer.and_then(Trust::join_refresh) {
                Some(waiter) => self.prove_after(waiter, token, peer),
                None => why.into(),
            },
        }
    }
}
