//! A client that calls 200 times a second on one connection, and opens another connection ten times a second.

use std::fmt;
use std::time::Duration;

use secure_runtime::{ClientTls, SecureChannel};
use secure_tests::probe::call_open;
use secure_tests::tls::client_tls;
use tokio::task::JoinSet;
use tokio::time::{Instant, interval, timeout};

use super::target::Target;

pub struct GoodClient {
    uri: String,
    tls: ClientTls,
    channel: SecureChannel,
    latencies: Vec<Duration>,
    failures: Vec<String>,
}

impl GoodClient {
    pub async fn connect(target: &Target) -> Self {
        let uri = format!("https://localhost:{}", target.address.port());
        let channel = SecureChannel::connect(&uri, client_tls(&target.ca)).await.unwrap();
        Self { uri, channel, latencies: Vec::new(), failures: Vec::new(), tls: client_tls(&target.ca) }
    }

    pub async fn measured_for(mut self, duration: Duration) -> Self {
        self.latencies.clear();
        self.calls_for(duration).await;
        self.latencies.sort_unstable();
        self
    }

    pub async fn calls_for(&mut self, duration: Duration) {
        let (start, mut ticks, mut calls) = (Instant::now(), interval(Duration::from_millis(5)), JoinSet::new());
        let mut number = 0_u32;
        while start.elapsed() < duration {
            ticks.tick().await;
            let (channel, uri, tls) = (self.channel.clone(), self.uri.clone(), self.tls.clone());
            let is_new = number.is_multiple_of(20);
            number += 1;
            calls.spawn(async move {
                let start = Instant::now();
                let call = async {
                    let channel = match is_new {
                        true => SecureChannel::connect(&uri, tls).await.map_err(|error| format!("{error:?}"))?,
                        false => channel,
                    };
                    call_open(&channel, "").await.map_err(|status| status.to_string())
                };
                let answer = timeout(PATIENCE, call).await.unwrap_or_else(|_| Err("no answer in time".to_owned()));
                answer.map(|_| start.elapsed())
            });
        }
        for call in calls.join_all().await {
            match call {
                Ok(latency) => self.latencies.push(latency),
                Err(error) => self.failures.push(error),
            }
        }
    }

    pub fn failures(&self) -> usize {
        self.failures.len()
    }

    pub fn first_failure(&self) -> Option<&str> {
        self.failures.first().map(String::as_str)
    }

    fn percentile(&self, percent: usize) -> f64 {
        let index = (self.latencies.len() * percent / 100).min(self.latencies.len().saturating_sub(1));
        self.latencies.get(index).map_or(f64::NAN, |latency| latency.as_secs_f64() * 1_000.0)
    }
}

impl fmt::Display for GoodClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let calls = self.latencies.len() + self.failures.len();
        let (p50, p99) = (self.percentile(50), self.percentile(99));
        write!(f, "{calls:7} {:8} {p50:8.1} {p99:8.1}", self.failures.len())
    }
}

const PATIENCE: Duration = Duration::from_secs(10);
