//! Callers by certificate and by token, on real connections.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use rcgen::{CertificateParams, DnType, SanType};
use secure_runtime::audit::AuditEvent;
use secure_runtime::authn::{Mtls, MtlsError};
use secure_runtime::call_policy::{PolicyAnswer, RuledCall};
use secure_runtime::client::ConnectError;
use secure_runtime::server::Limits;
use secure_runtime::tls::{ClientCertificate, ClientRootSets, ClientRoots, CommonName, PeerName};
use secure_runtime::{Authentication, Authenticator, CallHead, Credentials, Gate, SecureChannel, Server, ServerTls};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio::time::{sleep, timeout};
use tokio_stream::{Stream, StreamExt};
use tonic::{Code, Status};
use tonic_types::StatusExt;

use secure_tests::kinds_service::Recorder;
use secure_tests::pki::{Ca, Issued};
use secure_tests::probe::{Running, by_name, call_open, call_who};
use secure_tests::services::kinds::v1::Message;
use secure_tests::services::kinds::v1::kinds_client::KindsClient;
use secure_tests::services::kinds::v1::kinds_server::KindsServer;
use secure_tests::services::lab::probe_client::ProbeClient;
use secure_tests::tls::{allowing_tls, client_roots, client_roots_unstated, client_tls, handshake, raw_config_of};

/// A server that takes clients with and without a certificate, and its log of reasons.
struct Site {
    ca: Ca,
    server: Running,
    reasons: Arc<Mutex<Vec<Option<&'static str>>>>,
}

impl Site {
    async fn start(authenticator: impl Authenticator) -> Self {
        let ca = Ca::new("ca");
        let roots = client_roots(&ca);
        Self::start_trusting(ca, roots, authenticator).await
    }

    /// Roots that are accepted for DNS names, and for common names where those are asked for.
    async fn start_unstated(authenticator: impl Authenticator) -> Self {
        let ca = Ca::new("ca");
        let roots = client_roots_unstated(&ca);
        Self::start_trusting(ca, roots, authenticator).await
    }

    async fn start_trusting(ca: Ca, roots: impl Into<ClientRootSets>, authenticator: impl Authenticator) -> Self {
        let reasons = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&reasons);
        let gate = Gate::new(authenticator).audit(move |event: &AuditEvent<'_>| log.lock().unwrap().push(event.reason));
        let own = ca.issue();
        let tls = ServerTls::from_pem(&own.chain, &own.key).unwrap().allow_client_certificates(roots);
        let server = Running::start_gated(tls, gate, |server| server.limits(Limits::default())).await;
        Self { ca, server, reasons }
    }

    async fn connect(&self, certificate: Option<Issued>) -> Result<SecureChannel, ConnectError> {
        let tls = match certificate {
            Some(Issued { chain, key }) => {
                client_tls(&self.ca).client_certificate(ClientCertificate::from_pem(chain, key).unwrap())
            }
            None => client_tls(&self.ca),
        };
        SecureChannel::connect(&self.server.uri(), tls).await
    }

    async fn channel(&self, names: &[SanType]) -> SecureChannel {
        self.connect(Some(self.ca.issue_as(|params| params.subject_alt_names = names.to_vec()))).await.unwrap()
    }

    fn last_reason(&self) -> Option<&'static str> {
        self.reasons.lock().unwrap().last().copied().flatten()
    }
}

fn mtls() -> Mtls {
    Mtls::new("https://ca.example.com")
}

fn spiffe(id: &str) -> SanType {
    SanType::URI(id.try_into().unwrap())
}

fn dns(name: &str) -> SanType {
    SanType::DnsName(name.try_into().unwrap())
}

fn cart() -> SanType {
    spiffe("spiffe://example.org/ns/shop/sa/cart")
}

fn till(params: &mut CertificateParams) {
    params.subject_alt_names.clear();
    params.distinguished_name.push(DnType::CommonName, "Till 7");
}

async fn who(channel: &SecureChannel, token: Option<&str>) -> Result<String, Status> {
    let credentials = token.map_or_else(Credentials::none, |token| Credentials::bearer(token).unwrap());
    call_who(channel, credentials).await
}

#[track_caller]
fn refused(answer: Result<String, Status>, reason: &str) {
    let status = answer.unwrap_err();
    assert_eq!(status.code(), Code::Unauthenticated);
    assert_eq!(status.get_details_error_info().unwrap().reason, reason);
}

