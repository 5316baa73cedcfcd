//! Opens TLS connections to one server, for gRPC (HTTP/2) and for HTTPS (HTTP/1.1).
//!
//! 1. [`Target`] reads host, port and certificate name from an `https://` address.
//! 2. [`Dialer`] connects by TCP, completes the TLS handshake and checks the protocol that ALPN chose.
//! 3. [`ConnectError`] names each cause of failure, and what to do about it.

mod dialer;
mod error;
mod target;

pub(crate) use dialer::Dialer;
pub use error::ConnectError;
pub(crate) use target::Target;
