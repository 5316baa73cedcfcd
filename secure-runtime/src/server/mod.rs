//! A gRPC server for secured services.
//!
//! 1. [`Server`] collects services, layers and [`Limits`], and checks them when it starts.
//! 2. Connections are accepted within the limits, and complete their TLS handshake.
//! 3. Each connection speaks HTTP/2 (hyper), or HTTP/1.1 with [`Server::allow_http1`], until it ends, is too old, or the
//!    server shuts down.
//! 4. Requests pass the layers, then the gate of the service that their path names.
//!
//! [`threats`] lists what may go wrong, what is done about it, and the test that shows it.
//!
//! Everything without a gate has to come from [`danger`](crate::danger).

mod accept;
mod activity;
mod allow_http1;
mod app;
mod body;
mod bounds;
mod build;
mod builder;
mod call_limits;
mod connection;
mod descriptors;
mod error;
mod executor;
mod expect;
mod fallback;
mod frames;
mod handshakes;
mod http;
mod http1;
mod http1_io;
mod http2;
mod io;
mod keepalive;
mod layer_errors;
mod layers;
mod limits;
mod listener;
mod media_type;
mod mounted;
mod observer;
#[cfg(feature = "health")]
mod probe;
mod proxy_protocol;
mod response_body;
mod responses;
mod room;
mod routes;
mod serve;
mod signal;
mod slots;
mod stream;
pub mod threats;
mod transport;
mod trusted_proxies;
#[cfg(unix)]
mod unix;
mod unsent;

pub use builder::Server;
pub use error::ServeError;
pub use fallback::Ungated;
pub use limits::Limits;
pub use listener::Listener;
pub use mounted::Mounted;
#[cfg(feature = "health")]
pub use probe::serve_health_in_plaintext;
pub use signal::shutdown_signal;
pub use stream::ClientStream;
pub use transport::{IntoTransport, Transport, UnixOnly};
pub use trusted_proxies::{NetworkError, TrustedProxies};
#[cfg(unix)]
pub use unix::UnixSocket;