#[tokio::test]
async fn certificate_without_a_token_makes_a_caller() {
    let site = Site::start(mtls()).await;
    let channel = site.channel(&[cart(), dns("a.example"), dns("b.example")]).await;
    assert_eq!(who(&channel, None).await.unwrap(), "spiffe://example.org/ns/shop/sa/cart, 1 certificates");
    assert_eq!(call_open(&channel, "").await.unwrap(), "spiffe://example.org/ns/shop/sa/cart, addresses known");
    let channel = site.channel(&[dns("a.example")]).await;
    assert_eq!(who(&channel, None).await.unwrap(), "a.example, 1 certificates");
    let channel = site.connect(None).await.unwrap();
    refused(who(&channel, None).await, "CREDENTIAL_MISSING");
    assert_eq!(call_open(&channel, "").await.unwrap(), "nobody, addresses known");
}

#[tokio::test]
async fn nameless_certificate_counts_as_none() {
    let rows: &[&[SanType]] = &[
        &[spiffe("https://example.org/cart"), dns("a.example")],
        &[cart(), cart()],
        &[dns("a.example"), dns("b.example")],
        &[dns("a.example"), dns("*.example")],
        &[dns("*.example")],
    ];
    let alone = Site::start(mtls()).await;
    let beside = Site::start(mtls().beside(by_name)).await;
    for names in rows {
        let channel = alone.channel(names).await;
        refused(who(&channel, None).await, "CREDENTIAL_MISSING");
        assert_eq!(call_open(&channel, "").await.unwrap(), "nobody, addresses known", "{names:?}");
        let channel = beside.channel(names).await;
        refused(who(&channel, None).await, "CREDENTIAL_MISSING");
        assert_eq!(who(&channel, Some("clerk")).await.unwrap(), "clerk, 1 certificates", "{names:?}");
    }
}

#[tokio::test]
async fn certificate_of_another_trust_domain_is_refused_and_does_not_affect_tokens() {
    let mtls = mtls().trust_domains(["example.org"]).unwrap();
    let foreign = [spiffe("spiffe://example.com/cart")];
    let site = Site::start(mtls.clone()).await;
    let channel = site.channel(&foreign).await;
    refused(who(&channel, None).await, "CREDENTIAL_REJECTED");
    assert_eq!(site.last_reason(), Some("the SPIFFE ID is of another trust domain (`Mtls::trust_domains`)"));
    refused(call_open(&channel, "").await, "CREDENTIAL_REJECTED");
    let site = Site::start(mtls.beside(by_name)).await;
    assert_eq!(who(&site.channel(&foreign).await, Some("clerk")).await.unwrap(), "clerk, 1 certificates");
}

#[tokio::test]
async fn one_of_several_dns_names_makes_a_caller_only_if_it_is_chosen() {
    let several = [dns("a.example"), dns("cart.internal"), dns("*.internal")];
    let site = Site::start(mtls()).await;
    refused(who(&site.channel(&several).await, None).await, "CREDENTIAL_MISSING");
    let internal = |names: &[PeerName]| names.iter().position(|name| name.as_str().ends_with(".internal"));
    let site = Site::start(mtls().choose_dns_name(move |names| names.get(internal(names)?))).await;
    assert_eq!(who(&site.channel(&several).await, None).await.unwrap(), "cart.internal, 1 certificates");
    assert_eq!(who(&site.channel(&[dns("a.example")]).await, None).await.unwrap(), "a.example, 1 certificates");
    refused(who(&site.channel(&[dns("a.example"), dns("b.example")]).await, None).await, "CREDENTIAL_MISSING");
}

#[tokio::test]
async fn roots_are_accepted_only_for_names_in_their_scope() {
    let [mesh, partners] = ["mesh", "partners"].map(Ca::new);
    let of_mesh = client_roots_unstated(&mesh).for_trust_domain("example.org").unwrap();
    let of_partners = client_roots_unstated(&partners).for_dns_suffix("partners.example").unwrap();
    let site = Site::start_trusting(Ca::new("ca"), of_mesh.and(of_partners), mtls()).await;
    let rows: &[(&Ca, &[SanType], Option<&str>)] = &[
        (&mesh, &[cart()], Some("spiffe://example.org/ns/shop/sa/cart, 1 certificates")),
        (&mesh, &[spiffe("spiffe://example.com/cart")], None),
        (&mesh, &[dns("a.partners.example")], None),
        (&partners, &[dns("a.partners.example")], Some("a.partners.example, 1 certificates")),
        (&partners, &[dns("a.partners.example"), dns("a.example")], None),
        (&partners, &[dns("evilpartners.example")], None),
        (&partners, &[cart()], None),
        (&partners, &[], None),
        (&site.ca, &[dns("a.partners.example")], None),
    ];
    for (ca, names, expected) in rows {
        let issued = ca.issue_as(|params| params.subject_alt_names = names.to_vec());
        match (site.connect(Some(issued)).await, expected) {
            (Ok(channel), Some(expected)) => assert_eq!(who(&channel, None).await.unwrap(), *expected),
            (Err(ConnectError::ClientCertificate { .. }), None) => {}
            (connected, _) => panic!("{names:?}: {connected:?}"),
        }
    }
}

