//! Tests with an identity provider that shares no code with this project. Its discovery document leads to its keys, and
//! its token endpoint gives tokens to clients. Calls with these tokens are decided by roles and scopes, also while keys
//! change. Some tokens are opaque, and the server asks the provider about them.

mod provider;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use secure_runtime::audit::AuditEvent;
use secure_runtime::authn::introspection::{Introspection, IntrospectionEndpoint};
use secure_runtime::authn::jwt::{Audience, Issuer, Jwt, KeySet, SubjectClaim};
use secure_runtime::client::{ClientCredentialsGrant, ClientSecret};
use secure_runtime::{Authenticator as _, Credentials, Gate, SecureChannel, Server};
use secure_tests::bank_service::Ledger;
use secure_tests::pki::Ca;
use secure_tests::proofs_service::Mirror;
use secure_tests::services::bank::v1::Transfer;
use secure_tests::services::bank::v1::bank_client::BankClient;
use secure_tests::services::bank::v1::bank_server::BankServer;
use secure_tests::services::proofs::v1::Message;
use secure_tests::services::proofs::v1::proofs_client::ProofsClient;
use secure_tests::services::proofs::v1::proofs_server::ProofsServer;
use secure_tests::tls::{client_tls, server_tls};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tonic::{Code, Response, Status};

use self::provider::Provider;

/// A bank, a channel to it, and the provider of both.
struct Stage {
    provider: Provider,
    channel: SecureChannel,
    delegated: Delegated,
}

/// Who called and who acted for them, of each call with an actor.
type Delegated = Arc<Mutex<Vec<[String; 2]>>>;

/// Keeps what the audit log says of calls with an actor.
fn record(delegated: &Delegated) -> impl Fn(&AuditEvent<'_>) + Send + Sync + use<> {
    let delegated = Arc::clone(delegated);
    move |event: &AuditEvent<'_>| {
        if let (Some(principal), Some(actor)) = (event.principal, event.actor) {
            delegated.lock().unwrap().push([principal.to_string(), actor.to_string()]);
        }
    }
}

impl Stage {
    /// If a provider is installed.
    async fn set() -> Option<Self> {
        let client = |id: &str, role| json!({ "id": id, "secret": secret(id), "roles": [role] });
        let provider = Provider::start(&json!([client("boss", "manager"), client("clerk", "teller")]))?;
        let issuer = Issuer::new(provider.url()).unwrap();
        let keys = KeySet::from_discovery(&issuer, provider.tls()).unwrap();
        let gate = Gate::new(opaque(&provider).either(Jwt::new(issuer, Audience::new(BANK).unwrap(), keys)));
        let delegated = Delegated::default();
        let gate = gate.audit(record(&delegated));
        let (ca, listener) = (Ca::new("tests"), TcpListener::bind("127.0.0.1:0").await.unwrap());
        let address = format!("https://localhost:{}", listener.local_addr().unwrap().port());
        let bank = BankServer::new(Ledger::default(), gate.clone());
        let server = Server::new(server_tls(&ca.issue())).add(bank).add(ProofsServer::new(Mirror::default(), gate));
        tokio::spawn(server.serve(listener));
        let channel = SecureChannel::connect(&address, client_tls(&ca)).await.unwrap();
        let stage = Self { provider, channel, delegated };
        timeout(Duration::from_secs(20), stage.first_keys()).await.unwrap();
        Some(stage)
    }

    /// Until they are here, nobody is told more than that.
    async fn first_keys(&self) {
        let clerk = self.clerk();
        while token(&clerk).await == Code::Unavailable {
            sleep(Duration::from_millis(10)).await;
        }
    }

    fn grant(&self, id: &str, secret: &str) -> ClientCredentialsGrant {
        let endpoint = format!("{}/token", self.provider.url());
        ClientCredentialsGrant::new(&endpoint, id, ClientSecret::new(secret), self.provider.tls()).unwrap()
    }

    fn client(&self, grant: ClientCredentialsGrant) -> BankClient {
        BankClient::new(self.channel.clone(), Credentials::client_credentials(grant))
    }

    /// A client that has no token yet, and keeps the first one it gets.
    fn clerk(&self) -> BankClient {
        self.client(self.grant("clerk", &secret("clerk")).resource(BANK))
    }
}

/// Tokens for the vault, which the provider introspects. Those of a client have no `sub`.
fn opaque(provider: &Provider) -> Introspection {
    let url = format!("{}/token/introspection", provider.url());
    let secret = ClientSecret::new(secret("clerk"));
    let endpoint = IntrospectionEndpoint::with_client_secret(&url, "clerk", secret, provider.tls()).unwrap();
    let issuer = Issuer::new(provider.url()).unwrap().subject_from([SubjectClaim::new(["client_id"])]);
    Introspection::new(issuer, Audience::new(VAULT).unwrap(), endpoint)
}

/// Characters that HTTP Basic and forms write in two ways.
fn secret(id: &str) -> String {
    format!("correct horse:battery&staple+{id}%")
}

/// What comes of a call for any authenticated caller.
async fn token(client: &BankClient) -> Code {
    code(client.token(Transfer::default()).await)
}

/// What comes of a call that wants one of two roles, and two scopes.
async fn wire(client: &BankClient) -> Code {
    code(client.wire(Transfer::default()).await)
}

