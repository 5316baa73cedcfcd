//! The file descriptors of the process, compared with what the limits of a server need.

use super::limits::Limits;
use super::slots::max_evicted;

/// The process may not open as many files as a server needs.
#[derive(Clone, Copy, Debug)]
pub(super) struct TooFew {
    pub(super) needed: u64,
    pub(super) available: u64,
}

/// Raises the soft limit of the process (RLIMIT_NOFILE), if the server needs it.
///
/// # Errors
///
/// Fails if the hard limit is too low.
pub(super) fn ensure(limits: &Limits) -> Result<(), TooFew> {
    platform::ensure(needed(limits))
}

/// Each connection has a descriptor, those that are about to end too.
fn needed(limits: &Limits) -> u64 {
    let connections = limits.max_connections + max_evicted(limits.max_connections);
    u64::try_from(connections).unwrap_or(u64::MAX).saturating_add(RESERVED)
}

/// For files of keys, tokens and certificates, for the listener, and for connections to other services.
const RESERVED: u64 = 64;

#[cfg(unix)]
mod platform {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    use super::TooFew;

    pub(super) fn ensure(needed: u64) -> Result<(), TooFew> {
        let before = getrlimit(Resource::Nofile);
        if before.current.is_none_or(|current| current >= needed) {
            return Ok(());
        }
        let available = before.maximum.unwrap_or(u64::MAX);
        let raised = Rlimit { current: Some(needed), maximum: before.maximum };
        if available < needed || setrlimit(Resource::Nofile, raised).is_err() {
            let available = if available < needed { available } else { before.current.unwrap_or(available) };
            return Err(TooFew { needed, available });
        }
        tracing::info!(before = before.current, now = needed, "raised the number of files that this process may open");
        Ok(())
    }
}

#[cfg(not(unix))]
mod platform {
    use super::TooFew;

    /// There is no such limit.
    #[expect(clippy::unnecessary_wraps, reason = "as on Unix")]
    pub(super) fn ensure(_: u64) -> Result<(), TooFew> {
        Ok(())
    }
}
