//! What answers the requests of a server: its routes, inside its layers.

use std::convert::Infallible;
use std::future::Future;

use http::Request;
use tokio_util::either::Either;
use tonic::body::Body;
use tower::ServiceExt;

use super::layers::{CredentialHeaders, Layered, Layers};
use super::routes::Routes;
use crate::gate::Answer;

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
            false => Self::Layered(layers.wrap(Layered::new(routes), credentials)),
        }
    }

    pub(super) fn answer(&self, request: Request<Body>) -> impl Future<Output = Result<Answer, Infallible>> + use<> {
        match self {
            Self::Routes(routes) => Either::Left(routes.answer(request)),
            Self::Layered(layered) => Either::Right(layered.clone().oneshot(request)),
        }
    }
}
