//! Unary calls to a service in memory: the gate, the decoder, a handler and the encoder, without a connection.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{Extensions, HeaderValue};
use http_body_util::{BodyExt as _, Full};
use secure_runtime::audit::AuditEvent;
use secure_runtime::authn::jwt::{Algorithm, Audience, Issuer, Jwt, KeySet};
use secure_runtime::testing::TestIssuer;
use secure_runtime::{Caller, Gate, Server, danger};
use serde_json::json;
use tokio::net::TcpListener;
use tonic::body::Body;
use tonic::{Code, Request, Response, Status};
use tower::ServiceExt as _;
use tower::util::MapRequestLayer;

use crate::scenario::Scenario;

/// The message of `bench/v1/echo.proto`.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Text {
    /// What is sent back.
    #[prost(string, tag = "1")]
    pub text: String,
}

/// Our stub.
pub(crate) mod gated {
    use super::Text;
    include!("../../golden/bench.v1.secure.rs");
}

/// tonic's own stub.
#[allow(clippy::all, missing_docs, unused_qualifications, reason = "tonic writes it so")]
pub(crate) mod ungated {
    use super::Text;
    include!("../../golden/tonic/bench.v1.rs");
}

use gated::echo_policy::rpc;
use gated::echo_server::EchoServer;

pub(crate) struct Handler;

impl gated::echo_server::Echo for Handler {
    async fn say(&self, _: Caller<rpc::Say>, request: Request<Text>) -> Result<Response<Text>, Status> {
        Ok(Response::new(request.into_inner()))
    }
}

#[tonic::async_trait]
impl ungated::echo_server::Echo for Handler {
    async fn say(&self, request: Request<Text>) -> Result<Response<Text>, Status> {
        Ok(Response::new(request.into_inner()))
    }
}

/// Makes so many calls, and checks the status of each.
pub(crate) fn run(scenario: Scenario, calls: u64) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let issuer = TestIssuer::new("https://id.example.com");
    runtime.block_on(async {
        let (stub, connection) = (EchoServer::new(Handler, gate(&issuer)), connection(&issuer).await);
        let plain = ungated::echo_server::EchoServer::new(Handler);
        for call in values(scenario, &issuer).into_iter().cycle().take(usize::try_from(calls).expect("few calls")) {
            let request = request(call, &connection);
            let response = match scenario {
                Scenario::Tonic => plain.clone().oneshot(request).await,
                _ => stub.clone().oneshot(request).await,
            };
            let expected = if scenario == Scenario::Refusal { Code::Unauthenticated } else { Code::Ok };
            assert_eq!(status(response.expect("never an error")).await, expected);
        }
    });
}

/// The values of `authorization`, which calls send in turns.
fn values(scenario: Scenario, issuer: &TestIssuer) -> Vec<Option<HeaderValue>> {
    let token = |subject: u64| {
        let claims = json!({ "aud": "bench", "sub": subject.to_string(), "roles": ["reader"] });
        HeaderValue::try_from(format!("Bearer {}", issuer.token(claims))).expect("a token is ASCII")
    };
    match scenario {
        Scenario::Refusal => vec![None],
        Scenario::CacheMiss => (0..scenario.operations()[1]).map(|subject| Some(token(subject))).collect(),
        _ => vec![Some(token(0))],
    }
}

pub(crate) fn gate(issuer: &TestIssuer) -> Gate {
    let keys = json!({ "keys": [issuer.jwk(Algorithm::EdDsa)] }).to_string();
    let keys = KeySet::from_jwks(&keys).expect("a key of the issuer");
    let name = Issuer::new(issuer.name()).expect("an issuer");
    Gate::new(Jwt::new(name, Audience::new("bench").expect("an audience"), keys)).audit(|_: &AuditEvent<'_>| {})
}

/// What the server records of a connection. A gate reads credentials only of a request that has it, so one call goes over
/// a socket.
async fn connection(issuer: &TestIssuer) -> Extensions {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let recorded = Arc::new(Mutex::new(Extensions::new()));
    let recorder = Arc::clone(&recorded);
    let layer = MapRequestLayer::new(move |request: http::Request<Body>| {
        recorder.lock().expect("no panic").clone_from(request.extensions());
        request
    });
    let server = Server::new(danger::serve_plaintext("a benchmark")).layer(layer);
    let server = tokio::spawn(server.add(EchoServer::new(Handler, gate(issuer))).serve(listener));
    let client = ungated::echo_client::EchoClient::connect(format!("http://{address}")).await;
    let refused = client.expect("a connection").say(Text::default()).await.expect_err("no token");
    assert_eq!(refused.code(), Code::Unauthenticated);
    server.abort();
    recorded.lock().expect("no panic").clone()
}

fn request(authorization: Option<HeaderValue>, connection: &Extensions) -> http::Request<Body> {
    let body = Body::new(Full::new(Bytes::from_static(b"\0\0\0\0\x07\x0a\x05hello")));
    let request = http::Request::post("/bench.v1.Echo/Say").header("content-type", "application/grpc");
    let mut request = request.header("te", "trailers").body(body).expect("a request");
    request.extensions_mut().clone_from(connection);
    if let Some(value) = authorization {
        request.headers_mut().insert(AUTHORIZATION, value);
    }
    request
}

/// The status, from the headers of a refusal, or else from the trailers.
async fn status(response: http::Response<Body>) -> Code {
    let (head, body) = response.into_parts();
    let body = body.collect().await.expect("a body");
    let trailers = body.trailers().cloned().unwrap_or(head.headers);
    let status = trailers.get("grpc-status").expect("a status");
    Code::from_bytes(status.as_bytes())
}
