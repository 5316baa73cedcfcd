//! Measures servers in turns.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use http::HeaderValue;
use secure_tests::cost::cpu_time_of_others;
use tokio::task::JoinSet;
use tonic::Code;

use crate::client::{Connections, Method};

/// The calls of one client to one server.
pub(crate) struct Lane {
    pub(crate) connections: Connections,
    pub(crate) method: Method,
    pub(crate) tokens: Arc<[Option<HeaderValue>]>,
    pub(crate) expected: Code,
    pub(crate) in_flight: usize,
    pub(crate) sent: AtomicUsize,
}

/// What one lane did in one round.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slice {
    pub(crate) calls_per_second: f64,
    /// CPU time of the server, in microseconds.
    pub(crate) cpu_per_call: f64,
}

/// Measures so many rounds of so many calls to each lane. The order of the lanes changes with the round.
pub(crate) async fn compare(lanes: &[Arc<Lane>], rounds: usize, calls: usize) -> Vec<Vec<Slice>> {
    for lane in lanes {
        slice(lane, calls.max(lane.tokens.len())).await; // every token once, so that those who remember it do
    }
    let mut slices = vec![Vec::new(); lanes.len()];
    for round in 0..rounds {
        for turn in 0..lanes.len() {
            let next = (round + turn) % lanes.len();
            let next = if round % 2 == 0 { next } else { lanes.len() - 1 - next };
            slices[next].push(slice(&lanes[next], calls).await);
        }
    }
    slices
}

async fn slice(lane: &Arc<Lane>, calls: usize) -> Slice {
    let (cpu, start) = (cpu_time_of_others(), Instant::now());
    let end = lane.sent.load(Ordering::Relaxed) + calls;
    let mut callers = JoinSet::new();
    for _ in 0..lane.in_flight {
        callers.spawn(Arc::clone(lane).call_until(end));
    }
    callers.join_all().await;
    let duration = start.elapsed();
    lane.sent.store(end, Ordering::Relaxed);
    tokio::time::sleep(REST).await;
    let cpu = cpu_time_of_others() - cpu;
    Slice {
        calls_per_second: calls as f64 / duration.as_secs_f64(),
        cpu_per_call: cpu.as_secs_f64() * 1e6 / calls as f64,
    }
}

impl Lane {
    /// Calls, until as many calls were sent. Each is sent after the answer to the last.
    async fn call_until(self: Arc<Self>, end: usize) {
        loop {
            let call = self.sent.fetch_add(1, Ordering::Relaxed);
            if call >= end {
                return;
            }
            let token = self.tokens[call % self.tokens.len()].clone();
            self.method.call(self.connections.of(call).await, token, self.expected).await;
        }
    }
}

/// After the calls of a slice, the server closes connections, and writes audit lines for up to 20 ms.
const REST: Duration = Duration::from_millis(30);
