//! Connections: TLS on both sides, limits, tokens in flight.

mod calls;
mod certificates;
mod client;
mod connections;
mod credentials;
mod deadlines;
#[cfg(target_os = "linux")]
mod keepalive;
mod limits;
mod listeners;
mod loading;
mod probe;
mod proxies;
mod reload;
mod requests;
mod responses;
mod server;
mod tls12;
