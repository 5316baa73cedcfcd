//! Why a connection was closed before there was a call on it.

/// Why a server closed a connection before there was a call on it.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum ConnectionFailure {
    /// The client certificate does not chain to the roots, has expired or is revoked.
    ClientCertificateRefused,
    /// The client certificate cannot be read.
    ClientCertificateUnreadable,
    /// The client closed the connection before its handshake was complete.
    ClosedByClient,
    /// The handshake was not complete in time.
    HandshakeTimeout,
    /// The server requires a client certificate, and none came.
    NoClientCertificate,
    /// The client sent nothing in time.
    NothingReceived,
    /// The client did not offer HTTP/2 in ALPN.
    NoHttp2,
    /// Client and server have no version or algorithm of TLS in common.
    TlsIncompatible,
    /// Another error of TLS.
    TlsError,
    /// There are too many open connections.
    TooManyConnections,
    /// There are too many unfinished handshakes, of all clients or of this address.
    TooManyHandshakes,
}

impl ConnectionFailure {
    /// The name in audit logs and metrics, such as `handshake_timeout`. It never changes.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ClientCertificateRefused => "client_certificate_refused",
            Self::ClientCertificateUnreadable => "client_certificate_unreadable",
            Self::ClosedByClient => "closed_by_client",
            Self::HandshakeTimeout => "handshake_timeout",
            Self::NoClientCertificate => "no_client_certificate",
            Self::NothingReceived => "nothing_received",
            Self::NoHttp2 => "no_http2",
            Self::TlsIncompatible => "tls_incompatible",
            Self::TlsError => "tls_error",
            Self::TooManyConnections => "too_many_connections",
            Self::TooManyHandshakes => "too_many_handshakes",
        }
    }
}
