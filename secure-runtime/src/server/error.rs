//! Errors of starting a server.

use super::descriptors::TooFew;
use crate::tls::TlsError;

/// Why a server did not start.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// [`Server::allow_http1`](super::Server::allow_http1) needs TLS, and the server has none.
    #[error(
        "HTTP/1.1 is chosen in the TLS handshake, and this server has no TLS: remove `allow_http1`, or use a `ServerTls`"
    )]
    Http1WithoutTls,
    /// A limit is zero, or above its maximum. [`Limits`](crate::server::Limits) lists the maximum of each.
    #[error("the limit `{0}` is zero or above its maximum: see `Limits::{0}`")]
    LimitOutOfBounds(&'static str),
    /// The server is [`UnixOnly`](super::UnixOnly), and has another listener.
    #[error("a server of `UnixOnly` listens on Unix sockets only: give it a `ServerTls` for other listeners")]
    NotUnix,
    /// A method names a rate class, and its gate has no rate for it.
    #[error(
        "the method `{method}` has the rate class `{class}`: add `RateLimit::class(\"{class}\", ..)` (feature \
         `rate-limit`) to its gate"
    )]
    NoRateOfClass {
        /// The path of the method.
        method: &'static str,
        /// The class.
        class: &'static str,
    },
    /// Two services have the same name, so one of them would never be called.
    #[error("the service `{0}` was added twice: add it once")]
    ServiceAddedTwice(&'static str),
    /// The process may not open as many files as the limits need.
    #[error(
        "`Limits::max_connections` needs {needed} file descriptors, and this process may open {available}: raise its hard \
         limit (`ulimit -Hn`, or `LimitNOFILE=` of systemd), or lower `max_connections`"
    )]
    TooFewDescriptors {
        /// The number for all connections, and for other files.
        needed: u64,
        /// The number that the operating system allows (RLIMIT_NOFILE).
        available: u64,
    },
    /// The TLS settings do not work.
    #[error("the TLS settings of the server do not work")]
    Tls(#[from] TlsError),
}

impl From<TooFew> for ServeError {
    fn from(TooFew { needed, available }: TooFew) -> Self {
        Self::TooFewDescriptors { needed, available }
    }
}

debug_as_display!(ServeError);