#[tokio::test]
async fn roots_without_a_scope_are_refused_for_spiffe_ids() {
    let site = Site::start_unstated(mtls()).await;
    let issued = site.ca.issue_as(|params| params.subject_alt_names = vec![cart()]);
    let refused = site.connect(Some(issued)).await.unwrap_err();
    assert!(matches!(refused, ConnectError::ClientCertificate { .. }), "{refused:?}");
    assert_eq!(who(&site.channel(&[dns("a.example")]).await, None).await.unwrap(), "a.example, 1 certificates");
}

#[tokio::test]
async fn token_names_the_caller_on_a_connection_with_or_without_a_certificate() {
    let site = Site::start(mtls().beside(by_name)).await;
    let (with, without) = (site.channel(&[cart()]).await, site.connect(None).await.unwrap());
    assert_eq!(who(&with, None).await.unwrap(), "spiffe://example.org/ns/shop/sa/cart, 1 certificates");
    assert_eq!(who(&with, Some("clerk")).await.unwrap(), "clerk, 1 certificates");
    assert_eq!(who(&without, Some("clerk")).await.unwrap(), "clerk, 0 certificates");
    refused(who(&without, None).await, "CREDENTIAL_MISSING");
    let nobodys = site.channel(&[dns("*.example")]).await;
    assert_eq!(who(&nobodys, Some("clerk")).await.unwrap(), "clerk, 1 certificates");
}

