//! Calls in turn to all servers behind the addresses of a channel.
//!
//! 1. The names are resolved at the first call, every 30 seconds, and after a connection failed.
//! 2. There is one connection to each address that was found. Calls open it.
//! 3. Calls take the connections in turn. An address that cannot be reached is left out for a while, for longer after
//!    each further failure.
//! 4. If no name resolves, the last addresses stay in use.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep, timeout};
use tonic::transport::{Channel, Endpoint};

use super::tls_link::{Report, TlsLink};
use crate::connect::{ConnectError, Dialer};
use crate::jitter::jittered;

/// The connections to all servers of a channel.
pub(super) struct Balance {
    names: Vec<Name>,
    servers: watch::Sender<Servers>,
    next: AtomicUsize,
    /// A connection failed.
    failed: Arc<Notify>,
}

/// One name of a channel, and how to connect to the servers behind it.
pub(super) struct Name {
    pub(super) endpoint: Endpoint,
    pub(super) dialer: Dialer,
}

#[derive(Clone)]
enum Servers {
    Known(Arc<[Server]>),
    Unresolved,
    Unresolvable(Arc<io::Error>),
}

#[derive(Clone)]
struct Server {
    key: Key,
    link: Arc<TlsLink>,
    health: Arc<Health>,
}

/// The number of a name, and an address behind it.
type Key = (usize, SocketAddr);

impl Balance {
    /// Resolves the names until the last handle is dropped.
    pub(super) fn new(names: Vec<Name>) -> Arc<Self> {
        let servers = watch::Sender::new(Servers::Unresolved);
        let balance = Arc::new(Self { names, servers, next: AtomicUsize::new(0), failed: Arc::default() });
        tokio::spawn(keep_resolved(Arc::downgrade(&balance), Arc::clone(&balance.failed)));
        balance
    }

    /// The connection whose turn it is.
    pub(super) async fn pick(&self) -> Result<Channel, ConnectError> {
        let servers = self.known().await?;
        let start = self.next.fetch_add(1, Ordering::Relaxed);
        let in_turn = (0..servers.len()).map(|offset| &servers[(start.wrapping_add(offset)) % servers.len()]);
        let reachable = in_turn.clone().find(|server| server.health.is_reachable());
        let server = reachable.or_else(|| in_turn.into_iter().next());
        server.map(|server| server.link.channel()).ok_or_else(|| self.unresolvable(io::ErrorKind::NotFound.into()))
    }

    pub(super) fn len(&self) -> usize {
        match &*self.servers.borrow() {
            Servers::Known(servers) => servers.len(),
            Servers::Unresolvable(_) | Servers::Unresolved => 1,
        }
    }

    async fn known(&self) -> Result<Arc<[Server]>, ConnectError> {
        let mut changes = self.servers.subscribe();
        let resolved = changes.wait_for(|servers| !matches!(servers, Servers::Unresolved)).await;
        match resolved.as_deref() {
            Ok(Servers::Known(servers)) => Ok(Arc::clone(servers)),
            Ok(Servers::Unresolvable(error)) => Err(self.unresolvable(io::Error::new(error.kind(), Arc::clone(error)))),
            Ok(Servers::Unresolved) | Err(_) => Err(self.unresolvable(io::ErrorKind::NotFound.into())),
        }
    }

    fn unresolvable(&self, source: io::Error) -> ConnectError {
        let names = self.names.iter().map(|name| name.dialer.to_string()).collect::<Vec<_>>();
        ConnectError::Unreachable { address: names.join(", "), source }
    }

    async fn resolve(&self) {
        let mut found = Vec::new();
        let mut failure = None;
        for (number, name) in self.names.iter().enumerate() {
            match name.dialer.resolve().await {
                Ok(addresses) => found.extend(addresses.into_iter().map(|address| (number, address))),
                Err(error) => {
                    tracing::debug!(name = %name.dialer, %error, "the name does not resolve");
                    failure = Some(error);
                }
            }
        }
        self.replace(found, failure.unwrap_or_else(|| io::ErrorKind::NotFound.into()));
    }

    /// Keeps the connections to addresses that are still there.
    fn replace(&self, found: Vec<Key>, failure: io::Error) {
        self.servers.send_modify(|servers| match servers {
            Servers::Known(_) if found.is_empty() => {}
            _ if found.is_empty() => *servers = Servers::Unresolvable(Arc::new(failure)),
            _ => *servers = Servers::Known(self.updated(found, servers)),
        });
    }

    fn updated(&self, found: Vec<Key>, old: &Servers) -> Arc<[Server]> {
        let old: &[Server] = if let Servers::Known(old) = old { old } else { &[] };
        let old = old.iter().map(|server| (server.key, server)).collect::<HashMap<_, _>>();
        found.into_iter().map(|key| old.get(&key).map_or_else(|| self.server(key), |&old| old.clone())).collect()
    }

