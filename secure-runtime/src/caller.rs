//! The proof that a rule admitted a caller.

use std::fmt;
use std::marker::PhantomData;

use serde::de::DeserializeOwned;

use crate::authz::{self, Denial, Holds, Rule};
use crate::claims::ClaimsError;
use crate::method::{self, Candidate, FromDecision, Implies, Method, Role, Rpc, WithoutRequestConditions};
use crate::principal::{Principal, PrincipalId};
use crate::request_id::RequestId;
use crate::tls::PeerCertificates;

/// Proof that the rule of `R` admitted this principal. It cannot be made by hand, copied, or used for another method.
///
/// A handler receives it before its request. The handler of a `public` method receives `Option<Caller<R>>`. It is
/// `None` if the call presents no credential. A credential on such a call is verified, too.
pub struct Caller<R> {
    principal: Principal,
    peer: Option<PeerCertificates>,
    request_id: RequestId,
    passed: bool,
    rpc: PhantomData<fn() -> R>,
}

impl<R> Caller<R> {
    /// The identity: issuer and subject.
    pub fn id(&self) -> &PrincipalId {
        self.principal.id()
    }

    /// The issuer of the credential. It vouches for the subject.
    pub fn issuer(&self) -> &str {
        self.id().issuer()
    }

    /// The caller's name. It is unique at its issuer only.
    pub fn subject(&self) -> &str {
        self.id().subject()
    }

    /// Who acts for the caller by a delegated token (`act`, RFC 8693, section 4.1). `None` if the token has no actor.
    /// The issuer of the token vouches for the actor.
    ///
    /// The rule allows the actor (`delegation`). Roles, scopes and claims are those of the subject.
    pub fn actor(&self) -> Option<&PrincipalId> {
        self.principal.actors().first()
    }

    /// The actors before the current one, the latest first. Use them for records only, and not for decisions (RFC 8693,
    /// section 4.1).
    pub fn prior_actors(&self) -> &[PrincipalId] {
        self.principal.actors().get(1..).unwrap_or_default()
    }

    /// The claims of the credential, as `T`.
    ///
    /// # Errors
    ///
    /// A claim that `T` needs is missing or has another type. The error names the claim, without its value.
    ///
    /// ```
    /// # use secure_runtime::Caller;
    /// #[derive(serde::Deserialize)]
    /// struct Tenant { tenant: String }
    ///
    /// fn tenant<R>(caller: &Caller<R>) -> Result<String, secure_runtime::ClaimsError> {
    ///     Ok(caller.claims::<Tenant>()?.tenant)
    /// }
    /// ```
    pub fn claims<T: DeserializeOwned>(&self) -> Result<T, ClaimsError> {
        self.principal.read_claims()
    }

    /// The verified client certificate of the connection, with its chain. `None` if the client presented none.
    pub fn peer(&self) -> Option<&PeerCertificates> {
        self.peer.as_ref()
    }

    /// The id of the call, which its audit event has too.
    pub fn request_id(&self) -> RequestId {
        self.request_id
    }

    /// Whether the rule refuses this caller, and [`danger::report_only`](crate::danger::report_only) let it pass. It then
    /// proves nothing about roles, scopes, peers or the request.
    pub fn is_report_only(&self) -> bool {
        self.passed
    }

    /// Proof that this principal may call `Other` too. The rule of `Other` decides, as for a call.
    ///
    /// If that rule has request conditions, this does not compile: use [`Caller::admit_with`].
    ///
    /// # Errors
    ///
    /// Returns the denial of a call of `Other`. It converts into a [`Status`](tonic::Status).
    pub fn admit<Other: WithoutRequestConditions>(&self) -> Result<Caller<Other>, Denial> {
        self.decide()
    }

    /// Proof that this principal may call `Other` with this request. The rule of `Other` decides, as for a call.
    ///
    /// The proof is for this request only. For another request, ask again.
    ///
    /// # Errors
    ///
    /// Returns the denial of a call of `Other`. It converts into a [`Status`](tonic::Status).
    pub fn admit_with<Other: Rpc>(&self, request: &Other::Request) -> Result<Caller<Other>, Denial> {
        let caller = self.decide::<Other>()?;
        authz::decide_request(Other::REQUEST_CONDITIONS, Some(&self.principal), request)?;
        Ok(caller)
    }