#[tokio::test]
async fn a_bad_token_never_falls_back_to_the_certificate() {
    let bad = |_: &CallHead<'_>| Authentication::from(secure_runtime::Rejection::rejected("no"));
    let site = Site::start(mtls().beside(bad)).await;
    refused(who(&site.channel(&[cart()]).await, Some("clerk")).await, "CREDENTIAL_REJECTED");
    // Tokens that look away say that nobody calls.
    let site = Site::start(mtls().beside(|_: &CallHead<'_>| Authentication::anonymous())).await;
    refused(who(&site.channel(&[cart()]).await, Some("clerk")).await, "CREDENTIAL_MISSING");
}

#[tokio::test]
async fn common_name_counts_only_if_it_is_enabled() {
    let site = Site::start_unstated(mtls()).await;
    let channel = site.connect(Some(site.ca.issue_as(till))).await.unwrap();
    refused(who(&channel, None).await, "CREDENTIAL_MISSING");
    let site = Site::start_unstated(mtls().common_names("https://legacy.example.com").unwrap()).await;
    let channel = site.connect(Some(site.ca.issue_as(till))).await.unwrap();
    assert_eq!(who(&channel, None).await.unwrap(), "Till 7, 1 certificates");
    let named = site.ca.issue_as(|params| {
        till(params);
        params.subject_alt_names = vec![dns("*")];
    });
    refused(who(&site.connect(Some(named)).await.unwrap(), None).await, "CREDENTIAL_MISSING");
    // Nothing limits a common name, so limited roots are accepted for none.
    let site = Site::start(mtls().common_names("https://legacy.example.com").unwrap()).await;
    site.connect(Some(site.ca.issue_as(till))).await.unwrap_err();
}

#[tokio::test]
async fn untrusted_or_expired_certificate_gets_no_connection() {
    let site = Site::start(mtls()).await;
    let foreign = site.connect(Some(Ca::new("stranger").issue())).await.unwrap_err();
    assert!(matches!(foreign, ConnectError::ClientCertificate { .. }), "{foreign:?}");
    // Our own client does not even try.
    let expired = raw_config_of(&site.ca, &site.ca.issue_expired());
    let mut stream = handshake(site.server.address, expired).await.unwrap();
    let refused = loop {
        if let Err(error) = stream.read(&mut [0; 64]).await {
            break error;
        }
    };
    assert!(refused.to_string().contains("CertificateExpired"), "{refused}");
    let good = raw_config_of(&site.ca, &site.ca.issue());
    handshake(site.server.address, good).await.unwrap().read_exact(&mut [0; 9]).await.unwrap();
}

/// Whoever proves the caller: the certificate, or a token that lives on.
#[tokio::test]
async fn expiry_of_a_certificate_ends_its_calls_and_refuses_new_ones() {
    for token in [None, Some("clerk")] {
        let site = Site::start(mtls().beside(by_name)).await;
        let issued = site.ca.issue_as(|params| {
            params.subject_alt_names = vec![cart()];
            params.not_after = (SystemTime::now() + Duration::from_secs(3)).into();
        });
        let channel = site.connect(Some(issued)).await.unwrap();
        let credentials = token.map_or_else(Credentials::none, |token| Credentials::bearer(token).unwrap());
        let client = ProbeClient::new(channel.clone(), credentials);
        let mut responses = client.follow(String::new()).await.unwrap().into_inner();
        assert_eq!(responses.message().await.unwrap().unwrap(), "first");
        let end = timeout(Duration::from_secs(10), responses.message()).await.expect("it ends").unwrap_err();
        assert_eq!(end.get_details_error_info().unwrap().reason, "CREDENTIAL_EXPIRED_DURING_CALL");
        sleep(Duration::from_millis(50)).await;
        refused(who(&channel, token).await, "CREDENTIAL_EXPIRED");
        assert_eq!(site.last_reason(), Some("the client certificate has expired"));
        // The connection is closed. A handshake looks at whole seconds, so another one fails a second later.
        sleep(Duration::from_millis(1_100)).await;
        assert_eq!(call_open(&channel, "").await.unwrap_err().code(), Code::Unavailable);
    }
}

#[test]
fn invalid_map_of_roles_is_refused_at_the_start() {
    for name in ["spiffe://example.org", "spiffe://Example.org/cart", "*.example.org", "Cart", "", "https://a/b"] {
        assert!(matches!(mtls().roles(name, ["clerk"]), Err(MtlsError::Name(_))), "{name}");
    }
    let till: CommonName = "Till 7".parse().unwrap();
    assert!(mtls().roles(till, ["clerk"]).is_ok());
    assert!(matches!(mtls().trust_domains(["example.org/"]), Err(MtlsError::Name(_))));
    assert!(matches!(mtls().common_names("https://ca.example.com"), Err(MtlsError::SameIssuer)));
}

async fn serve_kinds(recorder: &Recorder, ca: &Ca, authenticator: impl Authenticator) -> String {
    serve_behind(Gate::new(authenticator), recorder, ca).await
}

async fn serve_behind(gate: Gate, recorder: &Recorder, ca: &Ca) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let uri = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    let kinds = KindsServer::new(recorder.clone(), gate);
    tokio::spawn(Server::new(allowing_tls(&ca.issue(), ca)).add(kinds).serve(listener));
    uri
}

#[tokio::test]
async fn certificate_is_not_used_where_credentials_are_ignored() {
    let (recorder, ca) = (Recorder::default(), Ca::new("ca"));
    let uri = serve_kinds(&recorder, &ca, mtls()).await;
    let Issued { chain, key } = ca.issue_as(|params| {
        params.subject_alt_names = vec![cart()];
        params.not_after = (SystemTime::now() + Duration::from_secs(3)).into();
    });
    let tls = client_tls(&ca).client_certificate(ClientCertificate::from_pem(chain, key).unwrap());
    let client = KindsClient::new(SecureChannel::connect(&uri, tls).await.unwrap(), Credentials::none());
    let code = |answer: Result<_, Status>| answer.map_or_else(|status| status.code(), |_| Code::Ok);
    let long = || Message { text: "x".repeat(100 * 1024) };
    assert_eq!(code(client.unary_public(long()).await), Code::Ok);
    assert_eq!(
        code(client.unary_anonymous(long()).await),
        Code::ResourceExhausted,
        "the limit of unauthenticated callers"
    );
    let late = message_after(Duration::from_secs(4));
    let ended = client.client_stream_authenticated(message_after(Duration::from_secs(4)));
    let (ended, served) = tokio::join!(ended, client.client_stream_anonymous(late));
    assert_eq!((code(ended), code(served)), (Code::Unauthenticated, Code::Ok), "the certificate has expired");
    let callers: Vec<_> = recorder.take().into_iter().map(|seen| seen.caller.is_some()).collect();
    assert_eq!(callers.iter().filter(|is_known| **is_known).count(), 2, "public and authenticated: {callers:?}");
    assert_eq!(callers.len(), 3);
}

#[tokio::test]
async fn anonymous_call_ends_when_the_certificate_of_its_connection_expires() {
    let (recorder, ca) = (Recorder::default(), Ca::new("ca"));
    let uri = serve_kinds(&recorder, &ca, |_: &CallHead<'_>| Authentication::anonymous()).await;
    let expiry = SystemTime::now() + Duration::from_secs(3);
    let Issued { chain, key } = ca.issue_as(|params| params.not_after = expiry.into());
    let tls = client_tls(&ca).client_certificate(ClientCertificate::from_pem(chain, key).unwrap());
    let client = KindsClient::new(SecureChannel::connect(&uri, tls).await.unwrap(), Credentials::none());
    let ended = client.client_stream_public(message_after(Duration::from_secs(6))).await.unwrap_err();
    assert_eq!(ended.code(), Code::Unauthenticated);
}

#[tokio::test]
async fn call_whose_certificate_expires_while_it_waits_reaches_no_handler() {
    let wait = || sleep(Duration::from_secs(4));
    let policy = move |_: &RuledCall<'_>| {
        PolicyAnswer::pending(async move {
            wait().await;
            Ok(())
        })
    };
    let credential = move |_: &CallHead<'_>| {
        Authentication::pending(async move {
            wait().await;
            Ok(None)
        })
    };
    let nobody = |_: &CallHead<'_>| Authentication::anonymous();
    for gate in [Gate::new(nobody).call_policy(policy), Gate::new(credential)] {
        let (recorder, ca) = (Recorder::default(), Ca::new("ca"));
        let uri = serve_behind(gate, &recorder, &ca).await;
        let expiry = SystemTime::now() + Duration::from_secs(3);
        let Issued { chain, key } = ca.issue_as(|params| params.not_after = expiry.into());
        let tls = client_tls(&ca).client_certificate(ClientCertificate::from_pem(chain, key).unwrap());
        let client = KindsClient::new(SecureChannel::connect(&uri, tls).await.unwrap(), Credentials::none());
        let refused = client.unary_public(Message::default()).await.unwrap_err();
        assert_eq!(refused.code(), Code::Unauthenticated);
        assert!(recorder.take().is_empty());
    }
}

