//! Our client calls servers in Go and Python, which accept only clients with a certificate.

use secure_runtime::authz::Access;
use secure_runtime::client::ConnectError;
use secure_runtime::tls::ClientCertificate;
use secure_runtime::{ClientTls, Credentials, SecureChannel};
use secure_tests::pki::{Ca, Issued};
use secure_tests::services::kinds::v1::Message;
use secure_tests::services::kinds::v1::kinds_client::KindsClient;
use secure_tests::services::kinds::v1::kinds_policy::Method;
use secure_tests::tls::client_tls;
use serde_json::json;
use tonic::{Response, Status, Streaming};

use crate::peer::{Language, Peer, Plan};

#[tokio::test]
async fn go_server_receives_tokens_only_where_a_rule_asks_for_one() {
    tokens_go_where_a_rule_asks_for_one(Language::Go).await;
}

#[tokio::test]
async fn python_server_receives_tokens_only_where_a_rule_asks_for_one() {
    tokens_go_where_a_rule_asks_for_one(Language::Python).await;
}

#[tokio::test]
async fn go_server_without_mutual_tls_receives_no_call() {
    what_is_wrong_is_told(Language::Go).await;
}

#[tokio::test]
async fn python_server_without_mutual_tls_receives_no_call() {
    what_is_wrong_is_told(Language::Python).await;
}

async fn tokens_go_where_a_rule_asks_for_one(language: Language) {
    let ca = Ca::new("peers");
    let Some((server, address)) = start(language, &ca, &ca.issue()) else { return };
    let channel = SecureChannel::connect(&address, presenting(&ca, &ca.issue())).await.unwrap();
    let mut expected = Vec::new();
    for (credentials, shown) in [(Credentials::none(), None), (Credentials::bearer("abc").unwrap(), Some("Bearer abc"))]
    {
        let client = KindsClient::new(channel.clone(), credentials);
        for &method in Method::ALL {
            let name = format!("{method:?}");
            let [requests, responses] = ["Client", "Server"].map(|side| 1 + usize::from(streams(&name, side)));
            assert_eq!(call(&client, method).await.unwrap(), vec![name.clone(); responses], "{language:?}");
            let shown: Vec<_> = shown
                .into_iter()
                .filter(|_| !matches!(method.rule().access(), Access::Anonymous | Access::Denied | Access::Public))
                .collect();
            expected.push(json!({ "method": name, "requests": requests, "authorization": shown }));
        }
    }
    assert_eq!(server.stop(), expected, "{language:?}");
}

async fn what_is_wrong_is_told(language: Language) {
    let (ca, stranger) = (Ca::new("peers"), Ca::new("stranger"));
    let elsewhere = ca.issue_as(|params| drop(params.subject_alt_names.remove(0)));
    let Some((server, address)) = start(language, &ca, &ca.issue()) else { return };
    let Some((misnamed, elsewhere)) = start(language, &ca, &elsewhere) else { return };
    let own = ca.issue();

    let error = failure(&address, presenting(&stranger, &own)).await;
    assert!(matches!(error, ConnectError::UnknownIssuer { .. }), "{language:?}: {error:?}");
    let error = failure(&elsewhere, presenting(&ca, &own)).await;
    assert!(matches!(error, ConnectError::WrongName { .. }), "{language:?}: {error:?}");
    let error = failure(&address, client_tls(&ca)).await;
    assert!(matches!(error, ConnectError::CertificateRequired { .. }) || is_mute(language, &error), "{error:?}");
    let error = failure(&address, presenting(&ca, &stranger.issue())).await;
    assert!(matches!(error, ConnectError::ClientCertificate { .. }) || is_mute(language, &error), "{error:?}");
    assert!(server.stop().is_empty() && misnamed.stop().is_empty(), "{language:?}");
}

/// The C core, on which Python stands, closes without an alert.
fn is_mute(language: Language, error: &ConnectError) -> bool {
    matches!((language, error), (Language::Python, ConnectError::Closed { .. }))
}

/// A server, and the address for channels.
fn start(language: Language, ca: &Ca, own: &Issued) -> Option<(Peer, String)> {
    let mut server = Peer::start(language, "server", Plan::new(ca, Some(own), json!({})))?;
    let port = server.report()["port"].as_u64().unwrap();
    Some((server, format!("https://localhost:{port}")))
}

fn presenting(ca: &Ca, own: &Issued) -> ClientTls {
    client_tls(ca).client_certificate(ClientCertificate::from_pem(&own.chain, &own.key).unwrap())
}

async fn failure(address: &str, tls: ClientTls) -> ConnectError {
    SecureChannel::connect(address, tls).await.expect_err("it fails")
}

fn streams(method: &str, side: &str) -> bool {
    method.starts_with("Bidi") || method.starts_with(side)
}

/// Calls a method with one message, or two, and reads its answer to the end.
async fn call(client: &KindsClient, method: Method) -> Result<Vec<String>, Status> {
    let one = Message::default;
    let two = || tokio_stream::iter([one(), one()]);
    match method {
        Method::UnaryAnonymous => single(client.unary_anonymous(one()).await),
        Method::UnaryPublic => single(client.unary_public(one()).await),
        Method::UnaryAuthenticated => single(client.unary_authenticated(one()).await),
        Method::UnaryReader => single(client.unary_reader(one()).await),
        Method::UnaryAnyOf => single(client.unary_any_of(one()).await),
        Method::UnaryDenied => single(client.unary_denied(one()).await),
        Method::ServerStreamAnonymous => all(client.server_stream_anonymous(one()).await).await,
        Method::ServerStreamPublic => all(client.server_stream_public(one()).await).await,
        Method::ServerStreamAuthenticated => all(client.server_stream_authenticated(one()).await).await,
        Method::ServerStreamReader => all(client.server_stream_reader(one()).await).await,
        Method::ServerStreamAnyOf => all(client.server_stream_any_of(one()).await).await,
        Method::ServerStreamDenied => all(client.server_stream_denied(one()).await).await,
        Method::ClientStreamAnonymous => single(client.client_stream_anonymous(two()).await),
        Method::ClientStreamPublic => single(client.client_stream_public(two()).await),
        Method::ClientStreamAuthenticated => single(client.client_stream_authenticated(two()).await),
        Method::ClientStreamReader => single(client.client_stream_reader(two()).await),
        Method::ClientStreamAnyOf => single(client.client_stream_any_of(two()).await),
        Method::ClientStreamDenied => single(client.client_stream_denied(two()).await),
        Method::BidiStreamAnonymous => all(client.bidi_stream_anonymous(two()).await).await,
        Method::BidiStreamPublic => all(client.bidi_stream_public(two()).await).await,
        Method::BidiStreamAuthenticated => all(client.bidi_stream_authenticated(two()).await).await,
        Method::BidiStreamReader => all(client.bidi_stream_reader(two()).await).await,
        Method::BidiStreamAnyOf => all(client.bidi_stream_any_of(two()).await).await,
        Method::BidiStreamDenied => all(client.bidi_stream_denied(two()).await).await,
    }
}

fn single(answer: Result<Response<Message>, Status>) -> Result<Vec<String>, Status> {
    answer.map(|answer| vec![answer.into_inner().text])
}

async fn all(answer: Result<Response<Streaming<Message>>, Status>) -> Result<Vec<String>, Status> {
    let (mut messages, mut texts) = (answer?.into_inner(), Vec::new());
    while let Some(message) = messages.message().await? {
        texts.push(message.text);
    }
    Ok(texts)
}
