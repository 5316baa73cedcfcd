//! Whether the client certificate of an open connection still counts.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::danger::ClientCertVerifier as _;
use tokio_util::sync::CancellationToken;

use super::expiries::Expiries;
use super::live::{Live, Revision};
use super::server::ServerSettings;

/// Why the client certificate of an open connection does not count any more.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum CertificateRefusal {
    Expired,
    Untrusted,
}

/// The trust in the client certificate of one connection.
///
/// A call on the happy path loads three numbers and writes nothing. The chain is verified again:
///
/// - after a change of the server's TLS settings;
/// - when an intermediate certificate or a revocation list is out of date;
/// - after an hour.
pub(super) struct Trust {
    live: Arc<Live<ServerSettings>>,
    intermediates: Expiries,
    /// The newest revision that the chain was verified under.
    verified: AtomicU64,
    /// The second, since 1970, from which it has to be verified again.
    verify_at: AtomicU64,
    verifying: Mutex<()>,
    ended: CancellationToken,
}

impl Trust {
    /// The handshake has just verified the chain under `revision`.
    pub(super) fn new(
        live: Arc<Live<ServerSettings>>,
        revision: &Revision<ServerSettings>,
        chain: &[CertificateDer<'_>],
    ) -> Self {
        let intermediates = Expiries::of_certificates(chain.get(1..).unwrap_or_default());
        // From 0: what has expired since the verification is looked at again by the first call.
        let verify_at =
            next_verification(&intermediates, revision, 0).min(seconds(SystemTime::now()) + MAX_AGE.as_secs());
        Self {
            live,
            intermediates,
            verified: AtomicU64::new(revision.number),
            verify_at: AtomicU64::new(verify_at),
            verifying: Mutex::default(),
            ended: CancellationToken::new(),
        }
    }

    /// Whether the chain verifies under the newest revision at this time. If not, the connection is to end.
    pub(super) fn covers(&self, chain: &[CertificateDer<'static>], now: SystemTime) -> bool {
        let now = seconds(now);
        self.is_verified(now) || self.verify(chain, now)
    }

    fn is_verified(&self, now: u64) -> bool {
        self.verified.load(Ordering::Acquire) == self.live.newest() && now < self.verify_at.load(Ordering::Relaxed)
    }

    fn verify(&self, chain: &[CertificateDer<'static>], now: u64) -> bool {
        let _one_at_a_time = self.verifying.lock().unwrap_or_else(PoisonError::into_inner);
        // Another call may have ended the connection while this one waited.
        if self.ended.is_cancelled() {
            return false;
        }
        if self.is_verified(now) {
            return true;
        }
        let revision = self.live.current();
        let (Some((leaf, intermediates)), Some(clients)) = (chain.split_first(), &revision.value.clients) else {
            return false;
        };
        let time = UnixTime::since_unix_epoch(Duration::from_secs(now));
        if let Err(error) = clients.verify_client_cert(leaf, intermediates, time) {
            self.end();
            tracing::info!(%error, "a client certificate is not trusted any more: its connection is closed");
            return false;
        }
        let verify_at = next_verification(&self.intermediates, &revision, now + 1).min(now + MAX_AGE.as_secs());
        self.verify_at.store(verify_at, Ordering::Relaxed);
        self.verified.store(revision.number, Ordering::Release);
        true
    }

    /// Asks the server to end the connection. Until then no call is admitted, also if the clock is set back.
    pub(super) fn end(&self) {
        self.verify_at.store(0, Ordering::Relaxed);
        self.ended.cancel();
    }

    /// Waits until the connection is to end.
    pub(super) async fn ended(&self) {
        self.ended.cancelled().await;
    }

    /// The time to the next check of a connection without calls. Timers stand still while the machine is suspended, so it is
    /// a minute at most.
    pub(super) fn time_to_next_check(&self) -> Duration {
        let verify_at = UNIX_EPOCH + Duration::from_secs(self.verify_at.load(Ordering::Relaxed));
        verify_at.duration_since(SystemTime::now()).unwrap_or_default().min(CHECK_INTERVAL)
    }
}

/// The first second, not before `from`, at which an intermediate certificate or a revocation list is out of date.
fn next_verification(intermediates: &Expiries, revision: &Revision<ServerSettings>, from: u64) -> u64 {
    let lists = revision.value.clients.as_ref().and_then(|clients| clients.list_expiries().next(from));
    intermediates.next(from).into_iter().chain(lists).min().unwrap_or(u64::MAX)
}

/// A clock before 1970 counts as 1970.
fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// A verification counts for so long at most, for chains with a date that cannot be read.
const MAX_AGE: Duration = Duration::from_secs(60 * 60);

/// How often a connection without calls asks for the newest revision and the time.
const CHECK_INTERVAL: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests;
