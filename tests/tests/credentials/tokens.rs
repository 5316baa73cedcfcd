//! Every method of every kind, with every kind of token, over TLS.

use secure_runtime::authn::jwt::{Jwt, TokenLimits};
use secure_runtime::authz::Access;
use secure_runtime::server::Limits;
use secure_runtime::testing::TestIssuer;
use secure_runtime::{Credentials, Gate, SecureChannel, Server};
use secure_tests::kinds_service::Recorder;
use secure_tests::pki::Ca;
use secure_tests::secured::{Secured, good_claims, jwt};
use secure_tests::server::call;
use secure_tests::services::kinds::v1::Message;
use secure_tests::services::kinds::v1::kinds_client::KindsClient;
use secure_tests::services::kinds::v1::kinds_policy::Method;
use secure_tests::services::kinds::v1::kinds_server::KindsServer;
use secure_tests::tls::{client_tls, server_tls};
use secure_tests::tokens::{callers, declared};
use serde_json::json;
use tokio::net::TcpListener;
use tonic::Code;

#[tokio::test]
async fn every_call_ends_as_declared() {
    let recorder = Recorder::default();
    let server = Secured::start(&recorder, |server| server).await;
    let (channel, callers) = (server.channel().await, callers(&server));
    for &method in Method::ALL {
        for (caller, credential, worth) in &callers {
            let metadata = credential.as_deref().map(|credential| ("authorization", credential));
            let expected = declared(method.rule().access(), *worth);
            assert_eq!(call(&channel, method.path(), metadata.as_slice()).await, expected, "{method:?} with {caller}");
            let seen = recorder.take();
            assert_eq!(seen.len(), usize::from(expected == Code::Ok), "{method:?} with {caller}");
            for seen in seen {
                let identity = worth.identity().filter(|_| method.rule().access() != Access::Anonymous);
                assert_eq!(seen.caller.as_deref(), identity, "{method:?} with {caller}");
                assert!(!seen.metadata.contains_key("authorization"), "{method:?} with {caller}");
            }
        }
    }
}

/// A token of this length at most, and less than four bytes below it.
fn token_of(issuer: &TestIssuer, bytes: usize) -> String {
    let with = |padding: usize| issuer.token(good_claims(json!({ "x": "x".repeat(padding) })));
    let token = with((bytes - with(0).len()) * 3 / 4);
    assert!((bytes - 4..=bytes).contains(&token.len()), "{}", token.len());
    token
}

/// What comes of a call with a token, under limits of a server.
async fn code(tokens: Jwt, limits: Limits, token: &str) -> Code {
    let (ca, listener) = (Ca::new("tests"), TcpListener::bind("127.0.0.1:0").await.unwrap());
    let address = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    let service = KindsServer::new(Recorder::default(), Gate::new(tokens));
    tokio::spawn(Server::new(server_tls(&ca.issue())).limits(limits).add(service).serve(listener));
    let channel = SecureChannel::connect(&address, client_tls(&ca)).await.unwrap();
    let client = KindsClient::new(channel, Credentials::bearer(token).unwrap());
    client.unary_authenticated(Message::default()).await.map_or_else(|status| status.code(), |_| Code::Ok)
}

#[tokio::test]
async fn token_at_its_size_limit_is_accepted_and_a_longer_one_is_refused() {
    let issuer = TestIssuer::new("https://id.example.com");
    let up_to = |bytes| jwt(&issuer).limits(TokenLimits::default().max_bytes(bytes).unwrap());
    let largest = token_of(&issuer, 65_536);
    assert_eq!(code(up_to(65_536), Limits::default(), &largest).await, Code::Ok);
    assert_eq!(code(up_to(32_768), Limits::default(), &token_of(&issuer, 32_768)).await, Code::Ok);
    assert_eq!(code(up_to(8_192), Limits::default(), &token_of(&issuer, 12_000)).await, Code::Unauthenticated);
    assert_ne!(code(up_to(8_192), Limits::default(), &largest).await, Code::Ok);
    let explicit = Limits::default().max_header_list_size(16 * 1024);
    assert_ne!(code(up_to(65_536), explicit, &largest).await, Code::Ok, "a limit that is set is kept");
}