fn code(outcome: Result<Response<Transfer>, Status>) -> Code {
    outcome.map_or_else(|status| status.code(), |_| Code::Ok)
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_are_admitted_by_their_roles_and_scopes() {
    let Some(stage) = Stage::set().await else { return };
    let both = ["bank:read", "bank:write"];
    for (id, scopes, wired) in [
        ("boss", &both[..], Code::Ok),
        ("boss", &both[..1], Code::PermissionDenied),
        ("boss", &[], Code::PermissionDenied),
        ("clerk", &both, Code::PermissionDenied),
    ] {
        let client = stage.client(stage.grant(id, &secret(id)).scopes(scopes.iter().copied()).resource(BANK));
        assert_eq!((token(&client).await, wire(&client).await), (Code::Ok, wired), "{id} {scopes:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn opaque_token_is_admitted_by_the_roles_and_scopes_of_its_answer() {
    let Some(stage) = Stage::set().await else { return };
    let both = ["bank:read", "bank:write"];
    for (id, scopes, wired) in [
        ("boss", &both[..], Code::Ok),
        ("boss", &both[..1], Code::PermissionDenied),
        ("clerk", &both, Code::PermissionDenied),
    ] {
        let client = stage.client(stage.grant(id, &secret(id)).scopes(scopes.iter().copied()).resource(VAULT));
        assert_eq!(wire(&client).await, wired, "{id} {scopes:?}");
        assert_eq!(token(&client).await, Code::Unauthenticated, "it is no JWT");
    }
    let unknown = BankClient::new(stage.channel.clone(), Credentials::bearer("a-token-of-nobody").unwrap());
    assert_eq!(token(&unknown).await, Code::Unauthenticated);
}

#[tokio::test(flavor = "multi_thread")]
async fn exchanged_token_is_refused_without_delegation_and_its_actor_is_recorded() {
    let Some(mut stage) = Stage::set().await else { return };
    for resource in [BANK, VAULT] {
        let exchanged = stage.provider.exchanged("boss", "clerk", resource);
        assert_eq!(exchanged.contains('.'), resource == BANK, "a JWT for the bank, an opaque token for the vault");
        let client = BankClient::new(stage.channel.clone(), Credentials::bearer(&exchanged).unwrap());
        assert_eq!(wire(&client).await, Code::PermissionDenied, "{resource}");
    }
    let name = |id| format!("{}#{id}", stage.provider.url());
    assert_eq!(*stage.delegated.lock().unwrap(), vec![[name("boss"), name("clerk")]; 2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn exchanged_token_is_admitted_by_a_rule_that_allows_its_actor() {
    let Some(mut stage) = Stage::set().await else { return };
    let name = |stage: &Stage, id| format!("{}#{id}", stage.provider.url());
    for resource in [BANK, VAULT] {
        let exchanged = stage.provider.exchanged("boss", "clerk", resource);
        let client = ProofsClient::new(stage.channel.clone(), Credentials::bearer(&exchanged).unwrap());
        let seen = client.unary_delegated_by_anyone(Message::default()).await.unwrap().into_inner();
        assert_eq!((seen.caller, seen.actors), (name(&stage, "boss"), vec![name(&stage, "clerk")]), "{resource}");
        let other_actors = client.unary_delegated(Message::default()).await.unwrap_err();
        assert_eq!(other_actors.code(), Code::PermissionDenied, "{resource}: the rule names other actors");
    }
    let boss = stage.client(stage.grant("boss", &secret("boss")).resource(BANK));
    assert_eq!(token(&boss).await, Code::Ok, "the boss calls without an actor, too");
    assert_eq!(*stage.delegated.lock().unwrap(), vec![[name(&stage, "boss"), name(&stage, "clerk")]; 4]);
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_for_others_and_wrong_secrets_are_refused() {
    let Some(stage) = Stage::set().await else { return };
    let boss = || stage.grant("boss", &secret("boss"));
    for (name, grant, outcome) in [
        ("for another service", boss().resource("https://shop.example.com"), Code::Unauthenticated),
        ("for no service, which is opaque and active", boss(), Code::Unauthenticated),
        ("another secret", stage.grant("boss", &secret("clerk")).resource(BANK), Code::Unavailable),
        ("an unknown client", stage.grant("owner", &secret("owner")).resource(BANK), Code::Unavailable),
    ] {
        assert_eq!(token(&stage.client(grant)).await, outcome, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn first_token_under_a_new_key_is_accepted_after_one_fetch_with_older_ones() {
    a_key_is_replaced(&["second", "first"], Code::Ok).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_of_a_withdrawn_key_are_refused_after_the_next_fetch() {
    a_key_is_replaced(&["second"], Code::Unauthenticated).await;
}

/// What becomes of a token from before, in real time.
async fn a_key_is_replaced(kids: &[&str], before: Code) {
    let Some(mut stage) = Stage::set().await else { return };
    let old = stage.clerk();
    assert_eq!(token(&old).await, Code::Ok);
    // The first fetch began earlier.
    let rested = Instant::now() + Duration::from_secs(30);

    assert_eq!(stage.provider.publishes(kids), 1);
    let new = stage.clerk();
    assert_eq!(token(&new).await, Code::Unauthenticated, "the last fetch is too recent for another");
    assert_eq!(token(&old).await, Code::Ok, "what was fetched is fresh");
    sleep_until(rested).await;
    assert_eq!(token(&new).await, Code::Ok);
    assert_eq!(token(&old).await, before);
    assert_eq!(token(&stage.clerk()).await, Code::Ok);
    assert_eq!(stage.provider.publishes(kids), 2);
}

/// The identifier of the service for whose opaque tokens the provider is asked.
const VAULT: &str = "https://vault.example.com";
/// Its identifier, as a resource (RFC 8707) and as an audience.
const BANK: &str = "https://bank.example.com";
