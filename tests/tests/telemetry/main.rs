//! Metrics and traces, compared with what a client saw.

mod exported;
mod load;
mod server_metrics;
mod traces;
