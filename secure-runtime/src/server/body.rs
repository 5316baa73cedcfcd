//! The body of a request, within limits on time and on what its connection may hold.
//!
//! 1. The first message on a connection without an authenticated caller must be complete in time.
//! 2. A message that has begun must go on. So must a body whose messages are not known.
//! 3. Bytes of unfinished messages are counted for the whole connection.
//! 4. A body that nobody reads to its end is read and discarded for a short time.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body::{Frame, SizeHint};
use tokio::runtime::Handle;
use tokio::time::{Instant, Sleep, sleep_until, timeout};
use tonic::Status;
use tonic::body::Body;
use tower::BoxError;

use super::media_type::Encoding;
use crate::connection_limit::ConnectionLimit;
use crate::framing::Framing;
use crate::usage::Usage;

/// A request body within limits.
pub(super) struct RequestBody<B: Source> {
    /// `None` after its end.
    body: Option<B>,
    messages: Messages,
    usage: Arc<Usage>,
    /// How many bytes of an unfinished message are counted for the connection.
    counted: usize,
    first_message_due: Option<Instant>,
    /// A timer is started only when the body has to wait.
    timer: Option<(Pin<Box<Sleep>>, ConnectionLimit)>,
}

/// What is known of the messages in a body.
enum Messages {
    Framed(Framing),
    /// One message in base64, and how many bytes of it have arrived.
    Text(usize),
    Unknown,
}

impl Messages {
    fn of<B>(request: &Request<B>) -> Self {
        match Encoding::of(request.headers()) {
            Encoding::Framed => Self::Framed(Framing::new(usize::MAX)),
            Encoding::Text => Self::Text(0),
            Encoding::Unknown => Self::Unknown,
        }
    }

    /// Follows what has arrived. Returns how many bytes of an unfinished message there are.
    fn follow(&mut self, data: &[u8]) -> Result<usize, Status> {
        match self {
            Self::Framed(framing) => {
                framing.follow(data).map_err(|_| Status::resource_exhausted("a message is too long"))?;
                Ok(framing.unfinished())
            }
            Self::Text(bytes) => {
                *bytes += data.len();
                Ok(*bytes)
            }
            Self::Unknown => Ok(0),
        }
    }

    /// Whether the first message is not complete.
    fn is_first(&self) -> bool {
        match self {
            Self::Framed(framing) => framing.messages() <= usize::from(!framing.is_between_messages()),
            Self::Text(_) => true,
            Self::Unknown => false,
        }
    }

    /// Whether the client may pause for as long as it likes.
    fn may_rest(&self) -> bool {
        matches!(self, Self::Framed(framing) if framing.is_between_messages())
    }
}

/// A body as HTTP/2 yields it.
pub(super) trait Source: http_body::Body<Data = Bytes, Error: Into<BoxError>> + Send + Unpin + 'static {}

impl<B: http_body::Body<Data = Bytes, Error: Into<BoxError>> + Send + Unpin + 'static> Source for B {}

impl<B: Source> RequestBody<B> {
    /// Limits the body of a request that arrived on the connection of `usage`.
    pub(super) fn limit(request: Request<B>, usage: Arc<Usage>) -> Request<Body> {
        let messages = Messages::of(&request);
        request.map(|body| match body.is_end_stream() {
            true => Body::empty(),
            false => {
                Body::new(Self { body: Some(body), messages, usage, counted: 0, first_message_due: None, timer: None })
            }
        })
    }

    /// Counts what has arrived of an unfinished message.
    fn count(&mut self, data: &[u8]) -> Result<(), Status> {
        let unfinished = self.messages.follow(data)?;
        let counts = if unfinished > UNCOUNTED_BYTES { unfinished } else { 0 };
        let before = std::mem::replace(&mut self.counted, counts);
        match self.usage.change_unfinished(before, counts) {
            true => Ok(()),
            false => {
                self.usage.limit_reached(ConnectionLimit::UnfinishedBytes);
                Err(Status::resource_exhausted("the unfinished messages of the connection are too long together"))
            }
        }
    }

