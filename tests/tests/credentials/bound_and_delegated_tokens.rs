//! Bound tokens and delegated tokens, by all four kinds of methods over mutual TLS.

use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use rcgen::SanType;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use secure_runtime::audit::AuditEvent;
use secure_runtime::authn::Mtls;
use secure_runtime::testing::{TestCaller, TestIssuer};
use secure_runtime::tls::ClientCertificate;
use secure_runtime::{Credentials, Denial, Gate, Principal, SecureChannel, Server};
use secure_tests::pki::{Ca, Issued};
use secure_tests::proofs_service::Mirror;
use secure_tests::secured::{good_claims, jwt};
use secure_tests::services::proofs::v1::proofs_client::ProofsClient;
use secure_tests::services::proofs::v1::proofs_policy::rpc;
use secure_tests::services::proofs::v1::proofs_server::ProofsServer;
use secure_tests::services::proofs::v1::{Message, policy_roles};
use secure_tests::tls::{allowing_tls, client_tls};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;
use tonic::{Code, Status};

struct Site {
    ca: Ca,
    issuer: TestIssuer,
    uri: String,
    reasons: Arc<Mutex<Vec<Option<&'static str>>>>,
    actors: Arc<Mutex<Vec<Option<String>>>>,
}

impl Site {
    async fn start() -> Self {
        let (ca, issuer) = (Ca::new("ca"), TestIssuer::new("https://id.example.com"));
        let reasons = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&reasons);
        let gate = Gate::new(Mtls::new("https://ca.example.com").beside(jwt(&issuer)));
        let actors = Arc::new(Mutex::new(Vec::new()));
        let acted = Arc::clone(&actors);
        let gate = gate.audit(move |event: &AuditEvent<'_>| {
            log.lock().unwrap().push(event.reason);
            acted.lock().unwrap().push(event.actor.map(ToString::to_string));
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let uri = format!("https://localhost:{}", listener.local_addr().unwrap().port());
        let server = Server::new(allowing_tls(&ca.issue(), &ca)).add(ProofsServer::new(Mirror::default(), gate));
        tokio::spawn(server.serve(listener));
        Self { ca, issuer, uri, reasons, actors }
    }

    async fn client(&self, certificate: Option<&Issued>, claims: Option<Value>) -> ProofsClient {
        let tls = client_tls(&self.ca);
        let tls = match certificate {
            Some(Issued { chain, key }) => {
                tls.client_certificate(ClientCertificate::from_pem(chain.clone(), key.clone()).unwrap())
            }
            None => tls,
        };
        let token = claims.map(|claims| self.issuer.token(good_claims(claims)));
        let credentials = token.map_or_else(Credentials::none, |token| Credentials::bearer(&token).unwrap());
        ProofsClient::new(SecureChannel::connect(&self.uri, tls).await.unwrap(), credentials)
    }

    /// The reasons of the four calls since the last time, which have to be the same.
    fn reason(&self) -> Option<&'static str> {
        let reasons = std::mem::take(&mut *self.reasons.lock().unwrap());
        assert!(reasons.len() == 4 && reasons.iter().all(|reason| *reason == reasons[0]), "{reasons:?}");
        reasons[0]
    }
}

/// Calls the four methods of one proof, and gives the answer that all of them gave.
macro_rules! call {
    ($client:expr, $unary:ident $server:ident $client_stream:ident $bidi:ident) => {{
        let client = $client;
        let answers = [
            client.$unary(Message::default()).await.map(|answer| answer.into_inner()),
            match client.$server(Message::default()).await {
                Ok(answer) => first(answer.into_inner().message().await),
                Err(status) => Err(status),
            },
            client.$client_stream(requests()).await.map(|answer| answer.into_inner()),
            match client.$bidi(requests()).await {
                Ok(answer) => first(answer.into_inner().message().await),
                Err(status) => Err(status),
            },
        ];
        let answers = answers.map(|answer| answer.map_err(|status| status.code()));
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
        let [answer, ..] = answers;
        answer
    }};
}

macro_rules! call_bound {
    ($client:expr) => {
        call!($client, unary_bound server_stream_bound client_stream_bound bidi_stream_bound)
    };
}

macro_rules! call_delegated {
    ($client:expr) => {
        call!($client, unary_delegated server_stream_delegated client_stream_delegated bidi_stream_delegated)
    };
}

fn requests() -> impl tokio_stream::Stream<Item = Message> + Send + 'static {
    tokio_stream::once(Message::default())
}

fn first(answer: Result<Option<Message>, Status>) -> Result<Message, Status> {
    answer.map(Option::unwrap_or_default)
}

fn thumbprint(issued: &Issued) -> Value {
    let leaf = CertificateDer::from_pem_slice(issued.chain.as_bytes()).unwrap();
    json!({ "cnf": { "x5t#S256": BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(&leaf)) } })
}

fn named(ca: &Ca, name: &str) -> Issued {
    ca.issue_as(|params| params.subject_alt_names = vec![SanType::DnsName(name.try_into().unwrap())])
}

