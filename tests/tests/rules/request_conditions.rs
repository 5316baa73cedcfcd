//! Request conditions (`tenant`, `owner`): every message of all four kinds of methods is checked, whatever
//! the handler does.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use prost::Message as _;
use secure_runtime::audit::{AuditEvent, AuditLogger, NotRecorded};
use secure_runtime::{Authentication, CallHead, Decision, Denial, Gate, Principal, Rejection, Server, danger};
use secure_tests::bank_service::{Ledger, Stubborn};
use secure_tests::server::serve_plaintext;
use secure_tests::services::bank::v1::bank_policy::{Method, rpc};
use secure_tests::services::bank::v1::bank_server::BankServer;
use secure_tests::services::bank::v1::{Account, Branch, Transfer};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_stream::{Stream, StreamExt};
use tonic::client::Grpc;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::transport::Channel;
use tonic::{Code, Request, Status};
use tonic_prost::ProstCodec;

/// Everybody there is: number 7 of the north branch in three roles, and two whose token says less.
fn somebody(name: &str) -> Option<Principal> {
    let principal = |roles: &[&str], claims: Value| {
        let claims = claims.as_object().unwrap().clone();
        Principal::new("https://id.example.com", "7").roles(roles.iter().copied()).claims(claims)
    };
    let north = json!({ "branch": { "id": "north" }, "branch_number": 4 });
    Some(match name {
        "teller" => principal(&["teller"], north),
        "manager" => principal(&["manager"], north),
        "auditor" => principal(&["*:read"], north),
        "homeless" => principal(&["teller"], json!({})),
        "nameless" => principal(&["teller"], json!({ "branch": { "id": "" }, "branch_number": 0 })),
        _ => return None,
    })
}

fn by_name(head: &CallHead<'_>) -> Authentication {
    match head.bearer() {
        Ok(None) => Authentication::anonymous(),
        Ok(Some(token)) => match somebody(token.as_str()) {
            Some(principal) => principal.into(),
            None => Rejection::rejected("nobody").into(),
        },
        Err(rejection) => rejection.into(),
    }
}

/// A bank, and what it remembers.
struct Bank {
    channel: Channel,
    ledger: Ledger,
    events: Arc<Mutex<Vec<String>>>,
}

impl Bank {
    async fn open() -> Self {
        let (ledger, events) = (Ledger::default(), Arc::new(Mutex::new(Vec::new())));
        let log = Arc::clone(&events);
        let gate = Gate::new(by_name).audit(move |event: &AuditEvent<'_>| {
            let who = event.principal.map_or("nobody", |principal| principal.subject());
            let outcome = match event.decision {
                Decision::Allow => "admitted".to_owned(),
                Decision::Deny(denial) => format!("{denial:?}"),
            };
            log.lock().unwrap().push(format!("{} {who} {outcome}", event.method.rsplit('/').next().unwrap()));
        });
        let bank = BankServer::new(ledger.clone(), gate);
        Self { channel: serve_plaintext(|server| server.add(bank)).await, ledger, events }
    }

    /// Calls a method of any kind, and reads its answer to the end.
    async fn call(
        &self,
        method: Method,
        who: &str,
        requests: impl Stream<Item = Transfer> + Send + 'static,
    ) -> Result<usize, Status> {
        let mut request = Request::new(requests);
        if !who.is_empty() {
            request.metadata_mut().insert("authorization", format!("Bearer {who}").parse().unwrap());
        }
        let mut grpc = Grpc::new(self.channel.clone());
        grpc.ready().await.unwrap();
        let codec = ProstCodec::<Transfer, Transfer>::default();
        let responses = grpc.streaming(request, PathAndQuery::from_static(method.path()), codec).await?;
        let (mut responses, mut count) = (responses.into_inner(), 0);
        while responses.message().await?.is_some() {
            count += 1;
        }
        Ok(count)
    }

    async fn code(&self, method: Method, who: &str, request: Transfer) -> Code {
        self.call(method, who, tokio_stream::once(request)).await.map_or_else(|status| status.code(), |_| Code::Ok)
    }

    fn take_events(&self) -> Vec<String> {
        std::mem::take(&mut self.events.lock().unwrap())
    }
}

fn to_branch(id: &str) -> Transfer {
    let branch = Some(Branch { id: id.to_owned() });
    Transfer { account: Some(Account { branch }), ..Transfer::default() }
}

fn of_owner(owner: Option<u64>, branch_number: i32) -> Transfer {
    Transfer { owner, branch_number, ..Transfer::default() }
}

