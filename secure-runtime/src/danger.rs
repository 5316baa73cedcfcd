//! Every way around TLS or the gate. Each item takes a reason, and logs it as a warning when it is used.
//!
//! A review needs one search for this module. Code that does not name it serves nothing without a gate. It serves
//! nothing in plaintext, except health checks and Unix sockets of this host. Settings that relax a check within bounds,
//! such as `allow_tls12`, are where the check is set.

use std::convert::Infallible;

use bytes::Bytes;
use tonic::body::Body;
use tower::{BoxError, Service};

use crate::client::{ConnectError, SecureChannel};
use crate::gate::{Gate, Public, VendoredService};
use crate::principal::PrincipalId;
use crate::server::{Transport, Ungated};

/// Serves without TLS.
///
/// Risk: everyone who can read the network traffic can read every token and every message. Use it for a listener that
/// only this host reaches, for example behind a proxy on the same host that terminates TLS.
pub fn serve_plaintext(reason: &'static str) -> Transport {
    tracing::warn!(reason, "serving without TLS");
    Transport::plaintext()
}

/// Calls without TLS.
///
/// Risk: everyone who can read the network traffic can read every token and every message.
///
/// # Errors
///
/// The address is not an `http://` URI, or the connection fails.
pub async fn connect_plaintext(uri: &str, reason: &'static str) -> Result<SecureChannel, ConnectError> {
    tracing::warn!(reason, "calling without TLS");
    SecureChannel::plaintext(uri).await
}

/// Lets anyone call a service that protoc-gen-secure did not generate.
///
/// Risk: the service gets calls of anyone. `authorization` is removed from requests unread; other headers, such as one with an
/// API key, reach the service.
pub fn public<S: VendoredService>(service: S, reason: &'static str) -> Public<S> {
    tracing::warn!(reason, service = S::NAME, "anyone may call this service");
    Public::unchecked(service)
}

/// Lets calls pass that a rule refuses: the gate decides and records, and does not enforce. Use it while a service
/// migrates: its audit log shows which calls would be refused.
///
/// Still refused:
///
/// - unknown methods, methods that are `denied`, and requests that are not gRPC;
/// - credentials that are expired, rejected or cannot be checked;
/// - calls that a [`CallPolicy`](crate::call_policy::CallPolicy) refuses.
///
/// What a handler receives if its rule refuses the call:
///
/// - A [`Caller`](crate::Caller) with the principal of the credential. [`Caller::is_report_only`](crate::Caller::is_report_only)
///   is true. `Caller::admit`, `admit_with` and `holding` decide as always.
/// - If there is no credential: a `Caller` with issuer `report-only` and subject `anonymous`. It has no roles and no claims.
/// - Every message, whatever the conditions `tenant` and `owner` say. The first that they refuse is an event.
///
/// Each event of the gate has the reason as `report_only`. A call that passed has `passed`, beside the denial that its caller
/// would have got. A log that fails closed refuses such a call if it cannot record it.
///
/// Risk: everybody may call every method that is not `denied`. A `Caller` is no proof of a role, also where code demands
/// `impl Holds<Role>`, and a caller may name the tenant of another.
///
/// ```
/// # use secure_runtime::{Authentication, CallHead, Gate, danger};
/// # let tokens = |_: &CallHead<'_>| Authentication::anonymous();
/// let gate = danger::report_only(Gate::new(tokens), "migration, until 1 June");
/// ```
pub fn report_only(gate: Gate, reason: &'static str) -> Gate {
    tracing::warn!(reason, "rules are not enforced: calls that they refuse reach the handlers");
    gate.report_only(reason, None)
}

/// Lets calls of some principals pass that a rule refuses, as [`report_only`] does. Calls without a credential are refused.
///
/// Risk: as for [`report_only`], for these principals.
///
/// ```
/// # use secure_runtime::{Authentication, CallHead, Gate, PrincipalId, danger};
/// # let tokens = |_: &CallHead<'_>| Authentication::anonymous();
/// let is_old_batch = |principal: &PrincipalId| principal.subject() == "batch-3";
/// let gate = danger::report_only_for(Gate::new(tokens), "batch-3 has no roles yet", is_old_batch);
/// ```
pub fn report_only_for(
    gate: Gate,
    reason: &'static str,
    concerns: impl Fn(&PrincipalId) -> bool + Send + Sync + 'static,
) -> Gate {
    tracing::warn!(reason, "rules are not enforced for some principals: calls that they refuse reach the handlers");
    gate.report_only(reason, Some(Box::new(concerns)))
}

/// Lets anyone call routes that are not gRPC, for [`Server::fallback`](crate::Server::fallback). No gate is in front of
/// them, so the routes must authenticate and authorize by themselves.
///
/// Risk: a route that does not check its callers is open to anyone.
///
/// ```
/// use std::convert::Infallible;
/// use secure_runtime::tonic::body::Body;
/// use secure_runtime::danger;
///
/// // An axum `Router` works in the same way.
/// let version = tower::service_fn(|_: http::Request<Body>| async {
///     Ok::<_, Infallible>(http::Response::new(Body::new("1.4.0".to_owned())))
/// });
/// let routes = danger::ungated(version, "the version is public");
/// ```
pub fn ungated<S, B>(routes: S, reason: &'static str) -> Ungated
where
    S: Service<http::Request<Body>, Response = http::Response<B>, Error = Infallible, Future: Send>
        + Clone
        + Send
        + Sync
        + 'static,
    B: http_body::Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    tracing::warn!(reason, "anyone may call the routes that are not gRPC");
    Ungated::new(routes)
}
