//! Services that protoc-gen-secure did not generate.

use std::convert::Infallible;
use std::pin::pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header;
use http::request::Parts;
use tonic::body::Body;
use tonic::server::NamedService;
#[cfg(feature = "health")]
use tonic_health::pb::health_server::{Health, HealthServer};
use tower::{Service, ServiceExt};

use super::answer::{Answer, BoxFuture, ResponseFuture};
use super::body::{RequestBody, ResponseBody};
use super::end::CallEnd;
use super::head::Head;
use super::request;
use super::row::Row;
use super::service::{SecuredService, sealed};
use super::settings::Gate;
use super::table::ServiceTable;
use crate::authz::{Access, Rule};
use crate::status;

/// One rule around a whole vendored service, such as reflection.
///
/// For reflection, take the descriptors that `protoc_gen_secure::Config::descriptor_set` writes: they hold no rules.
///
/// ```text
/// let descriptors = include_bytes!(concat!(env!("OUT_DIR"), "/shop.bin"));
/// let reflection = tonic_reflection::server::Builder::configure()
///     .register_encoded_file_descriptor_set(descriptors)
///     .build_v1()?;
/// ```
///
/// ```
/// # use secure_runtime::{Gate, Gated, authz::Rule};
/// # fn mount<S>(gate: Gate, reflection: S) -> Result<(), secure_runtime::gate::GatedError> {
/// let reflection = Gated::new(reflection, gate, Rule::any_role(&["admin"]))?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Gated<S> {
    service: S,
    gate: Gate,
    rule: Rule,
}

impl<S> Gated<S> {
    /// Puts `gate` in front of `service`, with `rule` as the rule of each of its methods.
    ///
    /// # Errors
    ///
    /// The rule is public, or has request conditions.
    pub fn new(service: S, gate: Gate, rule: Rule) -> Result<Self, GatedError> {
        if matches!(rule.access(), Access::Anonymous | Access::Public) {
            return Err(GatedError::Public);
        }
        if rule.has_request_conditions() {
            return Err(GatedError::RequestConditions);
        }
        Ok(Self { service, gate, rule })
    }
}

/// Why a rule cannot be the rule of a vendored service.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum GatedError {
    /// The rule has request conditions, and the messages of the service are not known here.
    #[error("request conditions need the messages of the service: use a rule without `tenant` and `owner`")]
    RequestConditions,
    /// The rule is public, so anyone could call the service.
    #[error("a public rule admits everybody: use `danger::public`, which takes the reason")]
    Public,
}

impl<S, B> Service<http::Request<B>> for Gated<S>
where
    S: VendoredService,
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<tower::BoxError>,
{
    type Response = Answer;
    type Error = Infallible;
    type Future = ResponseFuture;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<B>) -> ResponseFuture {
        self.answer(request)
    }
}

impl<S: VendoredService> Gated<S> {
    fn answer<B>(&self, request: http::Request<B>) -> ResponseFuture
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<tower::BoxError>,
    {
        let (head, body) = request.into_parts();
        let service = self.service.clone();
        self.gate.answer(head, &Row::for_service(S::NAME, self.rule), move |head, admitted| {
            pass(service, head, body, admitted.end)
        })
    }
}

/// A vendored service that anyone may call, such as health checking.
#[derive(Clone, Debug)]
pub struct Public<S>(S);

#[cfg(feature = "health")]
impl<T: Health> Public<HealthServer<T>> {
    /// Makes the health service public, so that a probe needs no credential (feature `health`). It accepts only the server of
    /// tonic-health. `authorization` is removed from requests unread; other headers, such as one with an API key, reach the service.
    pub fn health(server: HealthServer<T>) -> Self {
        Self(server.max_decoding_message_size(HEALTH_MESSAGE_LIMIT))
    }
}

#[cfg(not(feature = "health"))]
impl<S> Public<S> {
    #[doc(hidden)]
    pub fn health(_: S) -> Self
    where
        for<'a> &'a (): crate::missing_feature::Health,
    {
        <&() as crate::missing_feature::Health>::never()
    }
}