/// One message, after a while.
fn message_after(wait: Duration) -> impl Stream<Item = Message> + Send + 'static {
    tokio_stream::once(()).then(move |()| async move {
        sleep(wait).await;
        Message::default()
    })
}

#[tokio::test]
async fn certificate_has_only_the_roles_of_the_map() {
    let mtls = mtls().roles("spiffe://example.org/ns/shop/sa/cart", ["reader"]).unwrap();
    let recorder = Recorder::default();
    let ca = Ca::new("ca");
    let uri = serve_kinds(&recorder, &ca, mtls).await;
    for (name, expected) in
        [(cart(), Code::Ok), (spiffe("spiffe://example.org/ns/shop/sa/cart2"), Code::PermissionDenied)]
    {
        let Issued { chain, key } = ca.issue_as(|params| params.subject_alt_names = vec![name]);
        let tls = client_tls(&ca).client_certificate(ClientCertificate::from_pem(chain, key).unwrap());
        let client = KindsClient::new(SecureChannel::connect(&uri, tls).await.unwrap(), Credentials::none());
        let answer = client.unary_reader(Message::default()).await.map_or_else(|status| status.code(), |_| Code::Ok);
        assert_eq!(answer, expected);
    }
    let callers: Vec<_> = recorder.take().into_iter().map(|seen| seen.caller.unwrap()).collect();
    assert_eq!(callers, ["spiffe://example.org#spiffe://example.org/ns/shop/sa/cart"]);
}

/// TLS has 64 KiB for the names of the CAs.
#[tokio::test]
async fn clients_of_more_cas_than_their_names_have_room_for_are_accepted() {
    let ca = Ca::new("ca");
    let all = (0..70).fold(ca.pem(), |pem, number| pem + &Ca::new(&format!("{number:01000}")).pem());
    let (own, issued) = (ca.issue(), ca.issue());
    let tls = ServerTls::from_pem(&own.chain, &own.key).unwrap();
    let tls = tls.require_client_certificates(ClientRoots::from_pem(all).unwrap());
    let server = Running::start(tls, Limits::default()).await;
    let certificate = ClientCertificate::from_pem(&issued.chain, &issued.key).unwrap();
    let channel = SecureChannel::connect(&server.uri(), client_tls(&ca).client_certificate(certificate)).await.unwrap();
    let called = call_who(&channel, Credentials::bearer("clerk").unwrap()).await.unwrap();
    assert_eq!(called, "clerk, 1 certificates");
}
