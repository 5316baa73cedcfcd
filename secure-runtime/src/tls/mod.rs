//! TLS with rustls on aws-lc-rs, whatever other cryptography the binary links.
//!
//! A server says what it asks of clients before it can be made:
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
//! TLS 1.3 unless `allow_tls12` is asked for; no early data; HTTP/2 negotiated by ALPN, or no connection.

mod acceptor;
mod client;
mod error;
mod own;
mod peer;
mod pem;
mod roots;
mod server;

use std::sync::Arc;

use rustls::SupportedProtocolVersion;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::version::{TLS12, TLS13};

pub(crate) use acceptor::{Accepted, Acceptor};
pub use client::{ClientCertificate, ClientTls};
pub use error::{PemOrigin, TlsError};
pub use peer::{CommonName, DnsName, NotPeerName, PeerCertificates, PeerName, SpiffeId};
pub(crate) use peer::{SCHEME, Unnamed, is_trust_domain};
pub use roots::{ClientRoots, ServerRoots};
pub use server::{ClientCertificates, ClientCertificatesUndecided, ServerTls};

/// The only protocol spoken inside TLS (RFC 7301; RFC 9113, section 3.1).
pub(crate) const ALPN: &[u8] = b"h2";

/// Named, so that a second provider in the binary changes nothing.
fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

/// The versions of TLS that are spoken.
#[derive(Clone, Copy, Debug)]
enum Versions {
    Tls13,
    Tls12AndTls13,
}

impl Versions {
    fn list(self) -> &'static [&'static SupportedProtocolVersion] {
        static TLS13_ALONE: [&SupportedProtocolVersion; 1] = [&TLS13];
        static BOTH: [&SupportedProtocolVersion; 2] = [&TLS13, &TLS12];
        match self {
            Self::Tls13 => &TLS13_ALONE,
            Self::Tls12AndTls13 => &BOTH,
        }
    }
}
