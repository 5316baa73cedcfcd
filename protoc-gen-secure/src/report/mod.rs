//! Reports about a policy, from its manifest: who may call what, what changed, and why a call is refused.
//!
//! Every report is a value first. Text, Markdown, JSON and the other formats print the same value, with escapes for characters that nobody sees.

pub(crate) mod annotation;
pub(crate) mod caller;
mod choice;
pub(crate) mod diff;
pub(crate) mod explain;
pub(crate) mod github;
pub(crate) mod json;
pub(crate) mod matrix;
pub(crate) mod sarif;
mod sentence;
mod table;
pub(crate) mod unknown;
pub(crate) mod usage;
mod witness;

pub(crate) use choice::choice;

#[cfg(test)]
mod tests;
