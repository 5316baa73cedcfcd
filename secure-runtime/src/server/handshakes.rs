//! Unfinished handshakes, limited in number for the server and for each address.
//!
//! If there are too many, the oldest client that has sent nothing is closed, and the new one takes its place. The new one
//! is closed only if all others are sending.

use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use super::limits::Limits;

/// The unfinished handshakes of a server.
pub(super) struct Handshakes {
    limit: usize,
    limit_per_address: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    next: u64,
    /// Oldest first.
    unfinished: BTreeMap<u64, Unfinished>,
    per_network: HashMap<IpAddr, usize>,
    warning: Option<Warning>,
}

struct Unfinished {
    network: IpAddr,
    is_silent: bool,
    evicted: CancellationToken,
}

/// Counts as one unfinished handshake until it is dropped.
pub(super) struct HandshakeSlot {
    handshakes: Arc<Handshakes>,
    number: u64,
    evicted: CancellationToken,
}

impl Handshakes {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            limit: limits.max_pending_handshakes,
            limit_per_address: limits.max_pending_handshakes_per_address,
            state: Mutex::default(),
        }
    }

    /// A slot for a client. `None` if there are too many handshakes, and none of them is silent.
    pub(super) fn enter(self: &Arc<Self>, address: IpAddr) -> Option<HandshakeSlot> {
        let network = network(address);
        let mut state = self.state();
        let is_free = state.make_room(self.limit_per_address, Some(network)) && state.make_room(self.limit, None);
        if !is_free {
            return None;
        }
        let (number, evicted) = (state.next, CancellationToken::new());
        state.next += 1;
        state.unfinished.insert(number, Unfinished { network, is_silent: true, evicted: evicted.clone() });
        *state.per_network.entry(network).or_default() += 1;
        Some(HandshakeSlot { handshakes: Arc::clone(self), number, evicted })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Evicts the oldest silent client if `limit` is reached, of all clients or of those of one network. False if there
    /// is none.
    fn make_room(&mut self, limit: usize, network: Option<IpAddr>) -> bool {
        let count = match network {
            Some(network) => self.per_network.get(&network).copied().unwrap_or_default(),
            None => self.unfinished.len(),
        };
        if count < limit {
            return true;
        }
        self.warn();
        let concerns =
            |client: &Unfinished| client.is_silent && network.is_none_or(|network| client.network == network);
        let oldest = self.unfinished.iter().find(|(_, client)| concerns(client)).map(|(number, _)| *number);
        oldest.is_some_and(|number| self.remove(number, |client| client.evicted.cancel()))
    }

    fn remove(&mut self, number: u64, tell: impl FnOnce(&Unfinished)) -> bool {
        let Some(client) = self.unfinished.remove(&number) else { return false };
        tell(&client);
        if let Some(count) = self.per_network.get_mut(&client.network) {
            *count -= 1;
            if *count == 0 {
                self.per_network.remove(&client.network);
            }
        }
        true
    }

    fn warn(&mut self) {
        let now = Instant::now();
        let warning = self.warning.get_or_insert(Warning { last: None, closed: 0 });
        warning.closed += 1;
        if warning.last.is_none_or(|last| now.duration_since(last) >= WARNING_INTERVAL) {
            tracing::warn!(closed = warning.closed, "too many unfinished handshakes: clients are closed");
            *warning = Warning { last: Some(now), closed: 0 };
        }
    }
}

/// What was not logged yet.
struct Warning {
    last: Option<Instant>,
    closed: u64,
}

impl HandshakeSlot {
    /// Records that the client has sent something.
    pub(super) fn has_sent(&self) {
        if let Some(client) = self.handshakes.state().unfinished.get_mut(&self.number) {
            client.is_silent = false;
        }
    }

    /// Waits until the client has to make room for another one.
    pub(super) async fn evicted(&self) {
        self.evicted.cancelled().await;
    }
}

impl Drop for HandshakeSlot {
    fn drop(&mut self) {
        self.handshakes.state().remove(self.number, |_| {});
    }
}

/// The addresses that one client may have: one address of IPv4, and 64 bits of IPv6 (RFC 6177).
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX))),
        address => address,
    }
}

/// The log gets one warning in this time.
const WARNING_INTERVAL: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;

    fn handshakes(limit: usize, per_address: usize) -> Arc<Handshakes> {
        let limits = Limits::default().max_pending_handshakes(limit).max_pending_handshakes_per_address(per_address);
        Arc::new(Handshakes::new(&limits))
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn oldest_silent_client_makes_room() {
        let handshakes = handshakes(3, 3);
        let slots: Vec<_> = (1..=3).map(|host| handshakes.enter(address(&format!("10.0.0.{host}"))).unwrap()).collect();
        slots[0].has_sent();
        let fourth = handshakes.enter(address("10.0.0.4")).unwrap();
        let evicted: Vec<_> = slots.iter().map(|slot| slot.evicted.is_cancelled()).collect();
        assert_eq!(evicted, [false, true, false]);
        fourth.has_sent();
        slots[2].has_sent();
        assert!(handshakes.enter(address("10.0.0.5")).is_none(), "all others are sending");
        drop(slots);
        assert!(handshakes.enter(address("10.0.0.5")).is_some());
        assert_eq!(handshakes.state().per_network.len(), 1);
    }

    #[test]
    fn one_address_takes_its_share_and_no_more() {
        let handshakes = handshakes(100, 2);
        let others = handshakes.enter(address("10.0.0.9")).unwrap();
        let slots: Vec<_> = (0..50).map(|_| handshakes.enter(address("10.0.0.1")).unwrap()).collect();
        assert_eq!(slots.iter().filter(|slot| !slot.evicted.is_cancelled()).count(), 2);
        assert!(!others.evicted.is_cancelled());
    }

    #[test]
    fn ipv6_clients_are_told_apart_by_64_bits() {
        assert_eq!(network(address("2001:db8::1")), network(address("2001:db8::ffff:0:0:2")));
        assert_ne!(network(address("2001:db8:0:1::1")), network(address("2001:db8::1")));
        assert_eq!(network(address("::ffff:10.0.0.1")), address("10.0.0.1"));
        assert_ne!(network(address("10.0.0.1")), network(address("10.0.0.2")));
    }
}