    /// Proof that this principal holds a role, for code that demands `impl Holds<Role>`.
    ///
    /// # Errors
    ///
    /// [`Denial::PermissionDenied`] if the principal does not hold the role, [`Denial::CredentialExpired`] if its credential
    /// has expired since the call was admitted.
    pub fn holding<Held: Role>(&self) -> Result<Holding<Held>, Denial> {
        // The rule of `R` decided about the actor.
        self.check(&Rule::any_role(Held::HELD_BY).allow_delegation(&[]))?;
        Ok(Holding { id: self.id().clone(), role: PhantomData })
    }

    fn decide<Other: Rpc>(&self) -> Result<Caller<Other>, Denial> {
        self.check(&Other::METHOD.rule())?;
        let Self { principal, peer, request_id, .. } = self;
        Ok(Caller {
            principal: principal.clone(),
            peer: peer.clone(),
            request_id: *request_id,
            passed: false,
            rpc: PhantomData,
        })
    }

    /// Checks the expiry first: code may keep a proof for longer than its credential is valid.
    fn check(&self, rule: &Rule) -> Result<(), Denial> {
        if self.principal.has_expired() || self.peer.as_ref().is_some_and(PeerCertificates::has_expired) {
            return Err(Denial::CredentialExpired);
        }
        Ok(authz::decide(rule, Some(&self.principal), self.peer.as_ref())?)
    }
}

impl<R> fmt::Debug for Caller<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Caller").field(self.id()).finish()
    }
}

impl<R: Implies<Held>, Held> Holds<Held> for Caller<R> {
    fn id(&self) -> &PrincipalId {
        self.id()
    }
}

impl<R: Implies<Held>, Held> authz::sealed::Holds<Held> for Caller<R> {}

/// Proof that a principal holds a role, from [`Caller::holding`].
pub struct Holding<Held> {
    id: PrincipalId,
    role: PhantomData<fn() -> Held>,
}

impl<Held> Holds<Held> for Holding<Held> {
    fn id(&self) -> &PrincipalId {
        &self.id
    }
}

impl<Held> authz::sealed::Holds<Held> for Holding<Held> {}

impl<Held: Role> fmt::Debug for Holding<Held> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Holding").field(&self.id).finish_non_exhaustive()
    }
}

impl<R: Rpc> FromDecision<R> for Caller<R> {
    fn decided(candidate: Candidate) -> Result<Self, Denial> {
        let candidate = match candidate {
            // The call is anonymous, and the handler needs a principal.
            Candidate { principal: None, passes: true, .. } => {
                Candidate { principal: Some(Principal::nobody()), ..candidate }
            }
            candidate => candidate,
        };
        Option::<Self>::decided(candidate)?.ok_or(Denial::CredentialMissing)
    }
}

impl<R: Rpc> FromDecision<R> for Option<Caller<R>> {
    fn decided(Candidate { principal, peer, request_id, passes }: Candidate) -> Result<Self, Denial> {
        if !passes {
            authz::decide(&R::METHOD.rule(), principal.as_ref(), peer.as_ref())?;
        }
        Ok(principal.map(|principal| Caller { principal, peer, request_id, passed: passes, rpc: PhantomData }))
    }
}

/// The caller of a method that ignores credentials (`public` with `ignore_credentials`). The gate reads no credential.
///
/// This is a separate type, because the `None` of other public methods means that the caller presented no credential.
#[derive(Debug)]
pub struct Anonymous {
    request_id: RequestId,
}

impl Anonymous {
    /// The id of the call, which its audit event has too.
    pub fn request_id(&self) -> RequestId {
        self.request_id
    }
}

/// Drops all facts about the caller.
impl<R: Rpc> FromDecision<R> for Anonymous {
    fn decided(Candidate { request_id, .. }: Candidate) -> Result<Self, Denial> {
        authz::decide(&R::METHOD.rule(), None, None)?;
        Ok(Self { request_id })
    }
}

impl method::sealed::Sealed for Anonymous {}
impl<R> method::sealed::Sealed for Caller<R> {}
impl<R> method::sealed::Sealed for Option<Caller<R>> {}
