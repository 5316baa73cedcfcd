//! The audit event of a refusal names the first condition that failed. The caller learns only the status.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use rcgen::SanType;
use secure_runtime::audit::AuditEvent;
use secure_runtime::authz::{Condition, Credential};
use secure_runtime::tls::ClientCertificate;
use secure_runtime::{Authentication, CallHead, Credentials, Gate, Principal, Rejection, SecureChannel, Server};
use secure_tests::bank_service::Ledger;
use secure_tests::pki::Ca;
use secure_tests::services::bank::v1::bank_client::BankClient;
use secure_tests::services::bank::v1::bank_policy::Method;
use secure_tests::services::bank::v1::bank_server::BankServer;
use secure_tests::services::bank::v1::{Account, Branch, Transfer};
use secure_tests::tls::{allowing_tls, client_tls};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tonic::{Code, Status};
use tonic_types::StatusExt;

/// Callers by name, whatever certificate is on the connection.
fn somebody(name: &str) -> Option<Principal> {
    let principal = |subject: &str, roles: &[&str], claims: Value| {
        let claims = claims.as_object().unwrap().clone();
        let principal = Principal::new("https://id.example.com", subject).roles(roles.iter().copied()).claims(claims);
        principal.proven_by(Credential::Jwt)
    };
    let north = || json!({ "branch": { "id": "north" } });
    Some(match name {
        "teller" => principal("7", &["teller"], north()),
        "manager" => principal("7", &["manager"], north()).scopes(["bank:read"]),
        "customer" => principal("7", &[], north()),
        "homeless" => principal("7", &["teller"], json!({})),
        "nameless" => principal("", &[], json!({})),
        "partner" => principal("7", &["teller"], north()).excluded_from_ownership(),
        "auditor" => principal("7", &["*:read"], north()),
        "session" => Principal::new("https://sessions.example.com", "7"),
        _ => return None,
    })
}

fn by_name(head: &CallHead<'_>) -> Authentication {
    match head.bearer() {
        Ok(None) => Authentication::anonymous(),
        Ok(Some(token)) => match somebody(token.as_str()) {
            Some(principal) => principal.into(),
            None => Rejection::rejected("unknown name").into(),
        },
        Err(rejection) => rejection.into(),
    }
}

struct Bank {
    ca: Ca,
    uri: String,
    reasons: Arc<Mutex<Vec<Option<&'static str>>>>,
}

impl Bank {
    async fn open() -> Self {
        let (ca, reasons) = (Ca::new("bank"), Arc::new(Mutex::new(Vec::new())));
        let log = Arc::clone(&reasons);
        let gate = Gate::new(by_name).audit(move |event: &AuditEvent<'_>| log.lock().unwrap().push(event.reason));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let uri = format!("https://localhost:{}", listener.local_addr().unwrap().port());
        let server = Server::new(allowing_tls(&ca.issue(), &ca)).add(BankServer::new(Ledger::default(), gate));
        tokio::spawn(server.serve(listener));
        Self { ca, uri, reasons }
    }

    async fn call(
        &self,
        method: Method,
        who: &str,
        certificate: Option<&str>,
        request: Transfer,
    ) -> Result<(), Status> {
        let tls = match certificate {
            Some(name) => {
                let name = SanType::DnsName(name.try_into().unwrap());
                let own = self.ca.issue_as(|params| params.subject_alt_names = vec![name]);
                client_tls(&self.ca).client_certificate(ClientCertificate::from_pem(own.chain, own.key).unwrap())
            }
            None => client_tls(&self.ca),
        };
        let credentials = if who.is_empty() { Credentials::none() } else { Credentials::bearer(who).unwrap() };
        let client = BankClient::new(SecureChannel::connect(&self.uri, tls).await.unwrap(), credentials);
        match method {
            Method::Open => client.open(request).await.map(drop),
            Method::Balance => client.balance(request).await.map(drop),
            Method::Wire => client.wire(request).await.map(drop),
            Method::Token => client.token(request).await.map(drop),
            Method::Both => client.both(request).await.map(drop),
            Method::Settle => client.settle(request).await.map(drop),
            Method::Close => client.close(request).await.map(drop),
            _ => unreachable!("no row calls {method:?}"),
        }
    }

    /// The reason in the only event since the last time.
    fn reason(&self) -> &'static str {
        let [reason] = std::mem::take(&mut *self.reasons.lock().unwrap()).try_into().unwrap();
        reason.unwrap()
    }
}

