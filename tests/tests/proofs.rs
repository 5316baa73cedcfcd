//! Rules about how a token proves its caller, by all four kinds of RPC over mutual TLS.

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
use secure_tests::services::proofs::v1::Message;
use secure_tests::services::proofs::v1::proofs_client::ProofsClient;
use secure_tests::services::proofs::v1::proofs_policy::rpc;
use secure_tests::services::proofs::v1::proofs_server::ProofsServer;
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
}

impl Site {
    async fn start() -> Self {
        let (ca, issuer) = (Ca::new("ca"), TestIssuer::new("https://id.example.com"));
        let reasons = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&reasons);
        let gate = Gate::new(Mtls::new("https://ca.example.com").beside(jwt(&issuer)));
        let gate = gate.audit(move |event: &AuditEvent<'_>| log.lock().unwrap().push(event.reason));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let uri = format!("https://localhost:{}", listener.local_addr().unwrap().port());
        let server = Server::new(allowing_tls(&ca.issue(), &ca)).add(ProofsServer::new(Mirror::default(), gate));
        tokio::spawn(server.serve(listener));
        Self { ca, issuer, uri, reasons }
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
            client.$unary(Message::default()).await.map(|answer| answer.into_inner().caller),
            match client.$server(Message::default()).await {
                Ok(answer) => first(answer.into_inner().message().await),
                Err(status) => Err(status),
            },
            client.$client_stream(requests()).await.map(|answer| answer.into_inner().caller),
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

fn requests() -> impl tokio_stream::Stream<Item = Message> + Send + 'static {
    tokio_stream::once(Message::default())
}

fn first(answer: Result<Option<Message>, Status>) -> Result<String, Status> {
    answer.map(|message| message.unwrap_or_default().caller)
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
    let somebody = Ok("https://id.example.com#somebody".to_owned());
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
