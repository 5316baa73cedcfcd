//! Conditions about the caller, on real connections: scopes, kinds of credentials, peers.

use std::time::{Duration, SystemTime};

use rcgen::{DnType, SanType};
use secure_runtime::authn::Mtls;
use secure_runtime::authz::Holds;
use secure_runtime::testing::{TestCaller, TestIssuer};
use secure_runtime::tls::{ClientCertificate, ClientRoots};
use secure_runtime::{Caller, Credentials, Denial, Gate, Principal, SecureChannel, Server, ServerTls};
use secure_tests::bank_service::Ledger;
use secure_tests::pki::{Ca, Issued};
use secure_tests::secured::{good_claims, jwt};
use secure_tests::services::bank::v1::bank_client::BankClient;
use secure_tests::services::bank::v1::bank_policy::{Method, rpc};
use secure_tests::services::bank::v1::bank_server::BankServer;
use secure_tests::services::bank::v1::{Account, Branch, Transfer};
use secure_tests::services::staff::v1::policy_roles::{Auditor, Director, Manager, Teller};
use secure_tests::tls::{client_roots, client_roots_unstated, client_tls};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tonic::{Code, Status};
use tonic_types::StatusExt;

/// A bank on TLS, for tokens and client certificates.
struct Bank {
    ca: Ca,
    issuer: TestIssuer,
    uri: String,
}

impl Bank {
    async fn open() -> Self {
        Self::open_for(Mtls::new("https://ca.example.com")).await
    }

    async fn open_for(certificates: Mtls) -> Self {
        Self::open_trusting(certificates, client_roots).await
    }

    async fn open_trusting(certificates: Mtls, roots: fn(&Ca) -> ClientRoots) -> Self {
        let (ca, issuer) = (Ca::new("bank"), TestIssuer::new("https://id.example.com"));
        let gate = Gate::new(certificates.beside(jwt(&issuer)));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let uri = format!("https://localhost:{}", listener.local_addr().unwrap().port());
        let own = ca.issue();
        let tls = ServerTls::from_pem(&own.chain, &own.key).unwrap().allow_client_certificates(roots(&ca));
        let server = Server::new(tls).add(BankServer::new(Ledger::default(), gate));
        tokio::spawn(server.serve(listener));
        Self { ca, issuer, uri }
    }

    async fn client(&self, peer: Option<SanType>, claims: Option<Value>) -> BankClient {
        self.client_as(peer.map(|name| self.ca.issue_as(|params| params.subject_alt_names = vec![name])), claims).await
    }

    async fn client_as(&self, certificate: Option<Issued>, claims: Option<Value>) -> BankClient {
        let tls = match certificate {
            Some(Issued { chain, key }) => {
                client_tls(&self.ca).client_certificate(ClientCertificate::from_pem(chain, key).unwrap())
            }
            None => client_tls(&self.ca),
        };
        let token = claims.map(|claims| self.issuer.token(good_claims(claims)));
        let credentials = token.map_or_else(Credentials::none, |token| Credentials::bearer(&token).unwrap());
        BankClient::new(SecureChannel::connect(&self.uri, tls).await.unwrap(), credentials)
    }
}

fn spiffe(id: &str) -> Option<SanType> {
    Some(SanType::URI(id.try_into().unwrap()))
}

fn dns(name: &str) -> Option<SanType> {
    Some(SanType::DnsName(name.try_into().unwrap()))
}

fn code(answer: Result<impl Sized, Status>) -> Code {
    answer.map_or_else(|status| status.code(), |_| Code::Ok)
}

#[tokio::test]
async fn required_credentials_and_peers_are_enforced() {
    let bank = Bank::open().await;
    let (ok, missing, denied) = (Code::Ok, Code::Unauthenticated, Code::PermissionDenied);
    let member = || spiffe("spiffe://example.org/ns/bank/sa/vault");
    let stranger = || spiffe("spiffe://example.org/ns/banking/sa/vault");
    for (peer, token, [by_token, by_both, to_settle]) in [
        (None, None, [missing, missing, missing]),
        (None, Some(json!({})), [ok, missing, missing]),
        (member(), None, [missing, missing, ok]),
        (member(), Some(json!({})), [ok, ok, ok]),
        (stranger(), None, [missing, missing, denied]),
        (stranger(), Some(json!({})), [ok, ok, denied]),
        (spiffe("spiffe://example.org/ns/bank"), None, [missing, missing, denied]),
        (spiffe("spiffe://example.com/ns/bank/sa/vault"), Some(json!({})), [ok, ok, denied]),
        (dns("settlement.bank.internal"), None, [missing, missing, ok]),
        (dns("x.settlement.bank.internal"), Some(json!({})), [ok, ok, denied]),
        (dns("*.bank.internal"), None, [missing, missing, missing]),
        (dns("*.bank.internal"), Some(json!({})), [ok, missing, missing]),
    ] {
        let client = bank.client(peer.clone(), token.clone()).await;
        let case = format!("{peer:?} {token:?}");
        assert_eq!(code(client.token(Transfer::default()).await), by_token, "{case}");
        assert_eq!(code(client.both(Transfer::default()).await), by_both, "{case}");
        assert_eq!(code(client.settle(Transfer::default()).await), to_settle, "{case}");
        assert_eq!(code(client.close(Transfer::default()).await), denied, "{case}");
        assert_eq!(code(client.ping(Transfer::default()).await), ok, "{case}");
    }
}

