//! The allocations of a call. The counter is for the whole process, so these tests run one after the other.

use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use dhat::{HeapStats, Profiler};
use http::HeaderMap;
use http::header::AUTHORIZATION;
use secure_runtime::audit::AuditEvent;
use secure_runtime::authn::jwt::Jwt;
use secure_runtime::testing::{TestIssuer, authenticate};
use secure_runtime::{Authentication, Caller, Gate, Server, danger};
use secure_tests::secured::{good_claims, jwt};
use serde_json::json;
use tokio::net::TcpListener;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status};

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

/// The message of `bench/v1/echo.proto`.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Text {
    /// What is sent back.
    #[prost(string, tag = "1")]
    pub text: String,
}

/// Our stub.
mod gated {
    use super::Text;
    include!("../golden/bench.v1.secure.rs");
}

/// tonic's own stub.
#[allow(clippy::all, missing_docs, unused_qualifications, reason = "tonic writes it so")]
mod ungated {
    use super::Text;
    include!("../golden/tonic/bench.v1.rs");
}

use gated::echo_policy::rpc;
use gated::echo_server::EchoServer;

struct Handler;

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

/// Counts from now on, and lets no other test run meanwhile.
fn counter() -> (Profiler, MutexGuard<'static, ()>) {
    static ALONE: Mutex<()> = Mutex::new(());
    let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    (Profiler::builder().testing().build(), alone)
}

#[test]
fn cached_token_is_verified_without_an_allocation() {
    let _counter = counter();
    let issuer = TestIssuer::new("https://id.example.com");
    let (jwt, token) = (jwt(&issuer), issuer.token(good_claims(json!({ "roles": ["reader"] }))));
    let headers = [(AUTHORIZATION, format!("Bearer {token}").parse().unwrap())].into_iter().collect();
    assert_ne!(allocations(&jwt, &headers, 1), 0, "it is verified");
    assert_eq!(allocations(&jwt, &headers, 1_000), 0);
}

/// How many blocks are allocated while a token is accepted so many times.
fn allocations(jwt: &Jwt, headers: &HeaderMap, times: usize) -> u64 {
    let before = HeapStats::get().total_blocks;
    for _ in 0..times {
        assert!(matches!(authenticate(jwt, headers), Authentication::Ready(Ok(Some(_)))));
    }
    HeapStats::get().total_blocks - before
}

#[tokio::test]
async fn admitted_unary_call_allocates_no_more_than_a_call_of_tonics_server() {
    let _counter = counter();
    let issuer = TestIssuer::new("https://id.example.com");
    let token = format!("Bearer {}", issuer.token(good_claims(json!({ "roles": ["reader"] }))));
    let gate = Gate::new(jwt(&issuer)).audit(|_: &AuditEvent<'_>| {});
    let (listener, ours) = listen().await;
    let server = Server::new(danger::serve_plaintext("a test")).add(EchoServer::new(Handler, gate));
    tokio::spawn(server.serve(listener));
    let (listener, tonics) = listen().await;
    let server = tonic::transport::Server::builder().add_service(ungated::echo_server::EchoServer::new(Handler));
    tokio::spawn(server.serve_with_incoming(TcpIncoming::from(listener)));
    let (ours, tonics) = (blocks_of_calls(ours, &token).await, blocks_of_calls(tonics, &token).await);
    println!("{ours} blocks for {CALLS} calls, {tonics} with tonic's server");
    assert!(ours <= tonics, "{ours} blocks for {CALLS} calls, {tonics} with tonic's server");
}

async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// How many blocks client and server allocate for calls one after the other, after the first ones.
async fn blocks_of_calls(address: SocketAddr, token: &str) -> u64 {
    let mut client = ungated::echo_client::EchoClient::connect(format!("http://{address}")).await.unwrap();
    let mut before = 0;
    for call in 0..2 * CALLS {
        if call == CALLS {
            before = HeapStats::get().total_blocks;
        }
        let mut request = Request::new(Text { text: "hello".to_owned() });
        request.metadata_mut().insert("authorization", token.parse().unwrap());
        client.say(request).await.unwrap();
    }
    HeapStats::get().total_blocks - before
}

const CALLS: u64 = 500;