fn to_branch(id: &str) -> Transfer {
    let branch = Some(Branch { id: id.to_owned() });
    Transfer { account: Some(Account { branch }), ..Transfer::default() }
}

fn of_owner(owner: &str) -> Transfer {
    Transfer { r#type: owner.to_owned(), ..Transfer::default() }
}

type Row = (Condition, Method, &'static str, Option<&'static str>, Transfer);

fn rows() -> Vec<Row> {
    let any = Transfer::default;
    vec![
        (Condition::MethodDenied, Method::Close, "teller", None, any()),
        (Condition::NoCredential, Method::Token, "", None, any()),
        (Condition::NoClientCertificate, Method::Both, "teller", None, any()),
        (Condition::CertificateHasNoName, Method::Both, "teller", Some("*.bank.internal"), any()),
        (Condition::WrongCredential, Method::Token, "session", None, any()),
        (Condition::PeerNotAllowed, Method::Settle, "teller", Some("till.bank.internal"), any()),
        (Condition::MissingScope, Method::Wire, "manager", None, any()),
        (Condition::CredentialHasNoRoles, Method::Open, "customer", None, to_branch("north")),
        (Condition::NoRequiredRole, Method::Open, "auditor", None, to_branch("north")),
        (Condition::IssuerNamesNoTenants, Method::Open, "partner", None, to_branch("north")),
        (Condition::TenantClaimMissing, Method::Open, "homeless", None, to_branch("north")),
        (Condition::TenantFieldMissing, Method::Open, "teller", None, any()),
        (Condition::TenantDiffers, Method::Open, "teller", None, to_branch("south")),
        (Condition::IssuerNamesNoOwners, Method::Balance, "partner", None, of_owner("7")),
        (Condition::SubjectMissing, Method::Balance, "nameless", None, of_owner("7")),
        (Condition::OwnerFieldMissing, Method::Balance, "teller", None, of_owner("")),
        (Condition::OwnerDiffers, Method::Balance, "teller", None, of_owner("8")),
    ]
}

/// The status of a refusal before conditions had names: what the caller lacks is a credential or a permission.
fn told(condition: Condition) -> (Code, &'static str, &'static str) {
    use Condition::{CertificateHasNoName, NoClientCertificate, NoCredential, WrongCredential};
    match condition {
        NoCredential | NoClientCertificate | CertificateHasNoName | WrongCredential => {
            (Code::Unauthenticated, "a valid credential is required", "CREDENTIAL_MISSING")
        }
        _ => (Code::PermissionDenied, "permission denied", "PERMISSION_DENIED"),
    }
}

#[tokio::test]
async fn event_names_the_failed_condition_and_the_caller_gets_only_a_status() {
    let bank = Bank::open().await;
    for (condition, method, who, certificate, request) in rows() {
        let status = bank.call(method, who, certificate, request).await.unwrap_err();
        assert_eq!(bank.reason(), condition.name(), "{method:?} {who}");
        let info = status.get_details_error_info().unwrap();
        assert_eq!((status.code(), status.message(), info.reason.as_str()), told(condition), "{condition}");
        assert!(info.metadata.is_empty(), "{condition}");
    }
}

#[test]
fn every_condition_is_reached_over_the_wire() {
    let reached = rows().iter().map(|row| row.0).chain(PROOFS).collect::<BTreeSet<_>>();
    let missing = Condition::ALL.iter().filter(|condition| !reached.contains(condition)).collect::<Vec<_>>();
    assert!(missing.is_empty(), "{missing:?}");
}

/// `bound_and_delegated_tokens.rs` reaches these, by the four kinds of RPC.
const PROOFS: [Condition; 3] = [Condition::ActorNotAllowed, Condition::DelegatedToken, Condition::TokenNotBound];

#[tokio::test]
async fn rejected_credential_is_the_reason_before_any_condition() {
    let bank = Bank::open().await;
    let status = bank.call(Method::Open, "stranger", None, Transfer::default()).await.unwrap_err();
    assert_eq!((status.code(), bank.reason()), (Code::Unauthenticated, "unknown name"));
}
