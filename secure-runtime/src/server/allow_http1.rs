//! The choice to speak HTTP/1.1.

#[cfg(doc)]
use super::Limits;
use super::builder::Server;

impl Server {
    /// Speaks HTTP/1.1, too, with clients that do not offer HTTP/2 in their TLS handshake (ALPN). Default: HTTP/2 only.
    ///
    /// It is for gRPC-Web: browsers behind proxies without HTTP/2, and clients that have HTTP/1.1 only. Add the layer
    /// that translates it, `tonic_web::GrpcWebLayer`. The gate, the audit log and the limits are those of HTTP/2.
    /// Native gRPC needs HTTP/2, so it is refused with HTTP status 505, and no gate sees it. With `GrpcWebLayer`, requests
    /// to [`fallback`](Self::fallback) routes get status 400 over HTTP/1.1. Without it, they are served.
    ///
    /// These limits have another meaning, or a further one:
    ///
    /// - [`Limits::handshake_timeout`] is also the time for the head of each request, from its first byte.
    /// - [`Limits::max_header_list_size`] counts the bytes of the head. A longer one is refused with HTTP status 431.
    /// - [`Limits::max_response_stall`] closes the connection if its client reads nothing for so long.
    ///
    /// While a response waits for its client to read it, nothing more is read from that client. If a client sends further bytes
    /// behind a request and leaves, the call goes on until it ends, or until [`Limits::max_connection_age`].
    ///
    /// Risk: a proxy and a server may disagree on where a request of HTTP/1.1 ends (request smuggling). If a request has both
    /// `transfer-encoding` and `content-length`, its connection is closed after its response (RFC 9112, section 6.3). Behind a
    /// proxy, HTTP/2 has no such risk.
    ///
    /// It needs TLS. Unix sockets and [`danger::serve_plaintext`](crate::danger::serve_plaintext) speak HTTP/2 only, and
    /// [`serve`](Self::serve) fails for a server without TLS.
    #[must_use]
    pub fn allow_http1(mut self) -> Self {
        self.transport = self.transport.allow_http1();
        self
    }
}