#[tokio::test]
async fn refusal_tells_a_missing_credential_from_a_missing_permission() {
    let bank = Bank::open().await;
    let reason = |answer: Result<_, Status>| answer.map(drop).unwrap_err().get_details_error_info().unwrap().reason;
    let client = bank.client(None, Some(json!({}))).await;
    assert_eq!(reason(client.both(Transfer::default()).await), "CREDENTIAL_MISSING");
    assert_eq!(reason(client.wire(Transfer::default()).await), "PERMISSION_DENIED");
    assert_eq!(reason(client.close(Transfer::default()).await), "PERMISSION_DENIED");
}

#[tokio::test]
async fn scopes_and_roles_of_a_token_must_both_suffice() {
    let bank = Bank::open().await;
    for (claims, expected) in [
        (json!({ "roles": ["manager"], "scope": "bank:read bank:write" }), Code::Ok),
        (json!({ "roles": ["*:read"], "scope": "x bank:write bank:read" }), Code::Ok),
        (json!({ "roles": ["director"], "scope": "bank:read bank:write" }), Code::Ok),
        (json!({ "roles": ["manager"], "scope": "bank:read" }), Code::PermissionDenied),
        (json!({ "roles": ["manager"] }), Code::PermissionDenied),
        (json!({ "roles": ["teller"], "scope": "bank:read bank:write" }), Code::PermissionDenied),
        (json!({ "roles": ["bank:read", "bank:write"], "scope": "manager" }), Code::PermissionDenied),
        (json!({ "scope": "bank:read bank:write" }), Code::PermissionDenied),
        (json!({ "roles": ["manager"], "scope": ["bank:read", "bank:write"] }), Code::Unauthenticated),
    ] {
        let client = bank.client(None, Some(claims.clone())).await;
        assert_eq!(code(client.wire(Transfer::default()).await), expected, "{claims}");
    }
}

#[tokio::test]
async fn tenant_is_read_from_the_claim_of_the_token() {
    let bank = Bank::open().await;
    let to = |id: &str| {
        let branch = Some(Branch { id: id.to_owned() });
        Transfer { account: Some(Account { branch }), ..Transfer::default() }
    };
    let client = bank.client(None, Some(json!({ "roles": ["teller"], "branch": { "id": "north" } }))).await;
    assert_eq!(code(client.open(to("north")).await), Code::Ok);
    assert_eq!(code(client.open(to("south")).await), Code::PermissionDenied);
    let client = bank.client(None, Some(json!({ "roles": ["teller"] }))).await;
    assert_eq!(code(client.open(to("north")).await), Code::PermissionDenied);
}

/// Compiles because the rule implies it: every caller that may open is a teller, directly or by a role that includes it.
fn needs_a_teller(by: &impl Holds<Teller>) -> String {
    by.id().to_string()
}

#[test]
fn proof_of_a_role_includes_the_roles_below_it() {
    let with = |role: &str| Principal::new("https://id.example.com", "7").roles([role]);
    let open = |role: &str| -> Result<Caller<rpc::Open>, Denial> {
        let claims = json!({ "branch": { "id": "north" } });
        let branch = Some(Branch { id: "north".to_owned() });
        let request = Transfer { account: Some(Account { branch }), ..Transfer::default() };
        with(role).claims(claims.as_object().unwrap().clone()).admit_with::<rpc::Open>(&request)
    };
    for role in ["teller", "manager", "director"] {
        assert_eq!(needs_a_teller(&open(role).unwrap()), "https://id.example.com#7");
    }
    assert!(open("*:read").is_err());
    let director = open("director").unwrap();
    needs_a_teller(&director.holding::<Teller>().unwrap());
    assert!(director.holding::<Manager>().is_ok() && director.holding::<Auditor>().is_ok());
    let manager = open("manager").unwrap();
    assert!(manager.holding::<Teller>().is_ok());
    assert!(manager.holding::<Director>().is_err() && manager.holding::<Auditor>().is_err());
}

