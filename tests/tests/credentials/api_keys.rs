//! API keys, with a server over TLS and the generated client.

use std::fs;
use std::sync::{Arc, Mutex};

use secure_runtime::authn::ApiKeys;
use secure_runtime::testing::TestIssuer;
use secure_runtime::{Authenticator as _, Credentials, Gate, SecureChannel, Server};
use secure_tests::kinds_service::Recorder;
use secure_tests::pki::Ca;
use secure_tests::secured::jwt;
use secure_tests::services::kinds::v1::Message;
use secure_tests::services::kinds::v1::kinds_client::KindsClient;
use secure_tests::services::kinds::v1::kinds_server::KindsServer;
use secure_tests::tls::{client_tls, server_tls};
use serde_json::json;
use tokio::net::TcpListener;
use tonic::body::Body;
use tonic::{Code, Request, Status};
use tower::util::MapRequestLayer;

const KEY: &str = "shop_4f9c2a7be1d84b0c9a3e5d6f7081a2b3";

#[tokio::test]
async fn a_call_with_an_api_key_is_admitted_by_its_roles_and_its_handler_does_not_see_the_key() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.json");
    let entry = json!({ "name": "job", "digest": ApiKeys::digest(KEY), "roles": ["writer"], "exp": 4_000_000_000_u64 });
    fs::write(&path, json!({ "keys": [entry] }).to_string()).unwrap();
    let keys = ApiKeys::from_file("https://keys.example.com", &path).unwrap().prefix("shop_");
    let (recorder, ca) = (Recorder::default(), Ca::new("tests"));
    let gate = Gate::new(keys.either(jwt(&TestIssuer::new("https://id.example.com"))));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    let printed = Arc::new(Mutex::new(String::new()));
    let log = Arc::clone(&printed);
    let layer = MapRequestLayer::new(move |request: http::Request<Body>| {
        *log.lock().unwrap() += &format!("{:?}", request.headers());
        request
    });
    let server = Server::new(server_tls(&ca.issue())).layer(layer).add(KindsServer::new(recorder.clone(), gate));
    tokio::spawn(server.serve(listener));
    let channel = SecureChannel::connect(&address, client_tls(&ca)).await.unwrap();
    let client = KindsClient::new(channel, Credentials::none());
    let with = |key: &str| {
        let mut request = Request::new(Message::default());
        request.metadata_mut().insert("x-api-key", key.parse().unwrap());
        request
    };
    let code = |outcome: Result<_, Status>| outcome.map(drop).unwrap_err().code();

    client.unary_any_of(with(KEY)).await.unwrap();
    let seen = recorder.take().remove(0);
    assert_eq!(seen.caller.as_deref(), Some("https://keys.example.com#job"));
    assert!(!seen.metadata.contains_key("x-api-key"), "{:?}", seen.metadata);
    assert_eq!(code(client.unary_reader(with(KEY)).await), Code::PermissionDenied);
    assert_eq!(code(client.unary_any_of(with(&KEY.replace('4', "5"))).await), Code::Unauthenticated);
    assert_eq!(code(client.unary_any_of(Message::default()).await), Code::Unauthenticated);
    assert!(recorder.take().is_empty());
    let printed = printed.lock().unwrap();
    assert!(printed.contains("x-api-key") && !printed.contains(KEY), "a layer that prints headers prints no key");
}
