//! Metrics and traces of servers and clients by OpenTelemetry.
//!
//! [`Telemetry`] holds the instruments. Give it to [`Server::telemetry`](crate::Server::telemetry) and to
//! [`SecureChannel::telemetry`](crate::SecureChannel::telemetry):
//!
//! 1. Every call is a span, and a value of `rpc.server.call.duration` or `rpc.client.call.duration`. Names are those of
//!    the OpenTelemetry semantic conventions for RPC.
//! 2. The trace of a call goes on in the calls that its handler makes (W3C Trace Context).
//! 3. Decisions of gates, handshakes and connections are counted.
//!
//! Labels come from the generated table and from closed lists. Text that a client sent is never a label. A trace has it in
//! one place: `rpc.method_original`, at most 256 bytes, if there is no such method.
//!
//! A client chooses the trace id of its calls, and whether they are sampled. A sampler of yours can decide otherwise.

mod call;
mod context;
mod instruments;
mod layer;
mod methods;
mod server;
mod telemetry;
mod watch;
mod watched;

pub(crate) use call::{ClientCall, Measurement};
pub(crate) use layer::TelemetryLayer;
pub(crate) use methods::{Methods, Resolve};
pub(crate) use server::OpenConnection;
pub use telemetry::Telemetry;
