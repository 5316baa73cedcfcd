//! Serving secured services: nothing else but what [`danger`](crate::danger) lets in, and layers around it all.

mod accept;
mod builder;
mod connection;
mod fallback;
mod io;
mod layers;
mod limits;
mod serve;
mod transport;

pub use builder::{ServeError, Server};
pub use fallback::Ungated;
pub use limits::Limits;
pub use transport::{IntoTransport, Transport};
