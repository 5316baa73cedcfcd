//! Errors of connecting.

use std::io;
use std::time::Duration;

use rustls::{AlertDescription, CertificateError, Error, PeerIncompatible};
use tower::BoxError;

use crate::tls::TlsError;

/// Why a client cannot connect, and what to check.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The server requires a client certificate, and this client has none.
    #[error("{address} requires a client certificate: set one with `ClientTls::client_certificate`")]
    CertificateRequired {
        /// The server.
        address: String,
    },
    /// The server does not accept this client's certificate.
    #[error("{address} does not accept the client certificate: check that it trusts the CA, and the dates")]
    ClientCertificate {
        /// The server.
        address: String,
        /// The answer of the server.
        source: BoxError,
    },
    /// The server closed the connection in the handshake, or right after it.
    #[error(
        "{address} closed the connection without a reason: check if it requires a client certificate, or another one"
    )]
    Closed {
        /// The server.
        address: String,
        /// The error of the connection.
        source: io::Error,
    },
    /// The HTTP/2 connection cannot be set up.
    #[error("cannot set up the HTTP/2 connection")]
    Connect(#[source] tonic::transport::Error),
    /// The server's certificate has expired or is not valid yet.
    #[error("the certificate of {address} has expired or is not valid yet: renew it, or check the clock of this host")]
    Expired {
        /// The server.
        address: String,
        /// The dates.
        source: BoxError,
    },
    /// The TLS handshake failed for another reason.
    #[error("the TLS handshake with {address} failed")]
    Handshake {
        /// The server.
        address: String,
        /// The reason.
        source: BoxError,
    },
    /// There is no address to connect to.
    #[error("at least one address is needed")]
    NoAddress,
    /// The address is not a scheme, a host and an optional port.
    #[error("the address must be `https://host` or `https://host:port`, without user, path, query or fragment")]
    NotAnAuthority,
    /// The address is for plaintext, where the server proves nothing.
    #[error("the address must begin with `https://`: use `danger::connect_plaintext` for plaintext")]
    NotHttps,
    /// The server speaks TLS, but not HTTP/2.
    #[error("{address} does not choose HTTP/2 (ALPN `h2`): check that it is a gRPC server")]
    NotHttp2 {
        /// The server.
        address: String,
    },
    /// The server does not speak TLS.
    #[error("{address} does not speak TLS: check if it is a plaintext port")]
    NotTls {
        /// The server.
        address: String,
        /// The flaw of its answer.
        source: BoxError,
    },
    /// Nothing listens on the address.
    #[error("{address} refuses connections: check that the server runs, and its port")]
    Refused {
        /// The server.
        address: String,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The address is for another kind of channel.
    #[error("the address must begin with `{expected}://`")]
    Scheme {
        /// The scheme of this kind of channel.
        expected: &'static str,
    },
    /// Connecting took too long.
    #[error("{address} did not answer within {within:?}: check for a firewall or a plaintext port")]
    Timeout {
        /// The server.
        address: String,
        /// The time limit.
        within: Duration,
    },
    /// The client's own TLS settings are refused.
    #[error("the TLS settings of this client are refused")]
    Tls(#[from] TlsError),
    /// The server speaks only versions of TLS that this client does not allow.
    #[error("{address} does not speak TLS 1.3: update it, or use `ClientTls::allow_tls12`")]
    TlsVersion {
        /// The server.
        address: String,
        /// The flaw of its answer.
        source: BoxError,
    },
    /// No root of this client issued the server's certificate.
    #[error("the certificate of {address} was issued by no trusted CA: add its CA to `ServerRoots`")]
    UnknownIssuer {
        /// The server.
        address: String,
        /// The reason of the verifier.
        source: BoxError,
    },
    /// The host is unreachable, or its name does not resolve.
    #[error("cannot reach {address}: check the name, the network and the firewall")]
    Unreachable {
        /// The server.
        address: String,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The address of a Unix socket has no path.
    #[error("the address of a Unix socket must be `unix:path` or `unix:///path`")]
    UnixPath,
    /// The server's certificate cannot be accepted for the reason in `source`.
    #[error("the certificate of {address} cannot be accepted")]
    UnusableCertificate {
        /// The server.
        address: String,
        /// The reason of the verifier.
        source: BoxError,
    },
    /// The address is no URI.
    #[error("the address is not a URI: write `https://host:port`")]
    Uri(#[source] http::uri::InvalidUri),
    /// The user agent is not a header value (RFC 9110, section 10.1.5).
    #[error("the user agent must be visible ASCII characters and spaces")]
    UserAgent,
    /// The server's certificate is for other names.
    #[error("the certificate of {address} is for another name: call the server by a name in its certificate")]
    WrongName {
        /// The server.
        address: String,
        /// The names.
        source: BoxError,
    },
}

debug_as_display!(ConnectError);

impl ConnectError {
    /// From a failure to open a connection.
    pub(crate) fn socket(address: String, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::ConnectionRefused => Self::Refused { address, source },
            _ => Self::Unreachable { address, source },
        }
    }

    /// From a failure on a TCP connection that is there.
    pub(super) fn tls(address: String, error: io::Error) -> Self {
        match error.downcast::<Error>() {
            Ok(Error::AlertReceived(alert)) => Self::alert(address, alert),
            Ok(Error::InvalidCertificate(reason)) => Self::certificate(address, reason),
            Ok(source @ Error::InvalidMessage(_)) => Self::NotTls { address, source: source.into() },
            Ok(Error::PeerIncompatible(reason)) if is_version(&reason) => {
                Self::TlsVersion { address, source: Error::PeerIncompatible(reason).into() }
            }
            Ok(source) => Self::Handshake { address, source: source.into() },
            Err(source) if is_end(&source) => Self::Closed { address, source },
            Err(source) => Self::Handshake { address, source: source.into() },
        }
    }

    fn certificate(address: String, reason: CertificateError) -> Self {
        use CertificateError as Reason;
        let source = Error::InvalidCertificate(reason.clone()).into();
        match reason {
            Reason::Expired | Reason::ExpiredContext { .. } => Self::Expired { address, source },
            Reason::NotValidYet | Reason::NotValidYetContext { .. } => Self::Expired { address, source },
            Reason::NotValidForName | Reason::NotValidForNameContext { .. } => Self::WrongName { address, source },
            // A CA of another making under the same name.
            Reason::BadSignature | Reason::UnknownIssuer => Self::UnknownIssuer { address, source },
            _ => Self::UnusableCertificate { address, source },
        }
    }

    fn alert(address: String, alert: AlertDescription) -> Self {
        use AlertDescription as Alert;
        let source = Error::AlertReceived(alert).into();
        match alert {
            Alert::CertificateRequired => Self::CertificateRequired { address },
            Alert::NoApplicationProtocol => Self::NotHttp2 { address },
            Alert::ProtocolVersion => Self::TlsVersion { address, source },
            Alert::AccessDenied
            | Alert::BadCertificate
            | Alert::CertificateExpired
            | Alert::CertificateRevoked
            | Alert::CertificateUnknown
            | Alert::DecryptError
            | Alert::UnknownCA
            | Alert::UnsupportedCertificate => Self::ClientCertificate { address, source },
            _ => Self::Handshake { address, source },
        }
    }
}

fn is_end(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionReset, UnexpectedEof};
    matches!(error.kind(), BrokenPipe | ConnectionReset | UnexpectedEof)
}

fn is_version(reason: &PeerIncompatible) -> bool {
    use PeerIncompatible::{ServerDoesNotSupportTls12Or13, ServerTlsVersionIsDisabledByOurConfig};
    matches!(reason, ServerDoesNotSupportTls12Or13 | ServerTlsVersionIsDisabledByOurConfig)
}