#[tokio::test]
async fn nameless_certificate_beside_a_token_counts_as_none() {
    let bank = Bank::open_for(Mtls::new("https://ca.example.com").trust_domains(["example.org"]).unwrap()).await;
    for (peer, expected) in [
        (spiffe("spiffe://example.org/x"), Code::Ok),
        (spiffe("spiffe://evil.example/x"), Code::Unauthenticated),
        (spiffe("https://example.org/x"), Code::Unauthenticated),
        (dns("*.bank.internal"), Code::Unauthenticated),
    ] {
        let client = bank.client(peer.clone(), Some(json!({}))).await;
        assert_eq!(code(client.both(Transfer::default()).await), expected, "{peer:?}");
        assert_eq!(code(client.token(Transfer::default()).await), Code::Ok, "{peer:?}");
    }
}

#[tokio::test]
async fn one_of_several_dns_names_satisfies_peers() {
    let bank = Bank::open().await;
    for (names, settles) in [
        (&["a.example", "settlement.bank.internal"][..], Code::Ok),
        (&["*.bank.internal", "settlement.bank.internal"], Code::Ok),
        (&["a.example", "b.example"], Code::PermissionDenied),
        (&["*.bank.internal", "*.example"], Code::Unauthenticated),
    ] {
        let own = bank.ca.issue_as(|params| {
            params.subject_alt_names = names.iter().map(|name| SanType::DnsName((*name).try_into().unwrap())).collect();
        });
        let client = bank.client_as(Some(own), Some(json!({}))).await;
        assert_eq!(code(client.settle(Transfer::default()).await), settles, "{names:?}");
        assert_eq!(code(client.token(Transfer::default()).await), Code::Ok, "{names:?}");
    }
}

#[tokio::test]
async fn common_name_satisfies_a_rule_only_if_it_is_enabled() {
    let till = |bank: &Bank| {
        bank.ca.issue_as(|params| {
            params.subject_alt_names.clear();
            params.distinguished_name.push(DnType::CommonName, "settlement.bank.internal");
        })
    };
    let certificates = || Mtls::new("https://ca.example.com");
    let asked = certificates().common_names("https://legacy.example.com").unwrap();
    for (certificates, both) in [(certificates(), Code::Unauthenticated), (asked, Code::Ok)] {
        let bank = Bank::open_trusting(certificates, client_roots_unstated).await;
        let client = bank.client_as(Some(till(&bank)), Some(json!({}))).await;
        assert_eq!(code(client.both(Transfer::default()).await), both);
        assert_eq!(code(client.token(Transfer::default()).await), Code::Ok);
        let settled = code(client.settle(Transfer::default()).await);
        assert_ne!(settled, Code::Ok, "a common name is no peer");
    }
}

