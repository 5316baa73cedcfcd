//! Calls wait while their client leaves too much unread.

use std::future::poll_fn;

use super::*;

const LIMIT: usize = 1_000;

/// So many calls that wait for room.
async fn waiting(usage: &Arc<Usage>, count: usize) -> Vec<tokio::task::JoinHandle<()>> {
    let calls = (0..count).map(|_| {
        let mut room = Room::new(Arc::clone(usage));
        tokio::spawn(async move { poll_fn(|context| room.poll_work(context, |_| Poll::Ready(()))).await })
    });
    let calls: Vec<_> = calls.collect();
    tokio::task::yield_now().await;
    assert!(calls.iter().all(|call| !call.is_finished()));
    calls
}

#[tokio::test]
async fn room_wakes_every_waiting_call() {
    let usage = Usage::of_nobody(LIMIT);
    usage.add_unsent(LIMIT);
    let calls = waiting(&usage, 3).await;
    usage.sent(1);
    for call in calls {
        call.await.unwrap();
    }
}

#[tokio::test]
async fn authenticated_caller_makes_room_for_waiting_calls() {
    let usage = Usage::of_nobody(LIMIT);
    usage.add_unsent(LIMIT);
    let calls = waiting(&usage, 1).await;
    usage.authenticate();
    for call in calls {
        call.await.unwrap();
    }
}

#[tokio::test]
async fn dropped_call_does_not_wait_for_room() {
    let usage = Usage::of_nobody(LIMIT);
    usage.add_unsent(LIMIT);
    for call in waiting(&usage, 3).await {
        call.abort();
        assert!(call.await.is_err());
    }
    assert_eq!(usage.new.count.load(Ordering::SeqCst), 0);
    assert_eq!(Arc::strong_count(&usage), 1);
}

#[tokio::test]
async fn begun_work_goes_on_until_twice_the_limit_is_unread() {
    let usage = Usage::of_nobody(LIMIT);
    let mut room = Room::new(Arc::clone(&usage));
    let mut is_polled = async |output: Poll<()>| {
        poll_fn(|context| {
            let mut is_polled = false;
            _ = room.poll_work(context, |_| {
                is_polled = true;
                output
            });
            Poll::Ready(is_polled)
        })
        .await
    };
    assert!(is_polled(Poll::Pending).await);
    usage.add_unsent(LIMIT * 2 - 1);
    assert!(is_polled(Poll::Pending).await);
    usage.add_unsent(1);
    assert!(!is_polled(Poll::Pending).await);
    usage.sent(1);
    assert!(is_polled(Poll::Ready(())).await);
    assert!(!is_polled(Poll::Ready(())).await, "the next frame of a body is new work");
}

#[tokio::test]
async fn room_wakes_begun_work_that_waits() {
    let usage = Usage::of_nobody(LIMIT);
    let mut room = Room::new(Arc::clone(&usage));
    let (answer, mut answered) = tokio::sync::oneshot::channel::<()>();
    let work =
        tokio::spawn(poll_fn(move |context| room.poll_work(context, |context| Pin::new(&mut answered).poll(context))));
    tokio::task::yield_now().await;
    usage.add_unsent(LIMIT * 2);
    answer.send(()).unwrap();
    tokio::task::yield_now().await;
    assert!(!work.is_finished());
    usage.sent(1);
    work.await.unwrap().unwrap();
}
