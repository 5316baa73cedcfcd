//! The principal: who calls, after a credential was verified.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use secure_policy::Credential;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::claims::{self, ClaimsError};
use crate::{json, weight};

/// Who calls, after a credential was verified: an identity, its roles and scopes, and its claims. Cloning is cheap.
///
/// An [`Authenticator`](crate::Authenticator) makes it. Only the gate turns it into a [`Caller`](crate::Caller).
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use secure_runtime::Principal;
///
/// let session_end = SystemTime::now() + Duration::from_secs(600);
/// let clerk = Principal::new("https://sessions.example.com", "clerk-7")
///     .roles(["clerk"])
///     .scopes(["orders:read"])
///     .expires_at(session_end);
/// assert_eq!(clerk.id().to_string(), "https://sessions.example.com#clerk-7");
/// ```
#[derive(Clone)]
pub struct Principal(Arc<Inner>, CertificateStanding);

/// How the client certificate of the connection counts for a principal.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum CertificateStanding {
    /// By its subject alternative names. Without one, it counts as none.
    ByAlternativeNames,
    /// It counts as none, whatever its names are.
    Ignored,
    /// By its common name, which the server accepts.
    ByCommonName,
}

#[derive(Clone)]
struct Inner {
    id: PrincipalId,
    roles: Vec<String>,
    scopes: Vec<String>,
    proof: Option<Credential>,
    actors: Vec<PrincipalId>,
    is_excluded_from_ownership: bool,
    claims: Map<String, Value>,
    expiry: Option<SystemTime>,
}

impl Principal {
    /// A principal without roles, scopes and claims, which never expires. `issuer` vouches for `subject`. The two identify
    /// the principal only together.
    pub fn new(issuer: impl Into<String>, subject: impl Into<String>) -> Self {
        let id = PrincipalId::new(issuer, subject);
        let inner = Inner {
            id,
            roles: Vec::new(),
            scopes: Vec::new(),
            proof: None,
            actors: Vec::new(),
            is_excluded_from_ownership: false,
            claims: Map::new(),
            expiry: None,
        };
        Self(Arc::new(inner), CertificateStanding::ByAlternativeNames)
    }

    /// Stands for an anonymous caller that [`danger::report_only`](crate::danger::report_only) let pass.
    pub(crate) fn nobody() -> Self {
        Self::new("report-only", "anonymous").excluded_from_ownership()
    }

    /// Replaces the roles. They are compared byte for byte with those of the `.proto`.
    #[must_use]
    pub fn roles(mut self, roles: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Arc::make_mut(&mut self.0).roles = roles.into_iter().map(Into::into).collect();
        self
    }