impl<S> Public<S> {
    pub(crate) fn unchecked(service: S) -> Self {
        Self(service)
    }
}

impl<S, B> Service<http::Request<B>> for Public<S>
where
    S: VendoredService,
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<tower::BoxError>,
{
    type Response = Answer;
    type Error = Infallible;
    type Future = ResponseFuture;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<B>) -> ResponseFuture {
        self.answer(request)
    }
}

impl<S: VendoredService> Public<S> {
    fn answer<B>(&self, request: http::Request<B>) -> ResponseFuture
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<tower::BoxError>,
    {
        let (parts, body) = request.into_parts();
        if let Err(denial) = request::check(&parts) {
            return ResponseFuture::ready(status::refusal_to(&parts.method, denial));
        }
        let mut head = Head::new(parts);
        head.parts.headers.remove(header::AUTHORIZATION);
        if S::NAME == HEALTH
            && let Some(usage) = head.usage()
        {
            usage.health_checked();
        }
        let end = CallEnd::at_deadline(&head).with_room(&head);
        ResponseFuture::running(pass(self.0.clone(), head.parts, body, end))
    }
}

/// The name of the health service.
const HEALTH: &str = "grpc.health.v1.Health";

/// The longest request of a health check, in bytes. It holds the name of a service.
#[cfg(feature = "health")]
const HEALTH_MESSAGE_LIMIT: usize = 4 * 1024;

/// Passes a request to a vendored service, without its trailers.
fn pass<S, B>(service: S, head: Parts, body: B, end: CallEnd) -> BoxFuture<Answer>
where
    S: VendoredService,
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<tower::BoxError>,
{
    let request = http::Request::from_parts(head, Body::new(RequestBody::new(Body::new(body), end.clone())));
    Box::pin(async move {
        match end.clone().limit(pin!(service.oneshot(request))).await {
            Ok(Ok(answer)) => status::of_handler(answer).map(|body| ResponseBody::until(body, end)),
            Err(reason) => reason.answer(),
        }
    })
}

impl<S: NamedService> NamedService for Gated<S> {
    const NAME: &'static str = S::NAME;
}

impl<S: NamedService> NamedService for Public<S> {
    const NAME: &'static str = S::NAME;
}

impl<S: VendoredService> sealed::Sealed for Gated<S> {
    fn table(&self) -> ServiceTable {
        ServiceTable::vendored(S::NAME, self.rule.access())
    }

    #[cfg(feature = "otel")]
    fn method_at(_: &str) -> Option<&'static str> {
        Some(S::NAME)
    }

    fn credential_headers(&self) -> &[http::HeaderName] {
        self.gate.credential_headers()
    }

    fn max_credential_bytes(&self) -> usize {
        self.gate.max_credential_bytes()
    }

    fn answer(&self, request: http::Request<Body>) -> ResponseFuture {
        Self::answer(self, request)
    }
}

impl<S: VendoredService> sealed::Sealed for Public<S> {
    fn table(&self) -> ServiceTable {
        ServiceTable::vendored(S::NAME, Access::Public)
    }

    #[cfg(feature = "otel")]
    fn method_at(_: &str) -> Option<&'static str> {
        Some(S::NAME)
    }

    fn answer(&self, request: http::Request<Body>) -> ResponseFuture {
        Self::answer(self, request)
    }
}

impl<S: VendoredService> SecuredService for Gated<S> {}
impl<S: VendoredService> SecuredService for Public<S> {}

/// What tonic generates: a named service that never fails.
pub trait VendoredService:
    Service<http::Request<Body>, Response = Answer, Error = Infallible, Future: Send>
    + NamedService
    + Clone
    + Send
    + 'static
{
}

impl<S> VendoredService for S where
    S: Service<http::Request<Body>, Response = Answer, Error = Infallible, Future: Send>
        + NamedService
        + Clone
        + Send
        + 'static
{
}
