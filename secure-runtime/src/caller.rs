//! The proof that a rule said yes.

use std::fmt;
use std::marker::PhantomData;

use serde::de::DeserializeOwned;

use crate::authz::{self, Denial, Holds, Rule};
use crate::claims::ClaimsError;
use crate::method::{self, Candidate, FromDecision, Implies, Method, Role, Rpc, Unbound};
use crate::principal::{Principal, PrincipalId};
use crate::tls::PeerCertificates;

/// Proof that the rule of `R` admitted this principal. It cannot be made by hand, copied, or used for another method.
///
/// A handler receives it before its request. Where the rule is `public`, it receives `Option<Caller<R>>`: nobody has to
/// say who calls, but who does is proven too.
pub struct Caller<R> {
    principal: Principal,
    peer: Option<PeerCertificates>,
    rpc: PhantomData<fn() -> R>,
}

impl<R> Caller<R> {
    /// The identity: issuer and subject.
    pub fn id(&self) -> &PrincipalId {
        self.principal.id()
    }

    /// Who vouches for the subject.
    pub fn issuer(&self) -> &str {
        self.id().issuer()
    }

    /// The caller's name, unique at its issuer.
    pub fn subject(&self) -> &str {
        self.id().subject()
    }

    /// What else the credential said, as `T`.
    ///
    /// # Errors
    ///
    /// A claim that `T` needs is missing or has another form. The error names it, without its value.
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

    /// The verified client certificate of the connection, and what came with it; `None` if the client presented none.
    pub fn peer(&self) -> Option<&PeerCertificates> {
        self.peer.as_ref()
    }

    /// Proof that this principal may call `Other` too, by the decision that guards `Other` itself.
    ///
    /// It does not compile for a method whose rule is bound to its requests: [`Caller::admit_with`] takes one.
    ///
    /// # Errors
    ///
    /// What a call of `Other` would be refused with; it converts into a [`Status`](tonic::Status).
    pub fn admit<Other: Unbound>(&self) -> Result<Caller<Other>, Denial> {
        self.decide()
    }

    /// Proof that this principal may call `Other` with this request, by the decisions that guard `Other` itself. It is
    /// good for that request; whoever calls a handler with another one asks again.
    ///
    /// # Errors
    ///
    /// What a call of `Other` would be refused with; it converts into a [`Status`](tonic::Status).
    pub fn admit_with<Other: Rpc>(&self, request: &Other::Request) -> Result<Caller<Other>, Denial> {
        let caller = self.decide::<Other>()?;
        authz::decide_request(Other::BOUNDS, Some(&self.principal), request)?;
        Ok(caller)
    }

    /// Proof that this principal holds a role, for code that demands `impl Holds<Role>`.
    ///
    /// # Errors
    ///
    /// [`Denial::PermissionDenied`] if it does not, [`Denial::CredentialExpired`] if it did.
    pub fn holding<Held: Role>(&self) -> Result<Holding<Held>, Denial> {
        self.check(&Rule::any_role(Held::HELD_BY))?;
        Ok(Holding { id: self.id().clone(), role: PhantomData })
    }

    fn decide<Other: Rpc>(&self) -> Result<Caller<Other>, Denial> {
        self.check(&Other::METHOD.rule())?;
        Ok(Caller::of(self.principal.clone(), self.peer.clone()))
    }

    /// A proof may be kept for longer than what it was made of.
    fn check(&self, rule: &Rule) -> Result<(), Denial> {
        if self.principal.has_expired() || self.peer.as_ref().is_some_and(PeerCertificates::has_expired) {
            return Err(Denial::CredentialExpired);
        }
        Ok(authz::decide(rule, Some(&self.principal), self.peer.as_ref())?)
    }

    fn of(principal: Principal, peer: Option<PeerCertificates>) -> Self {
        Self { principal, peer, rpc: PhantomData }
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
        Option::<Self>::decided(candidate)?.ok_or(Denial::CredentialMissing)
    }
}

impl<R: Rpc> FromDecision<R> for Option<Caller<R>> {
    fn decided(Candidate { principal, peer }: Candidate) -> Result<Self, Denial> {
        authz::decide(&R::METHOD.rule(), principal.as_ref(), peer.as_ref())?;
        Ok(principal.map(|principal| Caller::of(principal, peer)))
    }
}

impl<R> method::sealed::Sealed for Caller<R> {}
impl<R> method::sealed::Sealed for Option<Caller<R>> {}
