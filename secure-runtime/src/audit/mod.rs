//! One event for every call that reached a gate, admitted or not.
//!
//! Where a rule speaks of the request, the event follows it. A stream that was admitted and brings a request that is
//! refused is a second event, under the same [`RequestId`].

mod json_lines;
mod tracing;

use std::fmt;
use std::net::SocketAddr;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::authz::Decision;
use crate::principal::PrincipalId;

pub use json_lines::JsonLines;
pub use tracing::TracingLogger;

/// Takes the record of every decision. A closure is one too.
///
/// It runs on the call's own task, before the handler: it must not block.
pub trait AuditLogger: Send + Sync + 'static {
    /// Takes one event.
    fn log(&self, event: &AuditEvent<'_>);

    /// Takes the event of an admitted call before its handler runs. Left out, it is [`log`](Self::log).
    ///
    /// # Errors
    ///
    /// The event was not recorded, and the call must not run without its record: the gate refuses it with UNAVAILABLE.
    fn record(&self, event: &AuditEvent<'_>) -> Result<(), NotRecorded> {
        self.log(event);
        Ok(())
    }
}

/// An event was not recorded, and its call is refused: see [`AuditLogger::record`].
#[derive(Clone, Copy, Debug, Default, thiserror::Error)]
#[error("the audit event was not recorded")]
#[expect(clippy::exhaustive_structs, reason = "there is nothing to add")]
pub struct NotRecorded;

impl<F: Fn(&AuditEvent<'_>) + Send + Sync + 'static> AuditLogger for F {
    fn log(&self, event: &AuditEvent<'_>) {
        self(event);
    }
}

/// The record of one decision: the five facts of gRFC A59 (method, principal, policy, matched rule, authorized), and
/// where the call came from.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct AuditEvent<'a> {
    /// The path of the method; the name of the service where one rule guards a whole service; `_OTHER` for what is no
    /// method. Never what the client wrote.
    pub method: &'static str,
    /// Where the rule is written, as `file:line:column`; `None` without a rule.
    pub declared_at: Option<&'static str>,
    /// The SHA-256 of the service's rules, as in the generated `POLICY_DIGEST`.
    pub policy_digest: Option<&'static str>,
    /// Who called; `None` if nobody was proven.
    pub principal: Option<&'a PrincipalId>,
    /// Whether the call went to its handler, and why not.
    pub decision: Decision,
    /// Why the call was refused, as a constant: the name of the first [`Condition`](crate::authz::Condition) that
    /// failed, why the credential proved nothing, or the name of the denial. `None` for an admitted call. It contains no
    /// role, no claim and no value.
    pub reason: Option<&'static str>,
    /// The socket address of the client; `None` if the call did not come through this crate's server.
    pub remote_addr: Option<SocketAddr>,
    /// Our own name of the call, unique to this process.
    pub request_id: RequestId,
    /// The client's `x-request-id`, as it came: whatever the client wanted it to be.
    pub client_request_id: Option<&'a [u8]>,
}

/// The name of a call in the audit log: unique, and not for guessing others' from.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct RequestId(u64);

impl RequestId {
    /// A name no call of this process had before.
    pub(crate) fn next() -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        Self(COUNT.fetch_add(1, Ordering::Relaxed))
    }
}

/// `<process>-<count>`, both hexadecimal.
impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        static PROCESS: LazyLock<u32> = LazyLock::new(process_id);
        write!(f, "{:08x}-{:x}", *PROCESS, self.0)
    }
}

/// Tells the processes of one log apart.
fn process_id() -> u32 {
    use std::hash::{BuildHasher, RandomState};
    (RandomState::new().hash_one(std::process::id()) >> 32) as u32
}

/// What others chose, fit for a log: escaped by the sink, cut here.
fn cut(text: &str) -> &str {
    const LONGEST: usize = 256;
    let end = (0..=LONGEST).rev().find(|end| text.is_char_boundary(*end));
    if text.len() <= LONGEST { text } else { &text[..end.unwrap_or(0)] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_chose_is_cut_at_256_bytes_between_characters() {
        assert_eq!(cut("short"), "short");
        assert_eq!(cut(&"a".repeat(256)).len(), 256);
        assert_eq!(cut(&"a".repeat(300)).len(), 256);
        assert_eq!(cut(&format!("{}ä", "a".repeat(255))).len(), 255);
    }

    #[test]
    fn no_two_calls_share_a_name() {
        assert_ne!(RequestId::next().to_string(), RequestId::next().to_string());
    }
}
