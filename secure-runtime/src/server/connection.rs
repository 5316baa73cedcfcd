//! Serves one connection: handshake, HTTP, and the limits on its lifetime.

use std::convert::Infallible;
use std::future::{Future, pending};
use std::ops::Range;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::accept::Admission;
use super::activity::Activity;
use super::app::App;
use super::http::Http;
use super::http2::{Connected, Http2};
use super::io::ConnectionHandle;
use super::keepalive;
use super::limits::Limits;
use super::observer::Observer;
use super::responses::LimitResponses;
use super::slots::Evictable;
use super::stream::ServerStream;
use super::unsent::Unsent;
use crate::connection::{Connection, Vouched};
use crate::connection_failure::ConnectionFailure;
use crate::connection_limit::ConnectionLimit;
use crate::jitter::jittered;
use crate::reporter::Reporter;
use crate::tls::{Accepted, Acceptor, PeerCertificates};
use crate::usage::Usage;

/// What all connections of a server share.
#[derive(Clone)]
pub(super) struct Host {
    pub(super) acceptor: Option<Acceptor>,
    pub(super) limits: Arc<Limits>,
    pub(super) app: App,
    pub(super) observer: Arc<Observer>,
}

impl Host {
    /// Completes the handshake and serves the connection until it ends. `shutdown` ends an unfinished handshake.
    pub(super) async fn serve(self, mut stream: ServerStream, slots: Admission, shutdown: CancellationToken) {
        #[cfg(feature = "otel")]
        let _open = self.observer.connected();
        stream.set_nodelay();
        let http2 = Http2::new(&self.limits, !keepalive::is_done_by_kernel(&stream, &self.limits));
        let addresses = stream.addresses();
        let failed = |failure| self.observer.failed(addresses.remote(), failure);
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = slots.handshake.evicted() => return failed(ConnectionFailure::TooManyHandshakes),
            () = slots.connection.evicted() => return failed(ConnectionFailure::TooManyConnections),
            received = self.first_byte(&mut stream) => match received {
                true => slots.handshake.has_sent(),
                false => return failed(ConnectionFailure::NothingReceived),
            },
        }
        let Some(acceptor) = self.acceptor.as_ref().filter(|_| !stream.is_local()) else {
            let connection = Connection::new(addresses, None);
            return self.serve_http(Http::Two(http2), stream, connection, slots, shutdown).await;
        };
        let accepted = tokio::select! {
            () = shutdown.cancelled() => return,
            () = slots.connection.evicted() => return failed(ConnectionFailure::TooManyConnections),
            accepted = acceptor.accept(stream, addresses.remote(), self.limits.handshake_timeout) => accepted,
        };
        match accepted {
            Ok(Accepted { stream, peer, protocol }) => {
                self.observer.handshake_completed();
                let connection = Connection::new(addresses, peer);
                let http = Http::negotiated(protocol, http2, &self.limits);
                self.serve_http(http, stream, connection, slots, shutdown).await;
            }
            Err(error) => {
                failed(error.failure());
                tracing::debug!(%error, "the handshake of a client failed");
            }
        }
    }

    /// Whether the client sends its first byte in time.
    async fn first_byte(&self, stream: &mut ServerStream) -> bool {
        let limit = self.limits.first_byte_timeout.min(self.limits.handshake_timeout);
        timeout(limit, stream.first_byte()).await.unwrap_or_default()
    }

    /// HTTP runs in a task of its own, which does not wake for the limits on the lifetime.
    async fn serve_http<S>(
        self,
        http: Http,
        stream: S,
        connection: Connection,
        slots: Admission,
        shutdown: CancellationToken,
    ) where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let peer = connection.peer_certificates().cloned();
        let usage = Usage::new(self.limits.usage, peer.is_some());
        let usage = Arc::new(usage.reporting_to(Reporter::new(self.observer.clone(), connection.remote_addr())));
        let unsent = Arc::new(Unsent::new(self.limits.max_response_stall, Arc::clone(&usage)));
        let (go_away, told_to_go) = oneshot::channel();
        let activity = Arc::clone(slots.connection.holder());
        let responses = LimitResponses::new(Arc::clone(&activity), Arc::clone(&unsent));
        let vouched = Arc::new(Vouched { connection, usage: Arc::clone(&usage) });
        let connected = Connected { app: self.app, vouched, responses };
        let (http, handle) = http.spawn(stream, connected, &self.limits, &activity, told_to_go);
        let end = async {
            tokio::select! {
                () = end(peer, shutdown, &activity, &self.limits) => {}
                () = unsent.stalled() => usage.limit_reached(ConnectionLimit::StalledResponse),
            }
        };
        if let Some(limit) = limit_lifetime(handle, go_away, slots, &self.limits, end).await {
            usage.limit_reached(limit);
        }
        // HTTP/1.1 looks at its connection only when it reads or writes, so it may not see that it was aborted.
        http.abort();
        _ = http.await;
    }
}

