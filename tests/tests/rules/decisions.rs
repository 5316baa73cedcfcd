//! Every kind of method under every rule, called by every caller. Each call has the decision of the generated table.

use secure_runtime::authz::Access;
use secure_runtime::{Anonymous, Authentication, Authenticator, CallHead, Caller, Decision, Denial, Gate, Public};
use secure_tests::callers::{by_roles, by_roles_later, principal};
use secure_tests::kinds_service::Recorder;
use secure_tests::server::{call, serve_plaintext};
use secure_tests::services::bank::v1::bank_server::BankServer;
use secure_tests::services::bank::v1::{Transfer, bank_policy};
use secure_tests::services::kinds::v1::Message;
use secure_tests::services::kinds::v1::kinds_policy::Method;
use secure_tests::services::kinds::v1::kinds_server::KindsServer;
use secure_tests::tokens::{self, Worth};
use tonic::Code;

const CALLERS: [(&str, Option<&str>, Code); 8] = [
    ("nobody", None, Code::Unauthenticated),
    ("another scheme", Some("Basic cm9sZXM6"), Code::Unauthenticated),
    ("a bad credential", Some("Bearer forged"), Code::Unauthenticated),
    ("without roles", Some("Bearer roles"), Code::PermissionDenied),
    ("another role", Some("Bearer roles.admin"), Code::PermissionDenied),
    ("another case", Some("Bearer roles.Reader.WRITER"), Code::PermissionDenied),
    ("a reader", Some("Bearer roles.reader"), Code::Ok),
    ("a writer", Some("Bearer roles.writer"), Code::Ok),
];

/// The `.proto` in this test's own words.
fn declared(access: Access, caller: &str, refusal: Code) -> Code {
    let bad_credential = matches!(caller, "another scheme" | "a bad credential");
    match access {
        Access::Anonymous => Code::Ok,
        Access::Denied => Code::PermissionDenied,
        Access::Public if bad_credential => Code::Unauthenticated,
        Access::Public => Code::Ok,
        Access::Authenticated if refusal == Code::Unauthenticated => Code::Unauthenticated,
        Access::Authenticated => Code::Ok,
        Access::AnyRole(["reader"]) if caller == "a writer" => Code::PermissionDenied,
        Access::AnyRole(_) => refusal,
        access => panic!("no words for {access:?}"),
    }
}

async fn every_call_ends_as_declared(authenticator: impl Authenticator) {
    let recorder = Recorder::default();
    let kinds = KindsServer::new(recorder.clone(), Gate::new(authenticator));
    let channel = serve_plaintext(|server| server.add(kinds)).await;
    for &method in Method::ALL {
        for (caller, credential, refusal) in CALLERS {
            let metadata = credential.map(|credential| ("authorization", credential));
            let outcome = call(&channel, method.path(), metadata.as_slice()).await;
            let declared = declared(method.rule().access(), caller, refusal);
            assert_eq!(outcome, declared, "{method:?} by {caller}");
            let seen = recorder.take();
            let expected = if declared == Code::Ok { vec![method] } else { Vec::new() };
            assert_eq!(seen.iter().map(|seen| seen.method).collect::<Vec<_>>(), expected, "{method:?} by {caller}");
            for seen in seen {
                let is_looked_at = method.rule().access() != Access::Anonymous;
                assert_eq!(seen.caller.is_some(), credential.is_some() && is_looked_at, "{method:?} by {caller}");
                assert!(!seen.metadata.contains_key("authorization"), "no handler sees a credential");
            }
        }
    }
}

#[tokio::test]
async fn every_call_ends_as_declared_with_an_immediate_authenticator() {
    every_call_ends_as_declared(by_roles).await;
}

#[tokio::test]
async fn every_call_ends_as_declared_with_a_slow_authenticator() {
    every_call_ends_as_declared(by_roles_later).await;
}

#[tokio::test]
async fn fixture_has_every_kind_of_method_under_every_rule() {
    assert_eq!(Method::ALL.len(), 24);
}

#[tokio::test]
async fn unknown_path_is_unimplemented_and_reaches_no_handler() {
    let recorder = Recorder::default();
    let kinds = KindsServer::new(recorder.clone(), Gate::new(by_roles));
    let channel = serve_plaintext(|server| server.add(kinds)).await;
    for path in [
        "/kinds.v1.Kinds/Unarypublic",
        "/kinds.v1.Kinds/UnaryPublic/",
        "/kinds.v1.Kinds//UnaryPublic",
        "/kinds.v1.Kinds/./UnaryPublic",
        "/kinds.v1.Kinds/UnaryPublic;v=1",
        "/kinds.v1.Kinds/Unary%50ublic",
        "/kinds.v1.Kinds/UnaryPublic?x=1",
        "/kinds.v1.KindsX/UnaryPublic",
        "/kinds.v1.Kinds/",
    ] {
        assert_eq!(call(&channel, path, &[]).await, Code::Unimplemented, "{path}");
    }
    assert!(recorder.take().is_empty());
}

