//! Calls in turn to all servers behind the addresses of a channel.
//!
//! 1. The names are resolved at the first call, every 30 seconds, and after a connection failed.
//! 2. There is one connection to each address that was found. Calls open it.
//! 3. Calls take the connections in turn. An address that cannot be reached is left out for a while, for longer after
//!    each further failure.
//! 4. While a name does not resolve, the last addresses behind it stay in use.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
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

    /// Resolves all names at the same time. Calls go to the servers of one as soon as it is resolved.
    async fn resolve(&self) {
        let mut lookups = JoinSet::new();
        for (number, Name { dialer, .. }) in self.names.iter().enumerate() {
            let dialer = dialer.clone();
            lookups.spawn(async move { (number, dialer.resolve().await) });
        }
        let mut failure = None;
        while let Some(lookup) = lookups.join_next().await {
            match lookup {
                Ok((number, Ok(addresses))) => self.replace(number, &addresses),
                Ok((number, Err(error))) => {
                    tracing::debug!(name = %self.names[number].dialer, %error, "the name does not resolve");
                    failure = Some(error);
                }
                Err(panic) => failure = Some(panic.into()),
            }
        }
        self.give_up(failure.unwrap_or_else(|| io::ErrorKind::NotFound.into()));
    }

    /// Replaces the servers behind one name. It keeps the connections to addresses that are still there.
    fn replace(&self, number: usize, addresses: &[SocketAddr]) {
        if addresses.is_empty() {
            return;
        }
        self.servers.send_modify(|servers| {
            let old: &[Server] = if let Servers::Known(old) = &*servers { old } else { &[] };
            let (same_name, others): (Vec<&Server>, Vec<_>) = old.iter().partition(|server| server.key.0 == number);
            let known = same_name.into_iter().map(|server| (server.key, server)).collect::<HashMap<_, _>>();
            let found = addresses.iter().map(|&address| (number, address));
            let found = found.map(|key| known.get(&key).map_or_else(|| self.server(key), |&server| server.clone()));
            *servers = Servers::Known(others.into_iter().cloned().chain(found).collect());
        });
    }

    /// Fails the calls that wait, if no name was ever resolved.
    fn give_up(&self, failure: io::Error) {
        self.servers.send_modify(|servers| match servers {
            Servers::Known(_) => {}
            _ => *servers = Servers::Unresolvable(Arc::new(failure)),
        });
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

    /// The servers by their keys, and the connection to each.
    fn servers(balance: &Balance) -> Vec<(Key, *const TlsLink)> {
        let Servers::Known(servers) = &*balance.servers.borrow() else { panic!("resolved") };
        let mut servers: Vec<_> = servers.iter().map(|server| (server.key, Arc::as_ptr(&server.link))).collect();
        servers.sort_unstable();
        servers
    }

    #[tokio::test]
    async fn unchanged_address_keeps_its_connection() {
        let balance = balance(&["https://127.0.0.1:1", "https://127.0.0.2:1"]);
        balance.resolve().await;
        let before = servers(&balance);
        balance.replace(0, &["127.0.0.3:1", "127.0.0.1:1"].map(|address| address.parse().unwrap()));
        let after = servers(&balance);
        assert_eq!((before.len(), after.len()), (2, 3));
        assert!(before.iter().all(|server| after.contains(server)), "{before:?} {after:?}");
        balance.replace(0, &["127.0.0.3:1".parse().unwrap()]);
        assert_eq!(servers(&balance), [after[1], after[2]]);
    }

    #[tokio::test]
    async fn name_that_does_not_resolve_keeps_its_last_addresses() {
        let balance = balance(&["https://name.invalid:1", "https://127.0.0.2:1"]);
        balance.replace(0, &["127.0.0.1:1".parse().unwrap()]);
        let before = servers(&balance)[0];
        balance.resolve().await;
        let after = servers(&balance);
        assert_eq!((after.len(), after[0]), (2, before));
    }

    #[tokio::test]
    async fn calls_do_not_wait_for_a_name_that_does_not_resolve() {
        let balance = balance(&["https://name.invalid:1", "https://127.0.0.2:1"]);
        balance.pick().await.unwrap();
        balance.resolve().await;
        assert_eq!(servers(&balance).len(), 1);
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
