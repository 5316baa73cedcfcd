//! Opens TLS connections to one server, for gRPC (HTTP/2) and for HTTPS (HTTP/1.1).
//!
//! 1. [`Target`] reads host, port and certificate name from an `https://` address.
//! 2. [`race`] tries the addresses of the host, and the first that answers wins.
//! 3. [`Dialer`] connects by TCP, completes the TLS handshake and checks the protocol that ALPN chose.
//! 4. [`ConnectError`] names each cause of failure, and what to do about it.

mod dialer;
mod error;
mod race;
mod target;

pub(crate) use dialer::Dialer;
pub use error::ConnectError;
pub(crate) use target::Target;