#[tokio::test]
async fn request_reaches_its_handler_only_with_the_callers_tenant_or_subject() {
    let bank = Bank::open().await;
    let no_branch = Transfer { account: Some(Account { branch: None }), ..Transfer::default() };
    let (ok, denied, unauthenticated) = (Code::Ok, Code::PermissionDenied, Code::Unauthenticated);
    for (who, request, expected) in [
        ("teller", to_branch("north"), ok),
        ("teller", to_branch("south"), denied),
        ("teller", to_branch("North"), denied),
        ("teller", to_branch(""), denied),
        ("teller", no_branch, denied),
        ("teller", Transfer::default(), denied),
        ("manager", to_branch("south"), ok),
        ("manager", Transfer::default(), ok),
        ("auditor", to_branch("north"), denied),
        ("homeless", to_branch("north"), denied),
        ("homeless", to_branch(""), denied),
        ("nameless", to_branch(""), denied),
        ("stranger", to_branch("north"), unauthenticated),
        ("", to_branch("north"), unauthenticated),
    ] {
        for method in [Method::Open, Method::OpenAll] {
            assert_eq!(bank.code(method, who, request.clone()).await, expected, "{method:?} {who} {request:?}");
            let seen = bank.ledger.take().into_iter().filter_map(|(_, request)| request).collect::<Vec<_>>();
            assert_eq!(seen, if expected == ok { vec![request.clone()] } else { vec![] }, "{method:?} {who}");
        }
    }
}

