//! Serving secured services, and nothing else.

mod builder;
mod io;
mod serve;

pub use builder::{ServeError, Server, Transport};
