//! Runs the calls of one HTTP/2 connection.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Waker};

use hyper::rt::Executor;

/// Runs each call of one connection in a task of its own, unless its response is there already.
///
/// A task for a refusal would cost more than the decision. So refusals are sent by the task of the connection, all together
/// after it has read the requests that have come. Then they share one write.
#[derive(Clone, Default)]
pub(super) struct CallExecutor(Arc<Calls>);

#[derive(Default)]
struct Calls {
    /// Whether the response of the call that hyper executes next is there. Only the task of the connection uses it.
    is_answered: AtomicBool,
    answered: Mutex<Vec<Call>>,
}

type Call = Pin<Box<dyn Future<Output = ()> + Send>>;

impl CallExecutor {
    /// Says whether the response of the call that hyper executes next is there.
    pub(super) fn next_is_answered(&self, is_answered: bool) {
        self.0.is_answered.store(is_answered, Ordering::Relaxed);
    }

    /// Waits for the end of a connection whose calls run here.
    pub(super) async fn serve<C: Future>(&self, mut connection: Pin<&mut C>) -> C::Output {
        poll_fn(|context| {
            let served = connection.as_mut().poll(context);
            self.send_answered();
            served
        })
        .await
    }

    fn send_answered(&self) {
        let answered = std::mem::take(&mut *self.0.answered.lock().unwrap_or_else(PoisonError::into_inner));
        for mut call in answered {
            let poll = || call.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            // A panic ends this call alone, as in a task. A call that cannot be sent at once is polled again by its task.
            if catch_unwind(AssertUnwindSafe(poll)).is_ok_and(|polled| polled.is_pending()) {
                tokio::spawn(call);
            }
        }
    }
}

impl<F: Future<Output = ()> + Send + 'static> Executor<F> for CallExecutor {
    fn execute(&self, call: F) {
        if !self.0.is_answered.load(Ordering::Relaxed) {
            tokio::spawn(call);
            return;
        }
        self.next_is_answered(false);
        self.0.answered.lock().unwrap_or_else(PoisonError::into_inner).push(Box::pin(call));
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::Poll;

    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn answered_call_runs_with_its_connection_and_the_next_one_in_a_task() {
        let calls = CallExecutor::default();
        let ((answered, mut has_run), (sender, in_task)) = (oneshot::channel(), oneshot::channel());
        let connection = async {
            calls.next_is_answered(true);
            calls.execute(async { answered.send(()).unwrap() });
            calls.execute(async { sender.send(()).unwrap() });
        };
        calls.serve(pin!(connection)).await;
        has_run.try_recv().expect("it ran after the poll of its connection");
        in_task.await.expect("its task runs");
    }

    #[tokio::test]
    async fn answered_call_that_panics_ends_alone() {
        let (calls, (sender, mut has_run)) = (CallExecutor::default(), oneshot::channel());
        calls.next_is_answered(true);
        calls.execute(async { panic!("as a library might") });
        calls.next_is_answered(true);
        calls.execute(async { sender.send(()).unwrap() });
        calls.serve(pin!(std::future::ready(()))).await;
        has_run.try_recv().expect("the other call ran");
    }

    #[tokio::test]
    async fn answered_call_that_has_to_wait_goes_on_in_a_task() {
        let (calls, (sender, receiver)) = (CallExecutor::default(), oneshot::channel());
        let (mut polls, mut sender) = (0, Some(sender));
        let call = poll_fn(move |context| {
            polls += 1;
            if polls < 3 {
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            _ = sender.take().map(|sender| sender.send(polls));
            Poll::Ready(())
        });
        calls.next_is_answered(true);
        calls.execute(call);
        calls.serve(pin!(std::future::ready(()))).await;
        assert_eq!(receiver.await, Ok(3));
    }
}
