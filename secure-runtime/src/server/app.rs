//! What answers the requests of a server: its routes, inside its layers.

use std::convert::Infallible;
use std::future::Future;

use http::Request;
use tokio_util::either::Either;
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
            Self::Routes(routes) => Either::Left(routes.answer(request)),
            Self::Layered(layered) => {
                let room = Vouched::usage(request.extensions()).cloned().map(Room::new);
                let answer = layered.clone().oneshot(request);
                Either::Right(async move { answer.await.map(|answer| room::of_layers(answer, room)) })
            }
        }
    }
}
