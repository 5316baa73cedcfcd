//! Why there is no channel.

use std::io;
use std::time::Duration;

use rustls::{AlertDescription, CertificateError, Error, PeerIncompatible};
use tower::BoxError;

use crate::tls::TlsError;

/// Why there is no channel, and what to look at.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The server wants a certificate, and this client has none.
    #[error("{address} wants a client certificate: give one with `ClientTls::client_certificate`")]
    CertificateRequired {
        /// The server.
        address: String,
    },
    /// The server does not accept this client's certificate.
    #[error("{address} does not accept the client certificate: does it trust its CA, and is it in date?")]
    ClientCertificate {
        /// The server.
        address: String,
        /// What the server said.
        source: BoxError,
    },
    /// The server closed the connection in the handshake, or right after it.
    #[error("{address} closed the connection without a word: does it want a client certificate, or another one?")]
    Closed {
        /// The server.
        address: String,
        /// How it closed it.
        source: io::Error,
    },
    /// HTTP/2 did not come about.
    #[error("no HTTP/2 connection")]
    Connect(#[source] tonic::transport::Error),
    /// The server's certificate has expired or is not valid yet.
    #[error("the certificate of {address} is out of date: renew it, or set this host's clock")]
    Expired {
        /// The server.
        address: String,
        /// The dates.
        source: BoxError,
    },
    /// The TLS handshake failed in another way, told in `source`.
    #[error("the TLS handshake with {address} failed")]
    Handshake {
        /// The server.
        address: String,
        /// The way.
        source: BoxError,
    },
    /// The address is more or less than scheme, host and port.
    #[error("the address must be a scheme, a host and perhaps a port, and nothing else")]
    NotAnAuthority,
    /// The address is for plaintext, where nobody proves anything.
    #[error("the address must begin with `https://`: for plaintext there is `danger::connect_plaintext`")]
    NotHttps,
    /// The server speaks TLS, and in it something else than HTTP/2.
    #[error("{address} does not speak HTTP/2 in TLS (no ALPN `h2`): is it a gRPC server?")]
    NotHttp2 {
        /// The server.
        address: String,
    },
    /// Something answers, but not in TLS.
    #[error("{address} does not speak TLS: is it a plaintext port?")]
    NotTls {
        /// The server.
        address: String,
        /// What is wrong with its answer.
        source: BoxError,
    },
    /// Nothing listens there.
    #[error("{address} refuses connections: does the server run, and on this port?")]
    Refused {
        /// The server.
        address: String,
        /// What the operating system says.
        source: io::Error,
    },
    /// The address is for another kind of channel.
    #[error("the address must begin with `{expected}://`")]
    Scheme {
        /// The scheme this channel takes.
        expected: &'static str,
    },
    /// Connecting took too long.
    #[error("{address} did not answer in {within:?}: a firewall, or a plaintext port?")]
    Timeout {
        /// The server.
        address: String,
        /// The time it had.
        within: Duration,
    },
    /// The client's own TLS settings do not work.
    #[error("the TLS settings do not work")]
    Tls(#[from] TlsError),
    /// The server speaks only versions of TLS that this client does not take.
    #[error("{address} has no TLS 1.3: update it, or ask for `ClientTls::allow_tls12`")]
    TlsVersion {
        /// The server.
        address: String,
        /// What is wrong with its answer.
        source: BoxError,
    },
    /// No root of this client issued the server's certificate.
    #[error("no root of this client issued the certificate of {address}: `ServerRoots` takes the CA that did")]
    UnknownIssuer {
        /// The server.
        address: String,
        /// What the verifier says.
        source: BoxError,
    },
    /// The network does not lead there, or the name does not resolve.
    #[error("cannot reach {address}")]
    Unreachable {
        /// The server.
        address: String,
        /// What the operating system says.
        source: io::Error,
    },
    /// The server's certificate cannot be accepted for the reason in `source`.
    #[error("the certificate of {address} cannot be accepted")]
    UnusableCertificate {
        /// The server.
        address: String,
        /// What the verifier says.
        source: BoxError,
    },
    /// The address is no URI.
    #[error("the address is no URI")]
    Uri(#[source] http::uri::InvalidUri),
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
    /// From a failure to open a TCP connection.
    pub(super) fn tcp(address: String, source: io::Error) -> Self {
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