#[tokio::test]
async fn call_with_two_credentials_is_refused() {
    // It does not look how many there are.
    let first = |head: &CallHead<'_>| match head.headers().contains_key("authorization") {
        true => principal(["reader", "writer"]).into(),
        false => Authentication::anonymous(),
    };
    let kinds = KindsServer::new(Recorder::default(), Gate::new(first));
    let channel = serve_plaintext(|server| server.add(kinds)).await;
    let twice = [("authorization", "Bearer roles.reader"), ("authorization", "Bearer roles.reader")];
    for &method in Method::ALL {
        let code = tokens::declared(method.rule().access(), Worth::Refused);
        assert_eq!(call(&channel, method.path(), &twice).await, code, "{method:?}");
    }
}

#[tokio::test]
async fn health_is_public_and_other_methods_are_not() {
    let (reporter, health) = tonic_health::server::health_reporter();
    reporter.set_serving::<KindsServer<Recorder>>().await;
    let kinds = KindsServer::new(Recorder::default(), Gate::new(by_roles));
    let channel = serve_plaintext(|server| server.add(kinds).add(Public::health(health))).await;
    assert_eq!(call(&channel, "/grpc.health.v1.Health/Check", &[]).await, Code::Ok);
    let probe_with_credential = [("authorization", "Bearer whatever")];
    assert_eq!(call(&channel, "/grpc.health.v1.Health/Check", &probe_with_credential).await, Code::Ok);
    assert_eq!(call(&channel, "/grpc.health.v1.HealthX/Check", &[]).await, Code::Unimplemented);
    assert_eq!(call(&channel, Method::UnaryReader.path(), &[]).await, Code::Unauthenticated);
}

#[test]
fn caller_obtains_other_methods_only_by_their_rules() {
    use secure_tests::services::kinds::v1::kinds_policy::rpc;
    let reader = principal(["reader"]).admit::<rpc::UnaryReader>().unwrap();
    assert!(reader.admit::<rpc::BidiStreamAnyOf>().is_ok());
    let nobody_special = principal([]).admit::<rpc::UnaryAuthenticated>().unwrap();
    assert_eq!(nobody_special.admit::<rpc::UnaryReader>().unwrap_err(), Denial::PermissionDenied);
    assert_eq!(principal(["writer"]).admit::<rpc::UnaryReader>().unwrap_err(), Denial::PermissionDenied);
}

#[test]
fn role_is_proven_only_to_a_caller_that_has_it() {
    use secure_tests::services::shop::v1::{orders_policy::rpc, policy_roles};
    let admin = principal(["admin"]).admit::<rpc::Get>().unwrap();
    assert!(admin.holding::<policy_roles::Admin>().is_ok());
    let clerk = principal(["clerk"]).admit::<rpc::Get>().unwrap();
    assert_eq!(clerk.holding::<policy_roles::Admin>().unwrap_err(), Denial::PermissionDenied);
}

