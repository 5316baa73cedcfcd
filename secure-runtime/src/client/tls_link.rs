//! A channel to one server over TLS.

use std::sync::Arc;

use arc_swap::ArcSwap;
use http::Uri;
use hyper_util::rt::TokioIo;
use tonic::transport::{Channel, Endpoint};
use tower::service_fn;

use super::io::ClientIo;
use crate::connect::{ConnectError, Dialer};

/// A channel to one server. It is replaced when the TLS settings change.
pub(super) struct TlsLink {
    current: ArcSwap<TlsChannel>,
    endpoint: Endpoint,
    dialer: Dialer,
    report: Report,
}

/// A channel, and the revision of the TLS settings that it was opened with.
struct TlsChannel {
    channel: Channel,
    revision: u64,
}

/// Hears whether a connection could be opened.
pub(super) type Report = Arc<dyn Fn(bool) + Send + Sync>;

impl TlsLink {
    /// Connects before there is a channel, so that the errors of the first connection are values.
    pub(super) async fn connect(endpoint: Endpoint, dialer: Dialer) -> Result<Self, ConnectError> {
        // A change while this connects is a change for the next call.
        let revision = dialer.revision();
        let report: Report = Arc::new(|_| {});
        let channel = dialer.in_time(open(endpoint.clone(), &dialer, &report)).await?;
        Ok(Self { current: ArcSwap::from_pointee(TlsChannel { channel, revision }), endpoint, dialer, report })
    }

    /// Connects at the first call.
    pub(super) fn lazy(endpoint: Endpoint, dialer: Dialer, report: Report) -> Self {
        let revision = dialer.revision();
        let channel = lazy_channel(&endpoint, &dialer, &report);
        Self { current: ArcSwap::from_pointee(TlsChannel { channel, revision }), endpoint, dialer, report }
    }

    pub(super) fn channel(&self) -> Channel {
        let current = self.current.load();
        let revision = self.dialer.revision();
        if current.revision == revision {
            return current.channel.clone();
        }
        // Calls at the same moment may each replace the channel. All of them work.
        let channel = lazy_channel(&self.endpoint, &self.dialer, &self.report);
        self.current.store(Arc::new(TlsChannel { channel: channel.clone(), revision }));
        channel
    }
}

async fn open(endpoint: Endpoint, dialer: &Dialer, report: &Report) -> Result<Channel, ConnectError> {
    let (first, answer) = ClientIo::new(dialer.dial().await?);
    let opened = endpoint.connect_with_connector(connector(Some(first), dialer.clone(), Arc::clone(report))).await;
    if let Ok(Err(error)) = answer.await {
        return Err(dialer.failure(error));
    }
    opened.map_err(ConnectError::Connect)
}

fn lazy_channel(endpoint: &Endpoint, dialer: &Dialer, report: &Report) -> Channel {
    endpoint.connect_with_connector_lazy(connector(None, dialer.clone(), Arc::clone(report)))
}

fn connector(
    mut first: Option<ClientIo>,
    dialer: Dialer,
    report: Report,
) -> impl tower::Service<Uri, Response = TokioIo<ClientIo>, Error = ConnectError, Future: Send> + Send {
    service_fn(move |_| {
        let (first, dialer, report) = (first.take(), dialer.clone(), Arc::clone(&report));
        async move {
            if let Some(first) = first {
                return Ok(TokioIo::new(first));
            }
            let dialed = dialer.in_time(dialer.dial()).await;
            report(dialed.is_ok());
            dialed.map(|stream| TokioIo::new(ClientIo::new(stream).0))
        }
    })
}