#[tokio::test]
async fn method_for_bound_tokens_admits_only_the_client_that_the_token_is_bound_to() {
    let site = Site::start().await;
    let (own, other) = (named(&site.ca, "till.bank.internal"), named(&site.ca, "cart.shop.internal"));
    let nameless = named(&site.ca, "*.bank.internal");
    let refused = Err(Code::Unauthenticated);
    let rejected = Some("the token is bound to another client certificate than that of the connection");
    let somebody = Ok(Message { caller: "https://id.example.com#somebody".to_owned(), actors: Vec::new() });
    for (case, certificate, claims, expected, reason) in [
        ("its own certificate", Some(&own), Some(thumbprint(&own)), &somebody, None),
        ("a certificate without a name", Some(&nameless), Some(thumbprint(&nameless)), &somebody, None),
        ("another certificate", Some(&other), Some(thumbprint(&own)), &refused, rejected),
        ("no certificate", None, Some(thumbprint(&own)), &refused, rejected),
        ("any certificate beside a token", Some(&own), Some(json!({})), &refused, Some("token_not_bound")),
        ("a token alone", None, Some(json!({})), &refused, Some("token_not_bound")),
        ("a certificate alone", Some(&own), None, &refused, Some("wrong_credential")),
        ("nothing", None, None, &refused, Some("no_credential")),
    ] {
        let answer = call_bound!(site.client(certificate, claims).await);
        assert_eq!((&answer, site.reason()), (expected, reason), "{case}");
    }
}

#[test]
fn handler_for_bound_tokens_is_tested_without_a_server() {
    let somebody = || Principal::new("https://id.example.com", "somebody");
    assert!(TestCaller::bound_token(somebody()).admit::<rpc::UnaryBound>().is_ok());
    let unbound = TestCaller::token(somebody()).certificate("till.bank.internal".parse().unwrap());
    assert_eq!(unbound.admit::<rpc::UnaryBound>().unwrap_err(), Denial::CredentialMissing);
}

#[tokio::test]
async fn method_admits_delegated_tokens_of_its_actors_only() {
    let site = Site::start().await;
    let acted = |act: Value| json!({ "roles": ["clerk"], "act": act });
    let (denied, rejected) = (Err(Code::PermissionDenied), Err(Code::Unauthenticated));
    let admitted = |actors: &[&str]| {
        let actors = actors.iter().map(|actor| (*actor).to_owned()).collect();
        Ok(Message { caller: "https://id.example.com#somebody".to_owned(), actors })
    };
    let not_allowed = Some("actor_not_allowed");
    let (cart, till) = ("https://id.example.com#cart", "https://id.example.org#till");
    let workload = "https://id.example.com#spiffe://example.org/ns/shop/sa/cart";
    for (case, claims, expected, reason, actor) in [
        ("in person", json!({ "roles": ["clerk"] }), admitted(&[]), None, None),
        ("its actor", acted(json!({ "sub": "cart" })), admitted(&[cart]), None, Some(cart)),
        (
            "its actor after another",
            acted(json!({ "sub": "cart", "act": { "sub": "till", "iss": "https://id.example.org" } })),
            admitted(&[cart, till]),
            None,
            Some(cart),
        ),
        (
            "a workload below the path",
            acted(json!({ "sub": "spiffe://example.org/ns/shop/sa/cart" })),
            admitted(&[workload]),
            None,
            Some(workload),
        ),
        (
            "its actor before another",
            acted(json!({ "sub": "till", "iss": "https://id.example.org", "act": { "sub": "cart" } })),
            denied.clone(),
            not_allowed,
            Some(till),
        ),
        (
            "a role of nobody but the actor",
            json!({ "act": { "sub": "cart", "roles": ["clerk"] } }),
            denied.clone(),
            Some("credential_has_no_roles"),
            Some(cart),
        ),
        (
            "no actor that can be read",
            acted(json!("cart")),
            rejected,
            Some(
                "`act` is not an object with a `sub`, or an identity in it is empty or has a blank or invisible character",
            ),
            None,
        ),
    ] {
        let answer = call_delegated!(site.client(None, Some(claims)).await);
        assert_eq!((&answer, site.reason()), (&expected, reason), "{case}");
        let actors = std::mem::take(&mut *site.actors.lock().unwrap());
        assert!(actors.iter().all(|it| it.as_deref() == actor), "{case}: {actors:?}");
    }
}

#[tokio::test]
async fn rule_without_delegation_refuses_delegated_tokens() {
    let site = Site::start().await;
    let own = named(&site.ca, "till.bank.internal");
    let mut claims = thumbprint(&own);
    claims["act"] = json!({ "sub": "cart" });
    let answer = call_bound!(site.client(Some(&own), Some(claims.clone())).await);
    assert_eq!((answer, site.reason()), (Err(Code::PermissionDenied), Some("delegated_token")));
}

#[test]
fn public_method_refuses_delegated_tokens_too() {
    let somebody = || TestCaller::token(Principal::new("https://id.example.com", "somebody"));
    assert!(somebody().admit::<rpc::Ping>().unwrap().is_some());
    assert!(TestCaller::nobody().admit::<rpc::Ping>().unwrap().is_none());
    let acted = somebody().actor("https://id.example.com", "cart");
    assert_eq!(acted.admit::<rpc::Ping>().unwrap_err(), Denial::PermissionDenied);
}

#[test]
fn delegated_caller_obtains_other_methods_only_by_their_rules() {
    let clerk = Principal::new("https://id.example.com", "somebody").roles(["clerk"]);
    let caller = TestCaller::token(clerk).actor("https://id.example.com", "cart");
    let caller = caller.admit::<rpc::UnaryDelegated>().unwrap();
    assert_eq!(caller.actor().unwrap().subject(), "cart");
    assert!(caller.prior_actors().is_empty());
    assert!(caller.admit::<rpc::BidiStreamDelegated>().is_ok());
    assert_eq!(caller.admit::<rpc::Ping>().unwrap_err(), Denial::PermissionDenied);
    assert!(caller.holding::<policy_roles::Clerk>().is_ok());
}
