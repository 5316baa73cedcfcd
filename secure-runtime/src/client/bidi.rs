//! Bidirectional calls that send before the server has answered.

use std::fmt;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Response, Status, Streaming};

/// A bidirectional call that is open at once, and sends requests as they come.
///
/// A generated bidirectional method returns when the server has sent headers. Some servers send them with their first
/// response, after the first request. So a client that waits for the method before it sends its first request waits
/// forever. A `BidiCall` sends requests before the server has answered.
///
/// ```text
/// let orders = orders.clone();
/// let mut call = BidiCall::open(|requests| async move { orders.pack(requests).await });
/// call.send(PackRequest { id: 7 }).await?;
/// let response = call.message().await?;
/// call.finish();
/// ```
///
/// Dropping it cancels the call.
pub struct BidiCall<Q, A> {
    requests: Option<mpsc::Sender<Q>>,
    opening: JoinSet<Result<Response<Streaming<A>>, Status>>,
    responses: Option<Streaming<A>>,
}

impl<Q, A> BidiCall<Q, A>
where
    Q: Send + 'static,
    A: Send + 'static,
{
    /// Starts the call. `call` passes the requests to a generated method.
    ///
    /// # Panics
    ///
    /// Panics outside a Tokio runtime.
    pub fn open<F>(call: impl FnOnce(ReceiverStream<Q>) -> F) -> Self
    where
        F: Future<Output = Result<Response<Streaming<A>>, Status>> + Send + 'static,
    {
        let (requests, receiver) = mpsc::channel(BUFFERED_REQUESTS);
        let mut opening = JoinSet::new();
        opening.spawn(call(ReceiverStream::new(receiver)));
        Self { requests: Some(requests), opening, responses: None }
    }

    /// Sends a request. Waits while 16 requests are not sent yet.
    ///
    /// # Errors
    ///
    /// Fails with CANCELLED if the call has ended, or after [`finish`](Self::finish). The status of the call is what
    /// [`message`](Self::message) gives.
    pub async fn send(&mut self, request: Q) -> Result<(), Status> {
        let over = || Status::cancelled("the call takes no more requests");
        self.requests.as_ref().ok_or_else(over)?.send(request).await.map_err(|_| over())
    }

    /// Ends the requests. Responses may still come.
    pub fn finish(&mut self) {
        self.requests = None;
    }

    /// The next response. `None` after the last one.
    ///
    /// # Errors
    ///
    /// The status of a call that failed.
    pub async fn message(&mut self) -> Result<Option<A>, Status> {
        if let Some(opened) = self.opening.join_next().await {
            let opened = opened.map_err(|error| Status::internal(error.to_string()))?;
            self.responses = Some(opened?.into_inner());
        }
        match &mut self.responses {
            Some(responses) => responses.message().await,
            None => Ok(None),
        }
    }
}

impl<Q, A> fmt::Debug for BidiCall<Q, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BidiCall").finish_non_exhaustive()
    }
}

const BUFFERED_REQUESTS: usize = 16;
