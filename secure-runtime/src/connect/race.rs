//! TCP connections to a host with several addresses (RFC 8305, sections 4 and 5).
//!
//! 1. Addresses of IPv6 and IPv4 alternate. The family that the resolver put first begins.
//! 2. An attempt starts every 250 ms, and as soon as another one failed.
//! 3. The first connection is used. The other attempts are dropped.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// Connects to the address that answers first.
///
/// # Errors
///
/// The error of the last attempt, if all of them failed.
pub(super) async fn connect(addresses: Vec<SocketAddr>) -> io::Result<TcpStream> {
    race(addresses, TcpStream::connect).await
}

async fn race<T, F>(addresses: Vec<SocketAddr>, connect: impl Fn(SocketAddr) -> F) -> io::Result<T>
where
    T: Send + 'static,
    F: Future<Output = io::Result<T>> + Send + 'static,
{
    let mut waiting = alternate(addresses).into_iter();
    let mut attempts = JoinSet::new();
    let mut failure = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    loop {
        if let Some(address) = waiting.next() {
            attempts.spawn(connect(address));
        } else if attempts.is_empty() {
            return Err(failure);
        }
        let patience = if waiting.len() == 0 { Duration::MAX } else { ATTEMPT_DELAY };
        match timeout(patience, attempts.join_next()).await {
            Ok(Some(Ok(Ok(stream)))) => return Ok(stream),
            Ok(Some(Ok(Err(error)))) => failure = error,
            Ok(Some(Err(error))) => failure = io::Error::other(error),
            Ok(None) | Err(_) => {}
        }
    }
}

/// Each family keeps its order.
fn alternate(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let is_ipv6 = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (first, second): (Vec<_>, Vec<_>) = addresses.into_iter().partition(|address| address.is_ipv6() == is_ipv6);
    let (mut first, mut second) = (first.into_iter(), second.into_iter());
    std::iter::from_fn(move || {
        let next = first.next();
        std::mem::swap(&mut first, &mut second);
        next.or_else(|| first.next())
    })
    .collect()
}

/// The "Connection Attempt Delay" (RFC 8305, section 8).
const ATTEMPT_DELAY: Duration = Duration::from_millis(250);

#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::sync::{Arc, Mutex};

    use tokio::time::{Instant, sleep};

    use super::*;

    fn addresses(texts: &[&str]) -> Vec<SocketAddr> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    const FIRST: &str = "[::1]:1";
    const SECOND: &str = "127.0.0.1:1";
    const THIRD: &str = "[::1]:2";

    #[test]
    fn address_families_alternate_in_their_order() {
        let [a, b, c, d] = ["[::1]:1", "[::1]:2", "[::1]:3", "127.0.0.1:4"];
        for (resolved, tried) in [
            (vec![a, b, c, d], vec![a, d, b, c]),
            (vec![d, a, b], vec![d, a, b]),
            (vec![a, b], vec![a, b]),
            (vec![d], vec![d]),
            (vec![], vec![]),
        ] {
            assert_eq!(alternate(addresses(&resolved)), addresses(&tried), "{resolved:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn silent_address_delays_the_next_attempt_by_250_ms() {
        let start = Instant::now();
        let won = race(addresses(&[FIRST, SECOND]), |address| async move {
            if address.is_ipv6() { pending().await } else { Ok(address) }
        });
        assert_eq!(won.await.unwrap(), addresses(&[SECOND])[0]);
        assert_eq!(start.elapsed(), ATTEMPT_DELAY);
    }

    #[tokio::test(start_paused = true)]
    async fn refused_address_does_not_delay() {
        let start = Instant::now();
        let won = race(addresses(&[FIRST, SECOND]), |address| async move {
            if address.is_ipv6() { Err(io::ErrorKind::ConnectionRefused.into()) } else { Ok(address) }
        });
        assert_eq!(won.await.unwrap(), addresses(&[SECOND])[0]);
        assert_eq!(start.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn slow_first_address_wins_before_a_slower_second_one() {
        let started = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&started);
        let won = race(addresses(&[FIRST, SECOND, THIRD]), move |address| {
            log.lock().unwrap().push(address);
            async move {
                sleep(Duration::from_millis(if address.is_ipv6() { 300 } else { 900 })).await;
                Ok(address)
            }
        });
        assert_eq!(won.await.unwrap(), addresses(&[FIRST])[0]);
        assert_eq!(*started.lock().unwrap(), addresses(&[FIRST, SECOND]));
    }

    #[tokio::test(start_paused = true)]
    async fn failure_of_all_addresses_is_the_last_error() {
        let error = race::<(), _>(addresses(&[FIRST, SECOND]), |address| async move {
            sleep(Duration::from_millis(if address.is_ipv6() { 900 } else { 1 })).await;
            Err(io::Error::other(address.to_string()))
        });
        assert_eq!(error.await.unwrap_err().to_string(), FIRST);
        let error = race::<(), _>(Vec::new(), |_| pending()).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
    }
}
