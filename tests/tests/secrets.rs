//! Keys, tokens and role lists are in no log line, no status and no `Debug` output. The test is alone in its process,
//! because it reads every log line of every crate at every level.

use std::fmt::Debug;
use std::io::Write;

use secure_runtime::audit::{AuditEvent, JsonLines};
use secure_runtime::authn::Mtls;
use secure_runtime::authn::introspection::{Introspection, IntrospectionEndpoint};
use secure_runtime::authn::jwt::{Audience, Grants, Issuer, KeySet};
use secure_runtime::authz::Access;
use secure_runtime::client::{ClientCredentialsGrant, ClientSecret};
use secure_runtime::testing::TestIssuer;
use secure_runtime::tls::ClientCertificate;
use secure_runtime::{Authenticator, Credentials, Gate, SecureChannel};
use secure_tests::callers::principal;
use secure_tests::kinds_service::Recorder;
use secure_tests::log::Log;
use secure_tests::secured::{Secured, good_claims, jwt};
use secure_tests::server::refusal;
use secure_tests::services::kinds::v1::Message;
use secure_tests::services::kinds::v1::kinds_client::KindsClient;
use secure_tests::services::kinds::v1::kinds_policy::{Method, rpc};
use secure_tests::services::kinds::v1::kinds_server::KindsServer;
use secure_tests::tls::{client_tls, server_tls};
use serde_json::json;
use tracing::level_filters::LevelFilter;

/// Held by callers, named by no rule.
const ROLE: &str = "vault-keeper-of-the-north";

#[tokio::test]
async fn logs_statuses_and_debug_output_have_no_secret() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().with_max_level(LevelFilter::TRACE).with_writer(log.clone());
    tracing::subscriber::set_global_default(subscriber.finish()).unwrap();

    let recorder = Recorder::default();
    let audit = JsonLines::new(log.clone());
    let server = Secured::start_audited(&recorder, audit.clone(), |server| server).await;
    let tokens = tokens(&server);
    refuse_and_admit(&server, &tokens, &log).await;
    let secrets = [tokens, debug_output(&server, &log).await].concat();
    drop((server, audit));
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;

    let text = log.take();
    assert!(text.contains("authorized\":true") && text.contains("authorized\":false"), "the audit log is searched too");
    assert!(text.contains("h2::"), "other crates' lines are searched too");
    for secret in secrets.iter().map(String::as_str).chain([ROLE]) {
        for piece in secret.split(['.', '\n']).filter(|piece| piece.len() > 15 && !piece.starts_with("-----")) {
            let at = text.find(piece);
            assert!(at.is_none(), "{piece} in {}", &text[at.unwrap_or(0).saturating_sub(300)..][..600]);
        }
    }
}

fn add(log: &Log, text: impl Debug) {
    writeln!(log.clone(), "{text:?}").unwrap();
}

fn tokens(server: &Secured) -> Vec<String> {
    let claims = |changes| {
        let mut claims = good_claims(changes);
        claims["private"] = json!("confidential");
        claims
    };
    vec![
        server.issuer.token(claims(json!({ "roles": ["reader", ROLE] }))),
        server.issuer.token(claims(json!({ "roles": [ROLE] }))),
        server.issuer.token(claims(json!({ "roles": [ROLE], "iat": 1_000_000, "exp": 1_000_001 }))),
        server.issuer.token(claims(json!({ "roles": [ROLE], "aud": "billing" }))),
        TestIssuer::new(server.issuer.name()).token(claims(json!({ "roles": [ROLE] }))),
    ]
}

async fn refuse_and_admit(server: &Secured, tokens: &[String], log: &Log) {
    let channel = SecureChannel::connect(&server.uri(), server.client_tls()).await.unwrap();
    for token in tokens {
        let client = KindsClient::new(channel.clone(), Credentials::bearer(token).unwrap());
        add(log, &client);
        add(log, client.unary_reader(Message::default()).await);
        add(log, client.bidi_stream_any_of(tokio_stream::once(Message::default())).await);
    }
    let raw = server.channel().await;
    // A method that ignores credentials refuses none.
    for method in Method::ALL.iter().filter(|method| method.rule().access() != Access::Anonymous) {
        for token in &tokens[2..] {
            let credential = format!("Bearer {token}");
            add(log, refusal(&raw, method.path(), &[("authorization", &credential)]).await);
            let twice = [("authorization", credential.as_str()), ("authorization", credential.as_str())];
            add(log, refusal(&raw, method.path(), &twice).await);
            add(log, refusal(&raw, method.path(), &[("authorization", &credential[..credential.len() - 9])]).await);
        }
    }
}

/// Prints everything that holds a secret, and gives the secrets.
async fn debug_output(server: &Secured, log: &Log) -> Vec<String> {
    let certificate = server.ca.issue();
    let verifier = jwt(&server.issuer);
    let principal = principal(["reader", ROLE]);
    add(log, (&server.issuer, KeySet::from_jwks(&server.issuer.jwks()), &verifier));
    add(log, (server_tls(&certificate), client_tls(&server.ca)));
    let certificates = Mtls::new("https://ca.example.com").roles("cart.internal", [ROLE]).unwrap();
    add(log, (Grants::only([ROLE]).scopes([ROLE]), &certificates, certificates.clone().beside(jwt(&server.issuer))));
    let endpoint = format!("https://id.example.com/token?api_key={ROLE}");
    add(log, ClientCredentialsGrant::new(&endpoint, "cart", ClientSecret::new(ROLE), client_tls(&server.ca)));
    let endpoint = format!("https://id.example.com/introspect?api_key={ROLE}");
    let endpoint =
        IntrospectionEndpoint::with_client_secret(&endpoint, "cart", ClientSecret::new(ROLE), client_tls(&server.ca));
    add(log, &endpoint);
    let (issuer, audience) = (Issuer::new("https://id.example.com").unwrap(), Audience::new("kinds").unwrap());
    add(log, Introspection::granting(issuer, audience, endpoint.unwrap(), Grants::only([ROLE])));
    add(log, ClientCertificate::from_pem(&certificate.chain, &certificate.key).unwrap());
    add(log, (&principal, principal.clone().admit::<rpc::UnaryReader>()));
    let gate = Gate::new(move |head: &secure_runtime::CallHead<'_>| verifier.authenticate(head));
    add(log, (&gate, KindsServer::new(Recorder::default(), gate.clone().audit(|_: &AuditEvent<'_>| {}))));
    vec![certificate.key]
}
