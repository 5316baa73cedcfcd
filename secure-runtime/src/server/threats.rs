//! Threats to a server, the mechanism against each, and the tests that show it.
//!
#![doc = include_str!("checks.md")]