    fn server(&self, key: Key) -> Server {
        let (number, address) = key;
        let Name { endpoint, dialer } = &self.names[number];
        let health = Arc::new(Health::default());
        let (tested, failed) = (Arc::clone(&health), Arc::clone(&self.failed));
        let report: Report = Arc::new(move |is_connected| {
            tested.update(is_connected);
            if !is_connected {
                failed.notify_one();
            }
        });
        let link = Arc::new(TlsLink::lazy(endpoint.clone(), dialer.clone().only(address), report));
        Server { key, link, health }
    }
}

async fn keep_resolved(balance: Weak<Balance>, failed: Arc<Notify>) {
    while let Some(balance) = balance.upgrade() {
        balance.resolve().await;
        drop(balance);
        sleep(MIN_RESOLVE_INTERVAL).await;
        _ = timeout(RESOLVE_INTERVAL - MIN_RESOLVE_INTERVAL, failed.notified()).await;
    }
}

/// Whether an address could be reached.
#[derive(Default)]
struct Health(Mutex<Failures>);

#[derive(Default)]
struct Failures {
    count: u32,
    /// The address is left out until then.
    until: Option<Instant>,
}

impl Health {
    fn is_reachable(&self) -> bool {
        self.failures().until.is_none_or(|until| until <= Instant::now())
    }

    fn update(&self, is_connected: bool) {
        let mut failures = self.failures();
        if is_connected {
            *failures = Failures::default();
            return;
        }
        let longest = Duration::from_secs(1 << failures.count.min(6)).min(MAX_BACK_OFF);
        failures.until = Some(Instant::now() + jittered(longest, 0.5..1.0));
        failures.count = failures.count.saturating_add(1);
    }

    fn failures(&self) -> MutexGuard<'_, Failures> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const RESOLVE_INTERVAL: Duration = Duration::from_secs(30);
const MIN_RESOLVE_INTERVAL: Duration = Duration::from_secs(1);
const MAX_BACK_OFF: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;
    use crate::connect::Target;
    use crate::tls::{ClientTls, ServerRoots};

    fn balance(addresses: &[&str]) -> Arc<Balance> {
        let roots = rcgen::generate_simple_self_signed(["ca".to_owned()]).unwrap().cert.pem();
        let tls = ClientTls::with_roots(ServerRoots::from_pem(roots).unwrap());
        let name = |address: &&str| {
            let target = Target::parse(address).unwrap();
            Name { endpoint: Endpoint::from_static("http://tls.invalid"), dialer: Dialer::new(target, &tls).unwrap() }
        };
        Balance::new(addresses.iter().map(name).collect())
    }

    fn key(number: usize, address: &str) -> Key {
        (number, address.parse().unwrap())
    }

    fn healths(balance: &Balance) -> Vec<*const Health> {
        let Servers::Known(servers) = &*balance.servers.borrow() else { panic!("resolved") };
        servers.iter().map(|server| Arc::as_ptr(&server.health)).collect()
    }

    #[tokio::test]
    async fn unchanged_address_keeps_its_connection() {
        let balance = balance(&["https://127.0.0.1:1", "https://127.0.0.2:1"]);
        balance.known().await.unwrap();
        let before = healths(&balance);
        balance.replace(vec![key(1, "127.0.0.2:1"), key(0, "127.0.0.3:1")], io::ErrorKind::NotFound.into());
        let after = healths(&balance);
        assert_eq!((before.len(), after.len()), (2, 2));
        assert_eq!(after[0], before[1]);
        assert!(!before.contains(&after[1]));
        balance.replace(Vec::new(), io::ErrorKind::NotFound.into());
        assert_eq!(healths(&balance), after, "the last addresses stay");
    }

    #[tokio::test]
    async fn unresolvable_name_fails_calls() {
        let balance = balance(&["https://name.invalid:1"]);
        let error = balance.pick().await.unwrap_err();
        assert!(matches!(error, ConnectError::Unreachable { .. }), "{error:?}");
        assert!(error.to_string().contains("name.invalid:1"), "{error}");
    }

    #[tokio::test(start_paused = true)]
    async fn unreachable_address_is_left_out_with_backoff() {
        let health = Health::default();
        assert!(health.is_reachable());
        for seconds in [1, 2, 4, 8, 16, 32, 60, 60] {
            health.update(false);
            advance(Duration::from_millis(seconds * 499)).await;
            assert!(!health.is_reachable(), "{seconds}");
            advance(Duration::from_millis(seconds * 501)).await;
            assert!(health.is_reachable(), "{seconds}");
        }
        health.update(true);
        health.update(false);
        advance(Duration::from_secs(1)).await;
        assert!(health.is_reachable());
    }
}
