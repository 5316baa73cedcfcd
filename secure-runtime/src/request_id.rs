//! The ids of calls.

use std::fmt;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// The id of a call, in the audit log and for handlers. It is unique in this process, and not secret.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct RequestId(u64);

impl RequestId {
    /// An id that no other call of this process has.
    pub(crate) fn next() -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        Self(COUNT.fetch_add(1, Ordering::Relaxed))
    }

    /// The number of the process, and the count of the call.
    pub(crate) fn numbers(self) -> (u32, u64) {
        static PROCESS: LazyLock<u32> = LazyLock::new(process_id);
        (*PROCESS, self.0)
    }
}

/// `<process>-<count>`, both hexadecimal.
impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (process, count) = self.numbers();
        write!(f, "{process:08x}-{count:x}")
    }
}

/// A random number, which distinguishes the processes of one log.
fn process_id() -> u32 {
    use std::hash::{BuildHasher, RandomState};
    (RandomState::new().hash_one(std::process::id()) >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_calls_have_different_ids() {
        assert_ne!(RequestId::next().to_string(), RequestId::next().to_string());
    }
}
