//! Whether the client certificate of an open connection still counts.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rustls::pki_types::{CertificateDer, UnixTime};
use tokio_util::sync::CancellationToken;

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
/// A call on the happy path loads two numbers and writes nothing. After a change of the server's TLS settings, the next
/// call verifies the chain again.
pub(super) struct Trust {
    live: Arc<Live<ServerSettings>>,
    /// The newest revision that the chain was verified under.
    verified: AtomicU64,
    ended: CancellationToken,
}

impl Trust {
    /// The handshake verified the chain under `revision`.
    pub(super) fn new(live: Arc<Live<ServerSettings>>, revision: &Revision<ServerSettings>) -> Self {
        Self { live, verified: AtomicU64::new(revision.number), ended: CancellationToken::new() }
    }

    /// Whether the chain verifies under the newest revision. If not, the connection is to end.
    pub(super) fn covers(&self, chain: &[CertificateDer<'static>]) -> bool {
        if self.verified.load(Ordering::Relaxed) == self.live.newest() {
            return true;
        }
        !self.ended.is_cancelled() && self.verify(chain)
    }

    fn verify(&self, chain: &[CertificateDer<'static>]) -> bool {
        let revision = self.live.current();
        let Some((leaf, intermediates)) = chain.split_first() else { return false };
        match revision.value.clients.verify_client_cert(leaf, intermediates, UnixTime::now()) {
            Ok(_) => self.verified.store(revision.number, Ordering::Relaxed),
            Err(error) => {
                tracing::info!(%error, "a client certificate is not trusted any more: its connection is closed");
                self.end();
                return false;
            }
        }
        true
    }

    /// Asks the server to end the connection.
    pub(super) fn end(&self) {
        self.ended.cancel();
    }

    /// Waits until the connection is to end.
    pub(super) async fn ended(&self) {
        self.ended.cancelled().await;
    }
}