#[tokio::test]
async fn owner_field_of_any_type_is_compared_with_the_subject() {
    let bank = Bank::open().await;
    let text = |owner: &str| Transfer { r#type: owner.to_owned(), ..Transfer::default() };
    for (who, request, expected) in [
        ("teller", text("7"), Code::Ok),
        ("teller", text("8"), Code::PermissionDenied),
        ("teller", text("07"), Code::PermissionDenied),
        ("teller", text(""), Code::PermissionDenied),
        ("auditor", text("8"), Code::Ok),
    ] {
        assert_eq!(bank.code(Method::Balance, who, request.clone()).await, expected, "{who} {request:?}");
        assert_eq!(bank.ledger.take().len(), usize::from(expected == Code::Ok), "{who} {request:?}");
    }
}

#[tokio::test]
async fn call_with_a_request_condition_is_one_event_with_the_outcome() {
    let bank = Bank::open().await;
    bank.code(Method::Open, "teller", to_branch("north")).await;
    assert_eq!(bank.take_events(), ["Open 7 admitted"]);
    bank.code(Method::Open, "teller", to_branch("south")).await;
    assert_eq!(bank.take_events(), ["Open 7 PermissionDenied"]);
    bank.code(Method::Open, "", to_branch("south")).await;
    assert_eq!(bank.take_events(), ["Open nobody CredentialMissing"]);
    bank.code(Method::Close, "stranger", to_branch("south")).await;
    assert_eq!(bank.take_events(), ["Close nobody PermissionDenied"]);
    bank.call(Method::Open, "teller", tokio_stream::empty()).await.unwrap_err();
    assert_eq!(bank.take_events(), ["Open 7 Cancelled"]);
}

#[tokio::test]
async fn every_message_of_a_stream_is_checked_and_a_refused_one_ends_the_call() {
    let bank = Bank::open().await;
    let requests = [to_branch("north"), to_branch("north"), to_branch("south"), to_branch("north")];
    let status = bank.call(Method::OpenAll, "teller", tokio_stream::iter(requests.clone())).await.unwrap_err();
    assert_eq!(status.code(), Code::PermissionDenied);
    assert_eq!(status.message(), "permission denied");
    let [(_, None), (_, first), (_, second)] = &bank.ledger.take()[..] else { panic!("two requests") };
    assert_eq!([first, second].map(Option::as_ref), [Some(&requests[0]), Some(&requests[1])]);
    assert_eq!(bank.take_events(), ["OpenAll 7 admitted", "OpenAll 7 PermissionDenied"]);
}

#[tokio::test]
async fn stream_without_messages_is_admitted() {
    let bank = Bank::open().await;
    assert_eq!(bank.call(Method::OpenAll, "teller", tokio_stream::empty()).await.unwrap(), 1);
    assert_eq!(bank.take_events(), ["OpenAll 7 admitted"]);
}

#[tokio::test]
async fn bidirectional_call_ends_at_the_refused_message() {
    let bank = Bank::open().await;
    let requests = tokio_stream::iter([of_owner(Some(7), 4), of_owner(Some(7), 4), of_owner(Some(8), 4)]);
    let call = bank.call(Method::Trade, "teller", requests.chain(tokio_stream::pending()));
    let status = timeout(Duration::from_secs(10), call).await.expect("it ends").unwrap_err();
    assert_eq!(status.code(), Code::PermissionDenied);
    assert_eq!(bank.ledger.take().len(), 3);
    assert_eq!(bank.take_events(), ["Trade 7 admitted", "Trade 7 PermissionDenied"]);
}

#[tokio::test]
async fn response_stream_ends_at_the_refused_message() {
    let channel = serve_plaintext(|server| server.add(BankServer::new(Stubborn::default(), Gate::new(by_name)))).await;
    let bank = Bank { channel, ledger: Ledger::default(), events: Arc::default() };
    let call = bank.call(Method::Trade, "teller", tokio_stream::once(of_owner(Some(8), 4)));
    let status = timeout(Duration::from_secs(10), call).await.expect("it ends").unwrap_err();
    assert_eq!(status.code(), Code::PermissionDenied);
}

#[tokio::test]
async fn message_must_satisfy_every_request_condition() {
    let bank = Bank::open().await;
    for request in [of_owner(Some(7), 5), of_owner(Some(8), 4), of_owner(None, 4), of_owner(Some(7), 0)] {
        let call = bank.call(Method::Trade, "teller", tokio_stream::once(request).chain(tokio_stream::pending()));
        let status = timeout(Duration::from_secs(10), call).await.expect("it ends").unwrap_err();
        assert_eq!(status.code(), Code::PermissionDenied);
    }
}

/// A frame around a message, or around what is none.
fn framed(message: &[u8]) -> Vec<u8> {
    [&[0], u32::try_from(message.len()).unwrap().to_be_bytes().as_slice(), message].concat()
}

/// The status of a call whose requests are these bytes.
async fn raw(path: &str, principal: Principal, events: &Arc<Mutex<Vec<Decision>>>, body: Vec<u8>) -> Option<String> {
    let log = Arc::clone(events);
    let gate = Gate::new(move |_: &CallHead<'_>| principal.clone().into())
        .audit(move |event: &AuditEvent<'_>| log.lock().unwrap().push(event.decision));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = Server::new(danger::serve_plaintext("a test"));
    tokio::spawn(server.add(BankServer::new(Stubborn::default(), gate)).serve(listener));
    let (mut client, connection) = h2::client::handshake(TcpStream::connect(address).await.unwrap()).await.unwrap();
    tokio::spawn(connection);
    let request = http::Request::post(format!("http://{address}{path}")).header("content-type", "application/grpc");
    let (response, mut send) = client.send_request(request.body(()).unwrap(), false).unwrap();
    send.send_data(body.into(), true).unwrap();
    let response = response.await.unwrap();
    let status = response.headers().get("grpc-status").cloned();
    let mut body = response.into_body();
    while body.data().await.is_some() {}
    let trailers = body.trailers().await.unwrap();
    let status = status.or_else(|| trailers?.get("grpc-status").cloned());
    status.map(|status| status.to_str().unwrap().to_owned())
}

#[tokio::test]
async fn refused_message_ends_the_call_whatever_follows_it() {
    let teller = || somebody("teller").unwrap();
    let (south, north) = (to_branch("south").encode_to_vec(), to_branch("north").encode_to_vec());
    let foreign = of_owner(Some(8), 4).encode_to_vec();
    for (path, body) in [
        (Method::OpenAll.path(), [framed(&south), north.clone()].concat()),
        (Method::OpenAll.path(), [framed(&south), framed(&north), framed(&south)].concat()),
        (Method::OpenAll.path(), framed(&[])),
        (Method::Trade.path(), framed(&foreign)),
        (Method::Trade.path(), framed(&[])),
    ] {
        let events = Arc::new(Mutex::new(Vec::new()));
        let call = raw(path, teller(), &events, body.clone());
        let status = timeout(Duration::from_secs(10), call).await.expect("it ends");
        assert_eq!(status.as_deref(), Some("7"), "{path} {body:?}");
        let denied = Decision::Deny(Denial::PermissionDenied);
        assert_eq!(*events.lock().unwrap(), [Decision::Allow, denied], "{path} {body:?}");
    }
}

#[test]
fn caller_of_a_method_with_request_conditions_is_obtained_with_its_request() {
    let teller = || somebody("teller").unwrap();
    let caller = teller().admit_with::<rpc::Open>(&to_branch("north")).unwrap();
    assert!(teller().admit_with::<rpc::Open>(&to_branch("south")).is_err());
    assert!(caller.admit_with::<rpc::Trade>(&of_owner(Some(7), 4)).is_ok());
    assert!(caller.admit_with::<rpc::Trade>(&of_owner(Some(8), 4)).is_err());
    assert!(caller.admit_with::<rpc::Close>(&Transfer::default()).is_err());
}

/// An audit log that is full and fails closed.
struct Full;

impl AuditLogger for Full {
    fn log(&self, _: &AuditEvent<'_>) {}

    fn record(&self, _: &AuditEvent<'_>) -> Result<(), NotRecorded> {
        Err(NotRecorded)
    }
}

#[tokio::test]
async fn call_of_any_kind_that_cannot_be_recorded_reaches_no_handler() {
    let ledger = Ledger::default();
    let gate = Gate::new(by_name).audit(Full);
    let channel = serve_plaintext(|server| server.add(BankServer::new(ledger.clone(), gate))).await;
    let bank = Bank { channel, ledger, events: Arc::default() };
    let request = Transfer { r#type: "7".to_owned(), ..of_owner(Some(7), 4) };
    let request = Transfer { account: to_branch("north").account, ..request };
    for method in [Method::Open, Method::OpenAll, Method::Balance, Method::Trade, Method::Ping] {
        assert_eq!(bank.code(method, "teller", request.clone()).await, Code::Unavailable, "{method:?}");
        assert!(bank.ledger.take().is_empty(), "{method:?}");
    }
    assert_eq!(bank.code(Method::Open, "", request).await, Code::Unauthenticated, "a refusal stays a refusal");
}