    /// When the body must go on, and by which limit. `None` between messages, where a stream may rest.
    fn due(&mut self) -> Option<(Instant, ConnectionLimit)> {
        let limits = self.usage.limits();
        if self.messages.is_first() && !self.usage.is_authenticated() {
            let due = self.first_message_due.get_or_insert_with(|| Instant::now() + limits.first_message_timeout);
            return Some((*due, ConnectionLimit::FirstMessage));
        }
        let due = || (Instant::now() + limits.stalled_message_timeout, ConnectionLimit::StalledMessage);
        (!self.messages.may_rest()).then(due)
    }

    fn poll_late(&mut self, context: &mut Context<'_>) -> Poll<Status> {
        if self.timer.is_none() {
            self.timer = self.due().map(|(due, limit)| (Box::pin(sleep_until(due)), limit));
        }
        let Some((timer, limit)) = &mut self.timer else { return Poll::Pending };
        ready!(timer.as_mut().poll(context));
        self.usage.limit_reached(*limit);
        Poll::Ready(Status::deadline_exceeded("the request did not arrive in time"))
    }

    fn fail(&mut self, status: Status) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        self.body = None;
        self.release();
        Poll::Ready(Some(Err(status)))
    }

    fn release(&mut self) {
        self.usage.change_unfinished(std::mem::take(&mut self.counted), 0);
    }
}

impl<B: Source> http_body::Body for RequestBody<B> {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        match Pin::new(body).poll_frame(context) {
            Poll::Pending => match self.poll_late(context) {
                Poll::Ready(status) => self.fail(status),
                Poll::Pending => Poll::Pending,
            },
            Poll::Ready(Some(Ok(frame))) => {
                self.timer = None;
                match frame.data_ref().map_or(Ok(()), |data| self.count(data)) {
                    Ok(()) => Poll::Ready(Some(Ok(frame))),
                    Err(status) => self.fail(status),
                }
            }
            Poll::Ready(end) => {
                self.body = None;
                self.release();
                let error = end.and_then(Result::err);
                Poll::Ready(error.map(|error| Err(Status::from_error(error.into()))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(http_body::Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(SizeHint::default, http_body::Body::size_hint)
    }
}

impl<B: Source> Drop for RequestBody<B> {
    fn drop(&mut self) {
        self.release();
        if let Some(body) = self.body.take()
            && !body.is_end_stream()
        {
            discard(body);
        }
    }
}

/// Reads what is left of a body that nobody wants, within limits.
///
/// Without it the stream would be reset, and frames that are on their way would count as errors of the connection.
fn discard(mut body: impl Source) {
    let mut left = MAX_DISCARDED_BYTES;
    if poll_discard(&mut body, &mut left, &mut Context::from_waker(Waker::noop())).is_ready() {
        return;
    }
    if let Ok(runtime) = Handle::try_current() {
        runtime.spawn(async move {
            _ = timeout(DISCARD_TIME, poll_fn(|context| poll_discard(&mut body, &mut left, context))).await;
        });
    }
}

/// Ready at the end of the body, or after `left` bytes.
fn poll_discard(body: &mut impl Source, left: &mut usize, context: &mut Context<'_>) -> Poll<()> {
    while let Poll::Ready(frame) = Pin::new(&mut *body).poll_frame(context) {
        let Some(Ok(frame)) = frame else { return Poll::Ready(()) };
        // An empty frame counts too, so that a body of empty frames ends.
        *left = left.saturating_sub(frame.data_ref().map_or(0, Bytes::len).max(1));
        if *left == 0 {
            return Poll::Ready(());
        }
    }
    Poll::Pending
}

/// A message shorter than this is not counted, so that most calls write nothing that others read.
const UNCOUNTED_BYTES: usize = 16 * 1024;

/// How long, and how many bytes, a body is read that nobody wants.
const DISCARD_TIME: Duration = Duration::from_secs(1);
const MAX_DISCARDED_BYTES: usize = 64 * 1024;
