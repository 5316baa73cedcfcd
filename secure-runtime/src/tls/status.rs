//! What is known of TLS settings in use, to watch.

use std::sync::Arc;
use std::time::SystemTime;

use tokio::sync::watch;

use super::validity::Validity;

/// The state of the TLS settings of a server or a client.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct TlsStatus {
    /// How often the files gave settings that are good. 0 until the settings are in use, then from 1.
    pub revision: u64,
    /// When the own certificate expires. `None` if there is none, or the settings are not in use yet.
    pub not_after: Option<SystemTime>,
    /// Why the files are refused now. `None` if they are good: then `revision` is what they hold.
    ///
    /// It names files, and holds no contents.
    pub last_error: Option<String>,
}

/// Watches the TLS settings of a server or a client. Cloning is cheap.
///
/// ```no_run
/// # use secure_runtime::ServerTls;
/// # async fn run() -> Result<(), secure_runtime::tls::TlsError> {
/// let tls = ServerTls::from_pem_dir("/etc/tls")?.without_client_certificates();
/// let mut watch = tls.watch();
/// tokio::spawn(async move {
///     while let Some(status) = watch.changed().await {
///         println!("revision {}, expires {:?}, error {:?}", status.revision, status.not_after, status.last_error);
///     }
/// });
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct TlsWatch(watch::Receiver<TlsStatus>);

impl TlsWatch {
    /// The state now.
    pub fn status(&self) -> TlsStatus {
        self.0.borrow().clone()
    }

    /// Waits for the next change and returns the state then. `None` if nobody uses the settings any more.
    pub async fn changed(&mut self) -> Option<TlsStatus> {
        self.0.changed().await.ok()?;
        Some(self.0.borrow_and_update().clone())
    }
}

/// Tells all watches.
#[derive(Clone, Debug, Default)]
pub(super) struct StatusSender(Arc<watch::Sender<TlsStatus>>);

impl StatusSender {
    pub(super) fn watch(&self) -> TlsWatch {
        TlsWatch(self.0.subscribe())
    }

    pub(super) fn published(&self, revision: u64, own: Option<Validity>) {
        let not_after = own.map(|own| own.not_after());
        self.0.send_replace(TlsStatus { revision, not_after, last_error: None });
    }

    pub(super) fn polled(&self, failure: Option<&str>) {
        self.0.send_if_modified(|status| {
            let is_new = status.last_error.as_deref() != failure;
            if is_new {
                status.last_error = failure.map(str::to_owned);
            }
            is_new
        });
    }
}