    /// Replaces the scopes (RFC 6749, section 3.3). They are compared byte for byte with those of the `.proto`.
    #[must_use]
    pub fn scopes(mut self, scopes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Arc::make_mut(&mut self.0).scopes = scopes.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the kind of credential that proved it, for rules with `required_credentials`. Default: another kind.
    ///
    /// Set [`Credential::BoundJwt`] only after you compared the token with the client certificate of its connection.
    #[must_use]
    pub fn proven_by(mut self, credential: Credential) -> Self {
        Arc::make_mut(&mut self.0).proof = Some(credential);
        self
    }

    /// Says who acts for it by a delegated token: the current actor, then those before it (`act`, RFC 8693, section 4.1).
    /// Default: nobody does. Rules without `delegation` refuse a principal with an actor.
    ///
    /// Roles, scopes and claims stay those of the subject. An actor adds none.
    #[must_use]
    pub fn acted_for_by(mut self, actors: impl IntoIterator<Item = PrincipalId>) -> Self {
        Arc::make_mut(&mut self.0).actors = actors.into_iter().collect();
        self
    }

    /// Who acts for it: the current actor, then those before it.
    pub(crate) fn actors(&self) -> &[PrincipalId] {
        &self.0.actors
    }

    /// Excludes it from ownership: its subject satisfies no `owner` condition, and its claims no `tenant` condition. Only an
    /// exempt role does. Default: not excluded.
    ///
    /// Use it for an issuer whose subjects may have the same names as those of another issuer.
    #[must_use]
    pub fn excluded_from_ownership(mut self) -> Self {
        Arc::make_mut(&mut self.0).is_excluded_from_ownership = true;
        self
    }

    /// Replaces the claims, for handlers to read with [`Caller::claims`](crate::Caller::claims).
    #[must_use]
    pub fn claims(mut self, claims: Map<String, Value>) -> Self {
        Arc::make_mut(&mut self.0).claims = claims;
        self
    }

    /// Sets when its credential expires. From then on, the gate refuses its calls and ends the running ones.
    ///
    /// A handler that has not answered is dropped. A request stream yields UNAUTHENTICATED, and a response stream ends
    /// with it. A client that does not read its response sees the end when it reads on.
    #[must_use]
    pub fn expires_at(mut self, moment: SystemTime) -> Self {
        Arc::make_mut(&mut self.0).expiry = Some(moment);
        self
    }

    /// Sets how the client certificate of the connection counts. It is not shared with other clones of the principal.
    pub(crate) fn certificate(self, standing: CertificateStanding) -> Self {
        Self(self.0, standing)
    }

    pub(crate) fn certificate_standing(&self) -> CertificateStanding {
        self.1
    }

    pub(crate) fn has_expired(&self) -> bool {
        self.0.expiry.is_some_and(|end| end <= SystemTime::now())
    }

    pub(crate) fn expiry(&self) -> Option<SystemTime> {
        self.0.expiry
    }

    /// The identity: issuer and subject.
    pub fn id(&self) -> &PrincipalId {
        &self.0.id
    }

    pub(crate) fn has_any_role(&self) -> bool {
        !self.0.roles.is_empty()
    }

    pub(crate) fn has_role(&self, role: &str) -> bool {
        self.0.roles.iter().any(|held| held == role)
    }

    pub(crate) fn has_scope(&self, scope: &str) -> bool {
        self.0.scopes.iter().any(|held| held == scope)
    }

    pub(crate) fn is_excluded_from_ownership(&self) -> bool {
        self.0.is_excluded_from_ownership
    }

    pub(crate) fn is_proven_by(&self, credential: Credential) -> bool {
        self.0.proof.is_some_and(|proof| proof.satisfies(credential))
    }

    /// The claim with this path, if it is a string that is not empty, or an integer.
    pub(crate) fn text_claim(&self, path: &[&str]) -> Option<Cow<'_, str>> {
        match json::at(&self.0.claims, path).ok().flatten()? {
            Value::String(text) => Some(Cow::Borrowed(text.as_str())).filter(|text| !text.is_empty()),
            Value::Number(number) if number.is_i64() || number.is_u64() => Some(Cow::Owned(number.to_string())),
            _ => None,
        }
    }

    pub(crate) fn with_claims<T>(&self, read: impl FnOnce(&Map<String, Value>) -> T) -> T {
        read(&self.0.claims)
    }

    /// The memory that it takes, in bytes.
    pub(crate) fn weight(&self) -> usize {
        let Inner { id, roles, scopes, actors, claims, .. } = &*self.0;
        let of_actors = actors.iter().flat_map(|actor| [&actor.issuer, &actor.subject]);
        let texts = roles.iter().chain(scopes).chain([&id.issuer, &id.subject]).chain(of_actors);
        let slots = (roles.capacity() + scopes.capacity()) * size_of::<String>();
        let slots = slots + actors.capacity() * size_of::<PrincipalId>();
        size_of::<Inner>() + slots + texts.map(weight::of_text).sum::<usize>() + weight::of_object(claims)
    }

    pub(crate) fn read_claims<T: DeserializeOwned>(&self) -> Result<T, ClaimsError> {
        claims::read(&self.0.claims)
    }
}

/// Shows the identity only. Roles and claims do not belong in a log.
impl fmt::Debug for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Principal").field(self.id()).finish_non_exhaustive()
    }
}

/// An identity: an issuer, and a name that is unique there. The same subject at another issuer is another identity.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct PrincipalId {
    issuer: String,
    subject: String,
}

impl PrincipalId {
    /// An identity, for [`Principal::acted_for_by`].
    pub fn new(issuer: impl Into<String>, subject: impl Into<String>) -> Self {
        Self { issuer: issuer.into(), subject: subject.into() }
    }

    /// The issuer: of a token, or the trust domain of a certificate.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The name. It is unique at its issuer only.
    pub fn subject(&self) -> &str {
        &self.subject
    }
}

/// `issuer#subject`. A `#` in the issuer is escaped, so the first `#` ends the issuer (RFC 8414, section 2).
impl fmt::Display for PrincipalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.issuer.replace('#', "%23"), self.subject)
    }
}