#[tokio::test]
async fn certificate_beside_a_token_is_never_the_owner() {
    let bank = Bank::open().await;
    let owned = |owner: &str| Transfer { r#type: owner.to_owned(), ..Transfer::default() };
    let first = |answer: Result<_, Status>| code(answer);
    let client = bank.client(dns("till.bank.internal"), None).await;
    assert_eq!(first(client.balance(owned("till.bank.internal")).await), Code::PermissionDenied);
    let client = bank.client(None, Some(json!({}))).await;
    assert_eq!(first(client.balance(owned("somebody")).await), Code::Ok);
}

#[test]
fn expired_credential_proves_no_role_and_no_method() {
    let soon = SystemTime::now() + Duration::from_millis(50);
    let director = Principal::new("https://id.example.com", "7").roles(["director"]).expires_at(soon);
    let caller = director.admit_with::<rpc::Open>(&Transfer::default()).unwrap();
    assert!(caller.holding::<Teller>().is_ok());
    std::thread::sleep(Duration::from_millis(60));
    assert_eq!(caller.holding::<Teller>().unwrap_err(), Denial::CredentialExpired);
    assert_eq!(caller.admit::<rpc::Settle>().unwrap_err(), Denial::CredentialExpired);
    assert_eq!(caller.admit_with::<rpc::Open>(&Transfer::default()).unwrap_err(), Denial::CredentialExpired);
}

#[test]
fn method_under_a_default_is_declared_at_the_default() {
    assert_eq!(Method::Open.declared_at(), Method::OpenAll.declared_at());
    assert_ne!(Method::Open.declared_at(), Method::Balance.declared_at());
}

#[test]
fn matrix_marks_rules_with_request_conditions() {
    let with = |roles: &[&str]| Some(Principal::new("https://id.example.com", "7").roles(roles.iter().copied()));
    let matrix = secure_runtime::testing::matrix::<Method>([
        ("nobody", None),
        ("a teller", with(&["teller"])),
        ("a manager with scopes", with(&["manager"]).map(|it| it.scopes(["bank:read", "bank:write"]))),
    ]);
    expect_test::expect![[r#"
                               nobody           a teller         a manager with scopes
        /bank.v1.Bank/Open     unauthenticated  yes, its own     yes            
        /bank.v1.Bank/OpenAll  unauthenticated  yes, its own     yes            
        /bank.v1.Bank/Balance  unauthenticated  yes, its own     yes, its own   
        /bank.v1.Bank/Trade    unauthenticated  yes, its own     yes, its own   
        /bank.v1.Bank/Wire     unauthenticated  denied           yes            
        /bank.v1.Bank/Token    unauthenticated  unauthenticated  unauthenticated
        /bank.v1.Bank/Both     unauthenticated  unauthenticated  unauthenticated
        /bank.v1.Bank/Settle   unauthenticated  unauthenticated  unauthenticated
        /bank.v1.Bank/Close    denied           denied           denied         
        /bank.v1.Bank/Ping     yes              yes              yes            
    "#]]
    .assert_eq(&matrix.to_string());
}

#[test]
fn test_callers_have_credentials_certificates_and_claims() {
    let principal = || Principal::new("https://id.example.com", "7");
    let settlement = || "settlement.bank.internal".parse().unwrap();
    let matrix = secure_runtime::testing::matrix::<Method>([
        ("a token", TestCaller::token(principal())),
        ("token in mesh", TestCaller::token(principal()).certificate(settlement())),
        ("a certificate", TestCaller::mtls("bank", settlement(), ["teller"])),
        ("another one", TestCaller::mtls("bank", "cart.shop.internal".parse().unwrap(), ["teller"])),
        ("a nameless one", TestCaller::from(principal()).unnamed_certificate()),
    ]);
    expect_test::expect![[r#"
                               a token          token in mesh    a certificate    another one      a nameless one 
        /bank.v1.Bank/Open     denied           denied           yes, its own     yes, its own     denied         
        /bank.v1.Bank/OpenAll  denied           denied           yes, its own     yes, its own     denied         
        /bank.v1.Bank/Balance  yes, its own     yes, its own     yes, its own     yes, its own     yes, its own   
        /bank.v1.Bank/Trade    yes, its own     yes, its own     yes, its own     yes, its own     yes, its own   
        /bank.v1.Bank/Wire     denied           denied           denied           denied           denied         
        /bank.v1.Bank/Token    yes              yes              unauthenticated  unauthenticated  unauthenticated
        /bank.v1.Bank/Both     unauthenticated  yes              unauthenticated  unauthenticated  unauthenticated
        /bank.v1.Bank/Settle   unauthenticated  yes              yes              denied           unauthenticated
        /bank.v1.Bank/Close    denied           denied           denied           denied           denied         
        /bank.v1.Bank/Ping     yes              yes              yes              yes              yes            
    "#]]
    .assert_eq(&matrix.to_string());
}

#[test]
fn handler_behind_a_tenant_and_peers_is_tested_without_a_server() {
    let principal = || Principal::new("https://id.example.com", "7").roles(["teller"]);
    let branch = Some(Branch { id: "north".to_owned() });
    let request = Transfer { account: Some(Account { branch }), ..Transfer::default() };
    let teller = |branch: &str| TestCaller::token(principal()).claims(json!({ "branch": { "id": branch } }));
    assert!(teller("north").admit_with::<rpc::Open>(&request).is_ok());
    assert_eq!(teller("south").admit_with::<rpc::Open>(&request).unwrap_err(), Denial::PermissionDenied);
    assert_eq!(TestCaller::nobody().admit::<rpc::Settle>().unwrap_err(), Denial::CredentialMissing);
    let settlement = TestCaller::mtls("bank", "spiffe://example.org/ns/bank/sa/x".parse().unwrap(), [""; 0]);
    let caller = settlement.admit::<rpc::Settle>().unwrap();
    assert_eq!((caller.issuer(), caller.subject()), ("spiffe://example.org", "spiffe://example.org/ns/bank/sa/x"));
}
