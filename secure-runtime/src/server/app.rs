//! What answers the requests of a server: its routes, inside its layers.

use std::convert::Infallible;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};

use http::Request;
use tokio_util::either::Either;
use tonic::Status;
use tonic::body::Body;
use tower::ServiceExt;

use super::layers::{CredentialHeaders, Layered, Layers};
use super::room;
use super::routes::Routes;
use crate::connection::Vouched;
use crate::gate::{Answer, ResponseFuture};
use crate::usage::Room;

/// Routes, or routes inside layers. Cloning is cheap.
#[derive(Clone)]
pub(super) enum App {
    Routes(Routes),
    Layered(Layered),
}

impl App {
    pub(super) fn new(routes: Routes, layers: Layers, credentials: CredentialHeaders) -> Self {
        match layers.is_empty() {
            true => Self::Routes(routes),
            false => {
                let routes = ServiceExt::<Request<Body>>::map_response(routes, room::mark);
                Self::Layered(layers.wrap(Layered::new(routes), credentials))
            }
        }
    }

    pub(super) fn answer(
        &self,
        request: Request<Body>,
    ) -> Either<ResponseFuture, impl Future<Output = Result<Answer, Infallible>> + use<>> {
        match self {
            Self::Routes(routes) => Either::Left(or_failure(|| routes.answer(request))),
            Self::Layered(layered) => {
                let room = Vouched::usage(request.extensions()).cloned().map(Room::new);
                let answer = layered.clone().oneshot(request);
                Either::Right(async move { answer.await.map(|answer| room::of_layers(answer, room)) })
            }
        }
    }
}

/// Routes answer in the task of the connection. A panic, as of an authenticator, must end its call and no other one.
///
/// The panic hook has printed the reason. No handler runs after a panic of its gate.
fn or_failure(answer: impl FnOnce() -> ResponseFuture) -> ResponseFuture {
    catch_unwind(AssertUnwindSafe(answer))
        .unwrap_or_else(|_| ResponseFuture::ready(Status::internal("the server failed").into_http()))
}
