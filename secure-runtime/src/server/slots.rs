//! A number of slots, for the server and for each address of a client.
//!
//! If all are taken, the client that has been idle for the longest time is evicted, and the new one takes its place. The
//! new one is refused only if no other is idle.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

use crate::network::network;
use crate::warning::RareWarning;

/// What holds a slot.
pub(super) trait Evictable {
    /// Named in warnings.
    const NAMES: &'static str;

    /// Since when it is idle. `None` while it must not be evicted.
    fn idle_since(&self) -> Option<Instant>;

    /// Tells it to end.
    fn evict(&self);
}

/// The slots of a server.
pub(super) struct Slots<T> {
    limit: usize,
    limit_per_address: usize,
    state: Mutex<State<T>>,
}

struct State<T> {
    next: u64,
    holders: BTreeMap<u64, (u64, Arc<T>)>,
    per_network: HashMap<u64, usize>,
    /// How many were evicted and have not ended yet.
    evicted: usize,
    max_evicted: usize,
    warning: RareWarning,
}

/// Counts as one until it is dropped.
pub(super) struct Slot<T> {
    slots: Arc<Slots<T>>,
    number: u64,
    holder: Arc<T>,
}

impl<T: Evictable> Slots<T> {
    pub(super) fn new(limit: usize, limit_per_address: usize) -> Self {
        let state = State {
            next: 0,
            holders: BTreeMap::new(),
            per_network: HashMap::new(),
            evicted: 0,
            max_evicted: max_evicted(limit),
            warning: RareWarning::new(),
        };
        Self { limit, limit_per_address, state: Mutex::new(state) }
    }

    /// A slot for a client. `None` if there is none, and nobody is idle.
    pub(super) fn enter(self: &Arc<Self>, address: IpAddr, holder: T) -> Option<Slot<T>> {
        let network = network(address);
        let mut state = self.state();
        let is_free = state.make_room(self.limit_per_address, Some(network)) && state.make_room(self.limit, None);
        if !is_free {
            return None;
        }
        let (number, holder) = (state.next, Arc::new(holder));
        state.next += 1;
        state.holders.insert(number, (network, Arc::clone(&holder)));
        *state.per_network.entry(network).or_default() += 1;
        Some(Slot { slots: Arc::clone(self), number, holder })
    }
}

impl<T> Slots<T> {
    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Evictable> State<T> {
    /// Evicts the longest idle client if `limit` is reached, of all clients or of those of one network. False if there is
    /// none.
    fn make_room(&mut self, limit: usize, network: Option<u64>) -> bool {
        let count = match network {
            Some(network) => self.per_network.get(&network).copied().unwrap_or_default(),
            None => self.holders.len(),
        };
        if count < limit {
            return true;
        }
        if let Some(events) = self.warning.event() {
            tracing::warn!(events, "too many {}: the longest idle ones are closed", T::NAMES);
        }
        let concerned = self.holders.iter().filter(|(_, (of, _))| network.is_none_or(|network| *of == network));
        let idle = concerned.filter_map(|(number, (_, holder))| Some((holder.idle_since()?, *number)));
        let Some((_, longest)) = idle.min().filter(|_| self.evicted < self.max_evicted) else { return false };
        if let Some(holder) = self.remove(longest) {
            self.evicted += 1;
            holder.evict();
        }
        true
    }
}

impl<T> State<T> {
    fn remove(&mut self, number: u64) -> Option<Arc<T>> {
        let (network, holder) = self.holders.remove(&number)?;
        if let Some(count) = self.per_network.get_mut(&network) {
            *count -= 1;
            if *count == 0 {
                self.per_network.remove(&network);
            }
        }
        Some(holder)
    }
}

impl<T> Slot<T> {
    /// What holds the slot.
    pub(super) fn holder(&self) -> &Arc<T> {
        &self.holder
    }
}

impl<T> Deref for Slot<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.holder
    }
}

impl<T> Drop for Slot<T> {
    fn drop(&mut self) {
        let mut state = self.slots.state();
        if state.remove(self.number).is_none() {
            state.evicted -= 1;
        }
    }
}

/// How many clients may be about to end because others took their places. More newcomers are refused.
pub(super) fn max_evicted(limit: usize) -> usize {
    limit.clamp(16, 256)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    struct Client {
        since: Instant,
        is_busy: AtomicBool,
        is_evicted: AtomicBool,
    }

    impl Evictable for Client {
        const NAMES: &'static str = "clients";

        fn idle_since(&self) -> Option<Instant> {
            (!self.is_busy.load(Ordering::Relaxed)).then_some(self.since)
        }

        fn evict(&self) {
            self.is_evicted.store(true, Ordering::Relaxed);
        }
    }

    impl Client {
        fn new() -> Self {
            Self { since: Instant::now(), is_busy: AtomicBool::new(false), is_evicted: AtomicBool::new(false) }
        }
    }

    fn evicted(slots: &[Slot<Client>]) -> Vec<bool> {
        slots.iter().map(|slot| slot.is_evicted.load(Ordering::Relaxed)).collect()
    }

    fn busy(slot: &Slot<Client>) {
        slot.is_busy.store(true, Ordering::Relaxed);
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn client(host: usize) -> IpAddr {
        address(&format!("10.0.0.{host}"))
    }

    #[test]
    fn longest_idle_client_is_evicted() {
        let slots = Arc::new(Slots::new(3, 3));
        let three: Vec<_> = (1..=3).map(|host| slots.enter(client(host), Client::new()).unwrap()).collect();
        busy(&three[0]);
        let fourth = slots.enter(client(4), Client::new()).unwrap();
        assert_eq!(evicted(&three), [false, true, false]);
        busy(&fourth);
        busy(&three[2]);
        assert!(slots.enter(client(5), Client::new()).is_none(), "no other is idle");
        drop(three);
        assert!(slots.enter(client(5), Client::new()).is_some());
        let state = slots.state();
        assert_eq!((state.per_network.len(), state.evicted), (1, 0));
    }

    #[test]
    fn one_address_keeps_only_its_share_of_slots() {
        let slots = Arc::new(Slots::new(100, 2));
        let other = slots.enter(client(9), Client::new()).unwrap();
        let of_one: Vec<_> = (0..50).map(|_| slots.enter(client(1), Client::new()).unwrap()).collect();
        assert_eq!(evicted(&of_one).iter().filter(|is_evicted| !**is_evicted).count(), 2);
        assert_eq!(evicted(&[other]), [false]);
    }

    #[test]
    fn new_connection_is_refused_while_too_many_are_being_evicted() {
        let slots = Arc::new(Slots::new(1, 1));
        let entered: Vec<_> = (0..100).filter_map(|_| slots.enter(client(1), Client::new())).collect();
        assert_eq!(entered.len(), 1 + max_evicted(1));
        drop(entered);
        assert!(slots.enter(client(1), Client::new()).is_some());
    }
}
