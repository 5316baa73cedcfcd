//! Everything that weakens a guarantee. Each item wants a reason, and says it in the log when it is used.
//!
//! A review can stop at one search: what does not name this module keeps every promise of the crate.

use std::convert::Infallible;

use bytes::Bytes;
use tonic::body::Body;
use tower::{BoxError, Service};

use crate::client::{ConnectError, SecureChannel};
use crate::gate::{Public, VendoredService};
use crate::server::{Transport, Ungated};

/// Serves without TLS: whoever can see the network can read every token and every message. For a listener that only
/// this host reaches, or behind a proxy that ends TLS on the same host.
pub fn serve_plaintext(reason: &'static str) -> Transport {
    tracing::warn!(reason, "serving without TLS");
    Transport::plaintext()
}

/// Calls without TLS, credentials included.
///
/// # Errors
///
/// The address is no `http://` URI, or nothing answers there.
pub async fn connect_plaintext(uri: &str, reason: &'static str) -> Result<SecureChannel, ConnectError> {
    tracing::warn!(reason, "calling without TLS");
    SecureChannel::plaintext(uri).await
}

/// Lets anyone call a service that somebody else generated.
pub fn public<S: VendoredService>(service: S, reason: &'static str) -> Public<S> {
    tracing::warn!(reason, service = S::NAME, "anyone may call this service");
    Public::unchecked(service)
}

/// Lets anyone call routes that are no gRPC, as [`Server::fallback`](crate::Server::fallback): whoever may use them,
/// they have to find out by themselves.
pub fn ungated<S, B>(routes: S, reason: &'static str) -> Ungated
where
    S: Service<http::Request<Body>, Response = http::Response<B>, Error = Infallible, Future: Send>
        + Clone
        + Send
        + Sync
        + 'static,
    B: http_body::Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    tracing::warn!(reason, "anyone may call the routes beside the services");
    Ungated::new(routes)
}
