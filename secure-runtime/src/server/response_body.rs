//! The body of a response, which counts what its client has not read yet.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tonic::Status;
use tonic::body::Body;

use super::activity::RunningCall;
use super::unsent::{Chunk, Part, Unsent};

/// A response body. Long frames are given away in parts, so that it shows if the client reads them.
pub(super) struct ResponseBody {
    body: Body,
    unsent: Arc<Unsent>,
    /// What is left of a frame that is given away in parts.
    rest: Option<(Bytes, Arc<Chunk>)>,
    /// How many bytes of this response wait; `None` before its second frame, if the first one is short.
    waiting: Option<Arc<AtomicUsize>>,
    /// The first frame, until the next one is asked for.
    first: Option<Part>,
    has_begun: bool,
    _call: Option<RunningCall>,
}

impl ResponseBody {
    pub(super) fn new(body: Body, unsent: Arc<Unsent>, call: Option<RunningCall>) -> Self {
        Self { body, unsent, rest: None, waiting: None, first: None, has_begun: false, _call: call }
    }

    /// The first part of a frame; the rest is kept.
    fn begin(&mut self, data: Bytes) -> Bytes {
        let is_first = !std::mem::replace(&mut self.has_begun, true);
        if is_first && data.len() <= UNCOUNTED_BYTES {
            self.first = Some(self.unsent.part());
            return data;
        }
        let waiting = self.waiting.get_or_insert_with(Arc::default);
        let chunk = Arc::new(self.unsent.chunk(data.len(), waiting));
        self.part(data, chunk)
    }

    fn part(&mut self, mut data: Bytes, chunk: Arc<Chunk>) -> Bytes {
        let part = data.split_to(data.len().min(PART_BYTES));
        let counted = chunk.count(part);
        self.rest = (!data.is_empty()).then_some((data, chunk));
        counted
    }
}

impl http_body::Body for ResponseBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        self.first = None;
        if let Some((rest, chunk)) = self.rest.take() {
            return Poll::Ready(Some(Ok(Frame::data(self.part(rest, chunk)))));
        }
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        Poll::Ready(frame.map(|frame| Ok(frame?.map_data(|data| self.begin(data)))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_none() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        match self.rest {
            None => self.body.size_hint(),
            Some(_) => SizeHint::default(),
        }
    }
}

/// A first frame of this length is not counted in bytes, so that most calls count nothing.
const UNCOUNTED_BYTES: usize = 16 * 1024;

/// The longest part of a frame that is given away at once.
const PART_BYTES: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http_body_util::{BodyExt, StreamBody};

    use super::*;
    use crate::usage::Usage;

    #[tokio::test]
    async fn frames_of_any_length_arrive_whole_and_in_order() {
        let unsent = Arc::new(Unsent::new(Duration::from_secs(1), Usage::of_nobody(1024 * 1024)));
        let lengths = [0, 1, UNCOUNTED_BYTES + 1, PART_BYTES, PART_BYTES + 1, 5 * PART_BYTES - 1, 0, 7];
        let bytes: Vec<Bytes> = lengths.iter().zip(1..).map(|(&length, byte)| vec![byte; length].into()).collect();
        let frames = bytes.iter().cloned().map(|bytes| Ok::<_, Status>(Frame::data(bytes)));
        let body = Body::new(StreamBody::new(tokio_stream::iter(frames.collect::<Vec<_>>())));
        let body = ResponseBody::new(body, unsent, None);
        assert_eq!(body.collect().await.unwrap().to_bytes(), bytes.concat());
    }
}