#[test]
fn matrix_of_the_testing_module_equals_the_gate() {
    let matrix = secure_runtime::testing::matrix::<Method>([("nobody", None), ("writer", Some(principal(["writer"])))]);
    assert_eq!(matrix.cells().count(), 2 * Method::ALL.len());
    let of = |method, caller| matrix.cells().find(|cell| cell.method == method && cell.caller == caller).unwrap();
    assert_eq!(of(Method::UnaryAnyOf, "writer").decision, Decision::Allow);
    assert_eq!(of(Method::UnaryReader, "writer").decision, Decision::Deny(Denial::PermissionDenied));
    assert_eq!(of(Method::UnaryReader, "nobody").decision, Decision::Deny(Denial::CredentialMissing));
    expect_test::expect![[r#"
                                nobody           clerk            admin          
        /shop.v1.Orders/Ping    yes              yes              yes            
        /shop.v1.Orders/WhoAmI  unauthenticated  yes              yes            
        /shop.v1.Orders/Get     unauthenticated  yes              yes            
        /shop.v1.Orders/Watch   unauthenticated  yes              denied         
        /shop.v1.Orders/Import  unauthenticated  denied           yes            
        /shop.v1.Orders/Pack    unauthenticated  yes              denied         
    "#]]
    .assert_eq(
        &secure_runtime::testing::matrix::<secure_tests::services::shop::v1::orders_policy::Method>([
            ("nobody", None),
            ("clerk", Some(principal(["clerk"]))),
            ("admin", Some(principal(["admin"]))),
        ])
        .to_string(),
    );
}

/// Handlers that answer every call as if it were one of `rpc::UnaryAuthenticated`.
struct Confused;

impl secure_runtime::codegen::Dispatch<Confused> for Method {
    fn dispatch(
        self,
        service: std::sync::Arc<Confused>,
        call: secure_runtime::codegen::Call<Self>,
    ) -> secure_runtime::codegen::HandlerFuture {
        use secure_tests::services::kinds::v1::{Message, kinds_policy::rpc};
        call.to::<rpc::UnaryAuthenticated>()
            .unary(service, |_: &Confused, _, _| async { Ok(tonic::Response::new(Message::default())) })
    }
}

#[tokio::test]
async fn dispatch_by_hand_obtains_no_caller_of_another_method() {
    let confused = KindsServer::new(Confused, Gate::new(by_roles));
    let channel = serve_plaintext(|server| server.add(confused)).await;
    for &method in Method::ALL {
        let outcome = call(&channel, method.path(), &[("authorization", "Bearer roles.reader")]).await;
        let expected = match method.rule().access() {
            Access::Denied => Code::PermissionDenied,
            _ if method == Method::UnaryAuthenticated => Code::Ok,
            _ => Code::Unimplemented,
        };
        assert_eq!(outcome, expected, "{method:?}");
    }
}

/// Handlers with a caller of `rpc::UnaryReader` for every method.
struct Careless;

/// A marker of `Kinds.UnaryReader` that asks for no caller.
enum Anybody {}

impl secure_runtime::codegen::Rpc for Anybody {
    type Method = Method;
    type Caller = Anonymous;
    type Request = Message;
    type Response = Message;
    const METHOD: Method = Method::UnaryReader;
}

impl secure_runtime::codegen::Dispatch<Careless> for Method {
    fn dispatch(
        self,
        service: std::sync::Arc<Careless>,
        call: secure_runtime::codegen::Call<Self>,
    ) -> secure_runtime::codegen::HandlerFuture {
        call.to::<Anybody>().unary(service, |_: &Careless, _, _| async { Ok(tonic::Response::new(Message::default())) })
    }
}

#[tokio::test]
async fn protected_method_is_not_dispatched_as_public() {
    let careless = KindsServer::new(Careless, Gate::new(by_roles));
    let channel = serve_plaintext(|server| server.add(careless)).await;
    for &method in Method::ALL {
        let outcome = call(&channel, method.path(), &[("authorization", "Bearer roles.reader")]).await;
        assert_ne!(outcome, Code::Ok, "{method:?}");
    }
}

/// Handlers of `Bank` whose calls are dispatched by markers without the request conditions.
struct Unchecked;

/// A marker of `Bank.Open` that leaves the conditions of its rule out.
enum Open {}

impl secure_runtime::codegen::Rpc for Open {
    type Method = bank_policy::Method;
    type Caller = Caller<Self>;
    type Request = Transfer;
    type Response = Transfer;
    const METHOD: bank_policy::Method = bank_policy::Method::Open;
}

impl secure_runtime::codegen::Dispatch<Unchecked> for bank_policy::Method {
    fn dispatch(
        self,
        service: std::sync::Arc<Unchecked>,
        call: secure_runtime::codegen::Call<Self>,
    ) -> secure_runtime::codegen::HandlerFuture {
        call.to::<Open>().unary(service, |_: &Unchecked, _, request: tonic::Request<Transfer>| async {
            Ok(tonic::Response::new(request.into_inner()))
        })
    }
}

#[tokio::test]
async fn marker_without_the_conditions_of_its_rule_gets_no_caller() {
    let admit_anyone = |_: &CallHead<'_>| Authentication::from(principal(["*:read", "clerk", "director", "manager"]));
    let bank = BankServer::new(Unchecked, Gate::new(admit_anyone));
    let channel = serve_plaintext(|server| server.add(bank)).await;
    assert_eq!(call(&channel, bank_policy::Method::Open.path(), &[]).await, Code::Unimplemented);
}

#[tokio::test]
async fn credential_is_marked_sensitive_before_the_authenticator_sees_it() {
    let printed = std::sync::Arc::new(std::sync::Mutex::new(String::new()));
    let log = std::sync::Arc::clone(&printed);
    let authenticator = move |head: &CallHead<'_>| {
        *log.lock().unwrap() += &format!("{:?}", head.headers());
        by_roles(head)
    };
    let kinds = KindsServer::new(Recorder::default(), Gate::new(authenticator));
    let channel = serve_plaintext(|server| server.add(kinds)).await;
    let metadata = [("authorization", "Bearer roles.reader")];
    assert_eq!(call(&channel, Method::UnaryReader.path(), &metadata).await, Code::Ok);
    let printed = printed.lock().unwrap();
    assert!(printed.contains("authorization") && !printed.contains("roles.reader"), "{printed}");
}
