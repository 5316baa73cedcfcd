//! Connections: TLS on both sides, limits, tokens in flight.

mod certificate_loading;
mod certificate_reload;
mod certificates;
mod client_calls;
mod connect_errors;
mod connection_limits;
mod credentials;
mod deadlines;
mod handshake_and_shutdown;
mod idle_connections;
#[cfg(target_os = "linux")]
mod keepalive;
mod limit_events;
mod listeners;
mod panics;
mod plaintext_probe;
mod proxies;
mod request_bodies;
mod tls12;
mod unread_responses;
mod waiting_for_room;
