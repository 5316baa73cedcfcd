//! A client and a server that know only the name of a provider. The discovery document leads to its keys, and its token
//! endpoint gives a token. A call with the token is decided by its roles.

use secure_runtime::authn::jwt::{Audience, Issuer, Jwt, KeySet};
use secure_runtime::client::{ClientCredentialsGrant, ClientSecret};
use secure_runtime::{Credentials, Gate, SecureChannel, Server};
use secure_tests::kinds_service::Recorder;
use secure_tests::pki::Ca;
use secure_tests::provider::{CLIENT, Provider};
use secure_tests::services::kinds::v1::Message;
use secure_tests::services::kinds::v1::kinds_client::KindsClient;
use secure_tests::services::kinds::v1::kinds_server::KindsServer;
use secure_tests::tls::{client_tls, server_tls};
use tokio::net::TcpListener;
use tonic::Code;

#[tokio::test]
async fn client_found_by_discovery_is_admitted_by_its_roles() {
    let (provider, recorder, ca) = (Provider::start(&["writer"]).await, Recorder::default(), Ca::new("tests"));
    let issuer = Issuer::new(provider.url()).unwrap();
    let keys = KeySet::from_discovery(&issuer, provider.tls()).unwrap();
    let gate = Gate::new(Jwt::new(issuer, Audience::new("kinds").unwrap(), keys));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    tokio::spawn(Server::new(server_tls(&ca.issue())).add(KindsServer::new(recorder.clone(), gate)).serve(listener));

    let channel = SecureChannel::connect(&address, client_tls(&ca)).await.unwrap();
    let client = |secret| {
        let endpoint = format!("{}/token", provider.url());
        let grant =
            ClientCredentialsGrant::new(&endpoint, CLIENT.0, ClientSecret::new(secret), provider.tls()).unwrap();
        KindsClient::new(channel.clone(), Credentials::client_credentials(grant.audience("kinds")))
    };
    let worker = client(CLIENT.1);
    worker.unary_any_of(Message::default()).await.unwrap();
    let caller = recorder.take().remove(0).caller;
    assert_eq!(caller, Some(format!("{}#{}", provider.url(), CLIENT.0)));
    let code = |outcome: Result<_, tonic::Status>| outcome.map(drop).unwrap_err().code();
    assert_eq!(code(worker.unary_reader(Message::default()).await), Code::PermissionDenied);
    assert_eq!(code(client("").unary_any_of(Message::default()).await), Code::Unavailable);
}
