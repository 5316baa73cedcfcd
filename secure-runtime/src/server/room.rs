//! Responses that no gate made wait, too, while their client leaves too much unread.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::Response;
use http_body::{Frame, SizeHint};
use tonic::Status;
use tonic::body::Body;

use crate::gate::Answer;
use crate::usage::Room;

/// The output of a future, which is polled only while there is room.
pub(super) async fn with_room<F: Future>(room: Option<Room>, future: F) -> F::Output {
    let mut future = pin!(future);
    match room {
        Some(mut room) => poll_fn(|context| room.poll_work(context, |context| future.as_mut().poll(context))).await,
        None => future.await,
    }
}

/// Marks the response of a gate or a fallback, which waits by itself. A layer around it may answer without it.
#[derive(Clone)]
struct WaitsForRoom;

pub(super) fn mark(mut answer: Answer) -> Answer {
    answer.extensions_mut().insert(WaitsForRoom);
    answer
}

/// The response of layers: one that a layer made by itself waits for room.
pub(super) fn of_layers(mut answer: Answer, room: Option<Room>) -> Answer {
    match answer.extensions_mut().remove::<WaitsForRoom>() {
        Some(WaitsForRoom) => answer,
        None => with_room_for_body(answer, room),
    }
}

/// The response, whose body is polled only while there is room.
pub(super) fn with_room_for_body(answer: Response<Body>, room: Option<Room>) -> Answer {
    answer.map(|body| match room {
        Some(room) if !http_body::Body::is_end_stream(&body) => Body::new(WaitingBody { body, room }),
        _ => body,
    })
}

struct WaitingBody {
    body: Body,
    room: Room,
}

impl http_body::Body for WaitingBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let Self { body, room } = &mut *self;
        room.poll_work(context, |context| Pin::new(body).poll_frame(context))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::task::Waker;

    use http_body_util::Full;

    use super::*;
    use crate::usage::Usage;

    fn is_given_away(answer: Answer) -> bool {
        let mut body = answer.into_body();
        http_body::Body::poll_frame(Pin::new(&mut body), &mut Context::from_waker(Waker::noop())).is_ready()
    }

    #[tokio::test]
    async fn body_of_a_layer_waits_for_room_and_body_of_a_gate_does_not() {
        let usage = Usage::of_nobody(10);
        let room = || Some(Room::new(Arc::clone(&usage)));
        let answer = || Answer::new(Body::new(Full::from("page")));
        assert!(is_given_away(of_layers(answer(), room())));
        usage.add_unsent(10);
        assert!(!is_given_away(of_layers(answer(), room())));
        assert!(is_given_away(of_layers(mark(answer()), room())));
        let mut route = Box::pin(with_room(room(), async {}));
        assert!(route.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        usage.sent(10);
        route.await;
    }
}
