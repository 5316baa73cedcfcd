//! Opaque tokens, with a server over TLS and the introspection endpoint of a provider.

use secure_runtime::authn::introspection::{ClientSecret, Introspection, IntrospectionEndpoint};
use secure_runtime::authn::jwt::{Audience, Issuer};
use secure_runtime::testing::TestIssuer;
use secure_runtime::{Authenticator as _, Credentials, Gate, SecureChannel, Server};
use secure_tests::kinds_service::Recorder;
use secure_tests::pki::Ca;
use secure_tests::provider::{CLIENT, Provider};
use secure_tests::secured::{good_claims, jwt};
use secure_tests::services::kinds::v1::Message;
use secure_tests::services::kinds::v1::kinds_client::KindsClient;
use secure_tests::services::kinds::v1::kinds_server::KindsServer;
use secure_tests::tls::{client_tls, server_tls};
use serde_json::json;
use tokio::net::TcpListener;
use tokio_stream::StreamExt as _;
use tonic::{Code, Status};

/// A server that introspects opaque tokens at a provider, and verifies the JWTs of another issuer.
struct Stage {
    provider: Provider,
    issuer: TestIssuer,
    recorder: Recorder,
    channel: SecureChannel,
}

impl Stage {
    async fn set() -> Self {
        let (provider, recorder, ca) = (Provider::start(&["writer"]).await, Recorder::default(), Ca::new("tests"));
        let issuer = TestIssuer::new("https://jwt.example.com");
        let url = format!("{}/introspect", provider.url());
        let secret = ClientSecret::new("a secret of the server");
        let endpoint = IntrospectionEndpoint::with_client_secret(&url, "kinds", secret, provider.tls()).unwrap();
        let opaque =
            Introspection::new(Issuer::new(provider.url()).unwrap(), Audience::new("kinds").unwrap(), endpoint);
        let gate = Gate::new(opaque.either(jwt(&issuer)));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("https://localhost:{}", listener.local_addr().unwrap().port());
        let server = Server::new(server_tls(&ca.issue())).add(KindsServer::new(recorder.clone(), gate));
        tokio::spawn(server.serve(listener));
        let channel = SecureChannel::connect(&address, client_tls(&ca)).await.unwrap();
        Self { provider, issuer, recorder, channel }
    }

    fn client(&self, token: &str) -> KindsClient {
        KindsClient::new(self.channel.clone(), Credentials::bearer(token).unwrap())
    }
}

fn code<T>(outcome: Result<T, Status>) -> Code {
    outcome.map_or_else(|status| status.code(), |_| Code::Ok)
}

/// The codes of the four kinds of calls that a writer may make.
async fn any_of(client: &KindsClient) -> [Code; 4] {
    let requests = || tokio_stream::iter([Message::default(), Message::default()]);
    let server_stream = async {
        let mut messages = client.server_stream_any_of(Message::default()).await?.into_inner();
        while let Some(message) = messages.next().await {
            message?;
        }
        Ok::<_, Status>(())
    };
    let bidi_stream = async {
        let mut messages = client.bidi_stream_any_of(requests()).await?.into_inner();
        while let Some(message) = messages.next().await {
            message?;
        }
        Ok::<_, Status>(())
    };
    [
        code(client.unary_any_of(Message::default()).await),
        code(server_stream.await),
        code(client.client_stream_any_of(requests()).await),
        code(bidi_stream.await),
    ]
}

/// The codes of the four kinds of calls that a reader may make.
async fn reader(client: &KindsClient) -> [Code; 4] {
    let requests = || tokio_stream::iter([Message::default()]);
    [
        code(client.unary_reader(Message::default()).await),
        code(client.server_stream_reader(Message::default()).await),
        code(client.client_stream_reader(requests()).await),
        code(client.bidi_stream_reader(requests()).await),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn an_active_token_is_admitted_by_its_roles_to_all_kinds_of_calls_with_one_request() {
    let stage = Stage::set().await;
    let client = stage.client(stage.provider.opaque_token());
    assert_eq!(any_of(&client).await, [Code::Ok; 4]);
    assert_eq!(reader(&client).await, [Code::PermissionDenied; 4]);
    let seen = stage.recorder.take();
    let caller = format!("{}#{}", stage.provider.url(), CLIENT.0);
    assert_eq!(seen.len(), 4);
    assert!(seen.iter().all(|seen| seen.caller.as_deref() == Some(&caller)), "{seen:?}");
    assert_eq!(stage.provider.introspected(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_inactive_token_is_refused_by_all_kinds_of_calls() {
    let stage = Stage::set().await;
    let client = stage.client("opaque-of-nobody");
    assert_eq!(any_of(&client).await, [Code::Unauthenticated; 4]);
    assert_eq!(code(client.unary_public(Message::default()).await), Code::Ok, "the client sends no token there");
    assert_eq!(stage.recorder.take().len(), 1);
    assert_eq!(stage.provider.introspected(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_jwt_of_another_issuer_is_verified_without_a_request() {
    let stage = Stage::set().await;
    let token = stage.issuer.token(good_claims(json!({ "roles": ["writer"] })));
    assert_eq!(any_of(&stage.client(&token)).await, [Code::Ok; 4]);
    let forged = TestIssuer::new(stage.issuer.name()).token(good_claims(json!({ "roles": ["writer"] })));
    assert_eq!(any_of(&stage.client(&forged)).await, [Code::Unauthenticated; 4]);
    assert_eq!(stage.provider.introspected(), 0);
}
