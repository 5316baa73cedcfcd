//! The decision over any rule, without a server.

use crate::authz::request_condition::RequestCondition;
use crate::authz::{self, Decision, Denial, Rule};
use crate::principal::Principal;
use crate::tls::{PeerCertificates, PeerName};

/// The client certificate of a connection.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Peer<'a> {
    /// There is none.
    Absent,
    /// It has this name.
    Named(&'a PeerName),
    /// It has these names, of which one has to be a peer.
    Several(&'a [PeerName]),
    /// It has no name that counts.
    Unnamed,
}

/// Decides about a call by a principal, or by nobody, on a connection with this client certificate.
///
/// ```
/// use secure_runtime::authz::Rule;
/// use secure_runtime::testing::{Peer, decide};
/// use secure_runtime::{Decision, Denial, Principal};
///
/// # fn main() -> Result<(), secure_runtime::tls::PeerNameError> {
/// let rule = Rule::authenticated().peers(&["spiffe://example.org/ns/shop/**"]); // or `Method::Get.rule()`
/// let cart = Principal::new("example.org", "/ns/shop/sa/cart");
/// let name = "spiffe://example.org/ns/shop/sa/cart".parse()?;
/// assert_eq!(decide(&rule, Some(&cart), Peer::Named(&name)), Decision::Allow);
/// assert_eq!(decide(&rule, Some(&cart), Peer::Absent), Decision::Deny(Denial::CredentialMissing));
/// # Ok(())
/// # }
/// ```
pub fn decide(rule: &Rule, principal: Option<&Principal>, peer: Peer<'_>) -> Decision {
    let certificates = match peer {
        Peer::Absent => None,
        Peer::Named(name) => Some(PeerCertificates::unverified(Some(name.clone()))),
        Peer::Several(names) => Some(PeerCertificates::unverified(names.iter().cloned())),
        Peer::Unnamed => Some(PeerCertificates::unverified(None)),
    };
    authz::decide(rule, principal, certificates.as_ref()).map_err(Denial::from).into()
}

/// Decides about a request by the request conditions of a method, such as `rpc::Get::REQUEST_CONDITIONS`, after its rule
/// admitted the caller.
pub fn decide_request<Q>(conditions: &[RequestCondition<Q>], principal: Option<&Principal>, request: &Q) -> Decision {
    authz::decide_request(conditions, principal, request).map_err(Denial::from).into()
}
