//! The runtime of code that protoc-gen-secure generates.
//!
//! You write the rules of a service in its `.proto`. `protoc-gen-secure` generates the only server type of the service.
//! This crate implements the gate in that server. For every call, the gate:
//!
//! 1. finds the method by its exact path;
//! 2. authenticates the caller;
//! 3. decides, and records the decision as an audit event;
//! 4. decodes the request, and runs the handler with the [`Caller`] as proof of the decision.
//!
//! If the rule has request conditions, the gate checks each decoded message, before the handler sees it.
//!
//! ```no_run
//! use secure_runtime::authn::jwt::{Audience, Issuer, Jwt, KeySet};
//! use secure_runtime::audit::JsonLines;
//! use secure_runtime::{Gate, Server, ServerTls};
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let keys = KeySet::from_jwks_file("/etc/issuer/jwks.json")?;
//! let tokens = Jwt::new(Issuer::new("https://id.example.com")?, Audience::new("orders")?, keys);
//! let gate = Gate::new(tokens).audit(JsonLines::stdout());
//! let listener = tokio::net::TcpListener::bind("0.0.0.0:50051").await?;
//! Server::new(ServerTls::from_pem_dir("/etc/tls")?.without_client_certificates())
//!     // .add(OrdersServer::new(Shop, gate)), generated from your .proto
//!     .serve_with_shutdown(listener, secure_runtime::server::shutdown_signal())
//!     .await?;
//! # Ok(())
//! # }
//! ```
//!
//! [`authn::jwt`] verifies tokens, and [`authn::Mtls`] reads client certificates. For other credentials, write a
//! closure:
//!
//! ```
//! use secure_runtime::{Authentication, CallHead, Gate, Principal, Rejection};
//!
//! let keys = |head: &CallHead<'_>| -> Authentication {
//!     match head.bearer() {
//!         Ok(None) => Authentication::anonymous(),
//!         Ok(Some(key)) if key.as_str() == "a-long-random-key" => {
//!             Principal::new("keys.example.com", "clerk-7").roles(["orders:read"]).into()
//!         }
//!         Ok(Some(_)) => Rejection::rejected("unknown key").into(),
//!         Err(rejection) => rejection.into(),
//!     }
//! };
//! let gate = Gate::new(keys);
//! ```
//!
//! # Terms
//!
//! - A [`Principal`] is a caller whose credential was verified.
//! - A *policy* is the generated table of rules.
//! - A [`Decision`] is the policy's answer for a principal and a method: allow, or deny with a reason.
//! - An [`AuditEvent`](audit::AuditEvent) is the record of one decision.
//!
//! # Guarantees
//!
//! - The default is deny: an unknown method or a missing credential is refused.
//! - No message is decoded before the rule admits the caller.
//! - The gate passes the identity to the handler by value. Headers, metadata and extensions cannot change it.
//! - Every way around TLS or the gate is in [`danger`]. The exceptions to TLS are `server::serve_health_in_plaintext` and Unix
//!   sockets of this host.
//!
//! # Features
//!
//! These two are on by default:
//!
//! - `health` adds [`Public::health`](Public) and [`server::serve_health_in_plaintext`](server), by tonic-health.
//! - `system-roots` adds [`ClientTls::system_roots`](ClientTls): the CAs that this host trusts, by rustls-native-certs.
//!
//! These are off by default:
//!
//! - `introspection` asks an OAuth 2.0 server about tokens that are not JWTs: [`authn::introspection`](authn).
//! - `jwks-https` fetches the keys of issuers: [`KeySet::from_jwks_url`](authn::jwt::KeySet) and `from_discovery`.
//! - `oauth` fetches tokens for a client: [`Credentials::client_credentials`](Credentials).
//! - `gzip` and `zstd` compress messages. The limit of a message holds after decompression.
//! - `otel` adds the module `otel`: metrics and traces by OpenTelemetry.
//! - `rate-limit` adds [`call_policy::RateLimit`](call_policy): how often a caller may call.
//! - `testing` adds the module `testing` for tests of services: callers, decision tables and an issuer of tokens.
//!
//! `introspection`, `jwks-https` and `oauth` turn `system-roots` on, and add no other dependency: they use the TLS and HTTP
//! libraries that gRPC needs.

#![cfg_attr(test, allow(clippy::too_many_lines))] // a table of cases is as long as it must be

// First, so that every module sees its macro.
#[macro_use]
mod debug_as_display;

pub mod audit;
pub mod authn;
pub mod authz;
pub mod call_policy;
pub mod client;
#[doc(hidden)]
pub mod codegen;
pub mod danger;
pub mod gate;
#[cfg(feature = "otel")]
pub mod otel;
pub mod server;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod tls;

mod caller;
mod claims;
mod connect;
mod connection;
mod connection_failure;
mod connection_limit;
mod deadline;
mod destructor;
mod follow;
mod framing;
#[cfg(any(feature = "introspection", feature = "jwks-https", feature = "oauth"))]
mod https;
mod invisible;
mod jitter;
mod json;
mod method;
mod missing_feature;
mod moment;
mod network;
mod principal;
#[cfg(feature = "rate-limit")]
mod rate;
mod rejections;
mod reporter;
mod request_id;
mod scope;
mod secret;
mod status;
#[cfg(test)]
mod test_log;
mod token68;
mod trace_parent;
mod usage;
mod warning;
mod weight;

pub use authn::{Authentication, Authenticator, CallHead, Rejection};
pub use authz::{Decision, Denial, Holds};
pub use caller::{Anonymous, Caller, Holding};
pub use claims::ClaimsError;
pub use client::{Credentials, SecureChannel};
pub use connection::Connection;
pub use gate::{Gate, Gated, Public, SecuredServer, SecuredService};
pub use principal::{Principal, PrincipalId};
pub use server::{ServeError, Server};
pub use tls::{ClientTls, ServerTls};
pub use tonic;

/// Includes the code generated for a package, as `include_proto!("shop.v1")`.
///
/// Packages that import each other are modules as they are named: `shop.v1` in `mod shop { pub mod v1 { .. } }`. For
/// several, let the generator write that file (`Config::include_file`), and include it:
/// `include!(concat!(env!("OUT_DIR"), "/proto.rs"))`.
#[macro_export]
macro_rules! include_proto {
    ($package:literal) => {
        ::core::include!(::core::concat!(::core::env!("OUT_DIR"), "/", $package, ".rs"));
    };
}
