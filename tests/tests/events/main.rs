//! What is told of calls: audit events, and call policies that see them.

mod audit;
mod audit_and_rate_options;
mod call_policies;
mod observed_calls;
