//! Serving secured services, and nothing else.

mod accept;
mod builder;
mod connection;
mod io;
mod limits;
mod serve;
mod transport;

pub use builder::{ServeError, Server};
pub use limits::Limits;
pub use transport::{IntoTransport, Transport};