/// Enforces the time limits of one connection:
///
/// 1. The client must send its HTTP/2 preface, or the first byte of HTTP/1.1, in time. After that, its handshake is
///    complete.
/// 2. At its `end`, or if it is evicted for another one, the client is sent GOAWAY, so it starts no new calls.
/// 3. When its calls have ended, the write side is closed, and the client has 2 s to read its last responses.
/// 4. After the drain timeout, the connection is aborted.
///
/// Returns the limit that the client reached, if 1 or 2 is the reason. Returning drops `go_away`, which shuts HTTP down, and
/// `handle`, which aborts the connection.
async fn limit_lifetime(
    handle: ConnectionHandle,
    go_away: oneshot::Sender<Infallible>,
    Admission { connection, handshake }: Admission,
    limits: &Limits,
    end: impl Future<Output = ()>,
) -> Option<ConnectionLimit> {
    let mut end = pin!(end);
    tokio::select! {
        received = handle.preface_received(limits.handshake_timeout) => match received {
            true => drop(handshake),
            false => return (!handle.is_closed()).then_some(ConnectionLimit::Handshake),
        },
        // Before the preface hyper does not send GOAWAY.
        () = connection.evicted() => return Some(ConnectionLimit::TooManyConnections),
        () = &mut end => return None,
    }
    let is_evicted = tokio::select! {
        () = handle.closed() => return None,
        () = connection.evicted() => true,
        () = end => false,
    };
    drop(go_away);
    if is_evicted {
        _ = timeout(EVICTION_TIME, handle.closed()).await;
        if connection.idle_since().is_some() {
            return Some(ConnectionLimit::TooManyConnections);
        }
    }
    _ = timeout(limits.drain_timeout, handle.closed()).await;
    is_evicted.then_some(ConnectionLimit::TooManyConnections)
}

/// Waits until a connection has to end:
///
/// - at `shutdown`, at its maximal age, or when it is idle for too long;
/// - shortly before its client certificate expires;
/// - when its client certificate is not trusted any more. A call finds that, or a check in each minute.
async fn end(peer: Option<PeerCertificates>, shutdown: CancellationToken, activity: &Activity, limits: &Limits) {
    let age = jittered(limits.max_connection_age, AGE_FACTORS);
    let expiry = peer.as_ref().and_then(|peer| renewal_time(peer, limits));
    let refused = async {
        match &peer {
            Some(peer) => peer.refused().await,
            None => pending().await,
        }
    };
    tokio::select! {
        () = sleep(expiry.map_or(age, |expiry| expiry.min(age))) => {}
        () = shutdown.cancelled() => {}
        () = activity.idle_for(limits.max_connection_idle) => {}
        () = refused => {}
    }
}

/// When a client that has a new certificate should come back with it: before the old one expires, so that no call fails.
///
/// `None` for a certificate that expires soon after the handshake: its client has no new one.
fn renewal_time(peer: &PeerCertificates, limits: &Limits) -> Option<Duration> {
    let left = peer.not_after().duration_since(SystemTime::now()).ok()?;
    let early = left.checked_sub(limits.drain_timeout)?;
    (early > left / 2).then_some(early)
}

/// A tenth more or less, so that clients that came together do not come back together.
const AGE_FACTORS: Range<f64> = 0.9..1.1;

/// The time for an evicted client to see GOAWAY, and to close the connection.
const EVICTION_TIME: Duration = Duration::from_secs(1);
