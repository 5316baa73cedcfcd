//! Every way around TLS or the gate. Each item takes a reason, and logs it as a warning when it is used.
//!
//! A review needs one search: code that does not name this module serves nothing in plaintext but health checks, and
//! nothing without a gate. Settings that relax a check within bounds, such as `allow_tls12`, are where the check is set.

use std::convert::Infallible;

use bytes::Bytes;
use tonic::body::Body;
use tower::{BoxError, Service};

use crate::client::{ConnectError, SecureChannel};
use crate::gate::{Public, VendoredService};
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
pub fn public<S: VendoredService>(service: S, reason: &'static str) -> Public<S> {
    tracing::warn!(reason, service = S::NAME, "anyone may call this service");
    Public::unchecked(service)
}

/// Lets anyone call routes that are not gRPC, for [`Server::fallback`](crate::Server::fallback). No gate is in front of
/// them, so the routes must authenticate and authorize by themselves.
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
