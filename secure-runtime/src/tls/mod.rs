//! TLS for servers and clients: rustls with aws-lc-rs.
//!
//! [`ServerTls`] and [`ClientTls`] hold the settings, [`ClientRoots`] and [`ServerRoots`] the trusted CAs, and
//! [`PeerCertificates`] what a client proved. A server decides on client certificates before it can start:
//!
//! ```no_run
//! use secure_runtime::ServerTls;
//! use secure_runtime::tls::ClientRoots;
//!
//! # fn main() -> Result<(), secure_runtime::tls::TlsError> {
//! let tokens_only = ServerTls::from_pem_dir("/etc/tls")?.without_client_certificates();
//! let mesh = ServerTls::from_pem_dir("/etc/tls")?
//!     .require_client_certificates(ClientRoots::from_pem_file("/etc/tls/ca.crt")?);
//! # Ok(())
//! # }
//! ```
//!
//! Files are followed while they are in use, so a renewed certificate needs no restart; [`TlsWatch`] tells their state.
//!
//! Both sides speak TLS 1.3, and TLS 1.2 only after `allow_tls12`. There is no early data and no session resumption. Both
//! sides negotiate HTTP/2 by ALPN, and close the connection otherwise. A server may allow HTTP/1.1.

mod acceptor;
mod certificate;
mod client;
mod client_root_sets;
mod error;
mod expiries;
mod live;
mod name_scope;
mod peer;
mod pem;
mod revocation;
mod roots;
mod server;
mod status;
mod trust;
mod validity;

use std::sync::Arc;
use std::time::Duration;

use rustls::SupportedProtocolVersion;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::version::{TLS12, TLS13};

pub(crate) use acceptor::{Accepted, Acceptor, Protocol};
pub(crate) use client::ClientSettings;
pub use client::{ClientCertificate, ClientTls};
pub use client_root_sets::ClientRootSets;
pub use error::{PemOrigin, TlsError};
pub use peer::{CommonName, DnsName, PeerCertificates, PeerName, PeerNameError, SpiffeId};
pub(crate) use peer::{NamelessReason, SPIFFE_SCHEME, is_trust_domain};
pub use roots::{ClientRoots, ServerRoots};
pub use server::{ClientCertificates, ClientCertificatesUndecided, ServerTls};
pub use status::{TlsStatus, TlsWatch};
pub(crate) use trust::CertificateRefusal;

/// The ALPN name of HTTP/2 (RFC 7301; RFC 9113, section 3.1).
pub(crate) const ALPN_HTTP2: &[u8] = b"h2";

/// The ALPN name of HTTP/1.1.
pub(crate) const ALPN_HTTP1: &[u8] = b"http/1.1";

/// Set explicitly, so that a process-wide default provider of rustls changes nothing.
fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

/// The interval between two readings of files. Reading them without a pause would take a whole core.
fn reload_interval(interval: Duration) -> Duration {
    interval.max(Duration::from_millis(10))
}

/// The versions of TLS that are accepted.
#[derive(Clone, Copy, Debug)]
enum Versions {
    Tls13,
    Tls12AndTls13,
}

impl Versions {
    fn list(self) -> &'static [&'static SupportedProtocolVersion] {
        static TLS13_ONLY: [&SupportedProtocolVersion; 1] = [&TLS13];
        static TLS13_AND_TLS12: [&SupportedProtocolVersion; 2] = [&TLS13, &TLS12];
        match self {
            Self::Tls13 => &TLS13_ONLY,
            Self::Tls12AndTls13 => &TLS13_AND_TLS12,
        }
    }
}
