//! Callers for the tests of handlers.

use secure_policy::Credential;
use serde_json::Value;

use crate::authz::{self, Denial};
use crate::method::{Candidate, FromDecision, Rpc, WithoutRequestConditions};
use crate::principal::{CertificateStanding, Principal, PrincipalId};
use crate::request_id::RequestId;
use crate::tls::{DnsName, PeerCertificates, PeerName};

/// A caller for the tests of a service: a principal, and the client certificate of its connection.
///
/// ```
/// use secure_runtime::Principal;
/// use secure_runtime::testing::TestCaller;
/// use serde_json::json;
///
/// # fn main() -> Result<(), secure_runtime::tls::PeerNameError> {
/// let clerk = TestCaller::token(Principal::new("https://id.example.com", "clerk-7").scopes(["orders:read"]))
///     .claims(json!({ "tenant": "acme" }))
///     .certificate("cart.shop.internal".parse()?);
/// // let caller = clerk.admit::<rpc::Get>()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct TestCaller {
    pub(super) principal: Option<Principal>,
    pub(super) peer: Option<PeerCertificates>,
}

impl TestCaller {
    /// A caller without credentials.
    pub fn nobody() -> Self {
        Self::default()
    }

    /// A caller that a JWT proves (`CREDENTIAL_JWT`).
    pub fn token(principal: Principal) -> Self {
        Self { principal: Some(principal.proven_by(Credential::Jwt)), peer: None }
    }

    /// A caller that a JWT proves which is bound to the client certificate of the connection (`CREDENTIAL_BOUND_JWT`). The
    /// certificate has no name unless [`certificate`](Self::certificate) gives it one.
    pub fn bound_token(principal: Principal) -> Self {
        Self { principal: Some(principal.proven_by(Credential::BoundJwt)), peer: None }.unnamed_certificate()
    }

    /// A caller that only its client certificate proves (`CREDENTIAL_MTLS`). Its principal has the name as subject, and
    /// these roles. The issuer is the trust domain of a SPIFFE ID, and `issuer` for other names, as with
    /// [`Mtls::new`](crate::authn::Mtls::new).
    pub fn mtls(issuer: &str, name: PeerName, roles: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let issuer = match &name {
            PeerName::Spiffe(id) => id.issuer(),
            _ => issuer,
        };
        let principal = Principal::new(issuer, name.as_str()).proven_by(Credential::Mtls).roles(roles);
        let principal = match name {
            PeerName::CommonName(_) => {
                principal.excluded_from_ownership().certificate(CertificateStanding::ByCommonName)
            }
            _ => principal,
        };
        Self { principal: Some(principal), peer: None }.certificate(name)
    }

    /// Somebody acts for the caller by a delegated token (`delegation`).
    ///
    /// # Panics
    ///
    /// Panics if the caller has no principal.
    #[must_use]
    pub fn actor(self, issuer: &str, subject: &str) -> Self {
        let principal = self.principal.expect("nobody acts for a caller without credentials");
        Self { principal: Some(principal.acted_for_by([PrincipalId::new(issuer, subject)])), ..self }
    }

    /// The connection has a client certificate with this name (`peers`).
    #[must_use]
    pub fn certificate(self, name: PeerName) -> Self {
        Self { peer: Some(PeerCertificates::unverified(Some(name))), ..self }
    }

    /// The connection has a client certificate with several DNS names.
    #[must_use]
    pub fn certificate_of(self, names: impl IntoIterator<Item = DnsName>) -> Self {
        let names = names.into_iter().map(PeerName::Dns);
        Self { peer: Some(PeerCertificates::unverified(names)), ..self }
    }

    /// The connection has a client certificate without a name that counts.
    #[must_use]
    pub fn unnamed_certificate(self) -> Self {
        Self { peer: Some(PeerCertificates::unverified(None)), ..self }
    }

    /// The claims of the token (`tenant`).
    ///
    /// # Panics
    ///
    /// Panics if `claims` is not an object, or the caller has no principal.
    #[must_use]
    pub fn claims(self, claims: Value) -> Self {
        let principal = self.principal.expect("a caller without credentials has no claims");
        let Value::Object(claims) = claims else { panic!("claims are an object") };
        Self { principal: Some(principal.claims(claims)), ..self }
    }

    /// What the handler of `R` receives from this caller, by the decision that guards `R`.
    ///
    /// # Errors
    ///
    /// The rule of `R` does not admit the caller.
    pub fn admit<R: WithoutRequestConditions>(self) -> Result<R::Caller, Denial> {
        self.decided::<R>()
    }

    /// What the handler of `R` receives from this caller together with this request.
    ///
    /// # Errors
    ///
    /// The rule of `R` does not admit the caller, or not with this request.
    pub fn admit_with<R: Rpc>(self, request: &R::Request) -> Result<R::Caller, Denial> {
        authz::decide_request(R::REQUEST_CONDITIONS, self.principal.as_ref(), request)?;
        self.decided::<R>()
    }

    pub(super) fn has_role(&self, role: &str) -> bool {
        self.principal.as_ref().is_some_and(|principal| principal.has_role(role))
    }

    fn decided<R: Rpc>(self) -> Result<R::Caller, Denial> {
        R::Caller::decided(Candidate {
            principal: self.principal,
            peer: self.peer,
            request_id: RequestId::next(),
            passes: false,
        })
    }
}

/// A principal on a connection without a client certificate. Its proof is what it says.
impl From<Option<Principal>> for TestCaller {
    fn from(principal: Option<Principal>) -> Self {
        Self { principal, peer: None }
    }
}

/// A principal on a connection without a client certificate. Its proof is what it says.
impl From<Principal> for TestCaller {
    fn from(principal: Principal) -> Self {
        Some(principal).into()
    }
}
