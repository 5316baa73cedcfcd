//! Our server, with requests of hand-made frames.

use std::future::pending;
use std::net::SocketAddr;
use std::time::Duration;

use secure_runtime::call_policy::{PolicyAnswer, RuledCall};
use secure_runtime::{Authentication, CallHead, Gate, Principal, Public, Server, danger};
use secure_tests::bank_service::Ledger;
use secure_tests::callers::by_roles;
use secure_tests::kinds_service::Recorder;
use secure_tests::services::bank::v1::bank_policy::Method as BankMethod;
use secure_tests::services::bank::v1::bank_server::BankServer;
use secure_tests::services::kinds::v1::kinds_policy::Method;
use secure_tests::services::kinds::v1::kinds_server::KindsServer;
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep, timeout};
use tonic::Code;

use super::message;

const LIMIT: usize = 100;
const TAKING_ONE: [Method; 2] = [Method::UnaryPublic, Method::ServerStreamPublic];
const TAKING_MANY: [Method; 2] = [Method::ClientStreamPublic, Method::BidiStreamPublic];

#[tokio::test]
async fn unary_request_with_no_or_several_messages_is_refused_before_its_handler() {
    let (recorder, address) = kinds().await;
    for method in TAKING_ONE {
        for body in [vec![], message(&[]).repeat(2), [message(&[]), vec![0]].concat(), message(&[]).repeat(900)] {
            let code = Call::new(method.path()).body(body.clone()).made(address).await;
            let expected = if body.len() == 6 { Code::Internal } else { Code::Unimplemented };
            assert_eq!(code, expected, "{method:?} {}", body.len());
        }
        assert!(recorder.take().is_empty(), "{method:?}");
        assert_eq!(Call::new(method.path()).body(message(&[])).made(address).await, Code::Ok);
        assert_eq!(recorder.take().len(), 1, "{method:?}");
    }
}

#[tokio::test]
async fn request_that_ends_inside_a_message_is_internal() {
    let (recorder, address) = kinds().await;
    for method in TAKING_ONE.into_iter().chain(TAKING_MANY) {
        for end in [1, 4, 5, 7] {
            let body = message(&[10, 1, b'x'])[..end].to_vec();
            assert_eq!(Call::new(method.path()).body(body).made(address).await, Code::Internal, "{method:?} {end}");
        }
        let handlers_of_one = recorder.take().iter().filter(|seen| TAKING_ONE.contains(&seen.method)).count();
        assert_eq!(handlers_of_one, 0, "{method:?}");
    }
}

#[tokio::test]
async fn too_long_message_is_resource_exhausted() {
    let (_, address) = kinds().await;
    let text = |length: u8| message(&[&[10, length][..], &vec![b'x'; length.into()]].concat());
    for method in TAKING_ONE.into_iter().chain(TAKING_MANY) {
        let at_limit = Call::new(method.path()).body(text(98)).made(address).await;
        assert_eq!(at_limit, Code::Ok, "{method:?}");
        let over = Call::new(method.path()).body(text(99)).made(address).await;
        assert_eq!(over, Code::ResourceExhausted, "{method:?}");
        // The length alone is enough: the rest is not waited for.
        let length = Call::new(method.path()).body(text(99)[..5].to_vec()).left_open().made(address).await;
        assert_eq!(length, Code::ResourceExhausted, "{method:?}");
    }
    for method in TAKING_MANY {
        let second = Call::new(method.path()).body([text(1), text(99)].concat()).made(address).await;
        assert_eq!(second, Code::ResourceExhausted, "{method:?}");
    }
}

#[tokio::test]
async fn call_whose_requests_do_not_end_ends_at_its_deadline() {
    let (_, address) = kinds().await;
    for method in TAKING_ONE.into_iter().chain(TAKING_MANY) {
        let call = Call::new(method.path()).body(message(&[])).left_open().deadline("300m");
        ends_at_its_deadline(call, address).await;
    }
}

#[tokio::test]
async fn stream_whose_response_has_begun_ends_at_its_deadline() {
    let address = bank().await;
    ends_at_its_deadline(Call::new(BankMethod::Trade.path()).left_open().deadline("300m"), address).await;
}

#[tokio::test]
async fn stream_of_a_vendored_service_ends_at_its_deadline() {
    let (reporter, health) = tonic_health::server::health_reporter();
    let address = serve(|server| server.add(Public::health(health))).await;
    let call = Call::new("/grpc.health.v1.Health/Watch").body(message(&[])).deadline("300m");
    ends_at_its_deadline(call, address).await;
    drop(reporter);
}

#[tokio::test]
async fn deadline_ends_a_call_while_its_gate_waits() {
    let never = || Gate::new(|_: &CallHead<'_>| Authentication::pending(pending()));
    let never_allowed = || {
        Gate::new(|head: &CallHead<'_>| somebody(head).into())
            .call_policy(|_: &RuledCall<'_>| PolicyAnswer::pending(pending()))
    };
    for gate in [never(), never_allowed()] {
        let address = serve(|server| server.add(KindsServer::new(Recorder::default(), gate))).await;
        for method in [Method::UnaryAuthenticated, Method::BidiStreamAuthenticated] {
            ends_at_its_deadline(Call::new(method.path()).body(message(&[])).deadline("300m"), address).await;
        }
    }
}

#[tokio::test]
async fn deadline_counts_from_the_arrival_of_a_call_whose_gate_waited() {
    let second = Duration::from_secs(1);
    let late = Gate::new(move |head: &CallHead<'_>| {
        let found = somebody(head);
        Authentication::pending(async move {
            sleep(second).await;
            Ok(Some(found))
        })
    });
    let late_policy = Gate::new(|head: &CallHead<'_>| somebody(head).into()).call_policy(move |_: &RuledCall<'_>| {
        PolicyAnswer::pending(async move {
            sleep(second).await;
            Ok(())
        })
    });
    for gate in [late, late_policy] {
        let recorder = Recorder::default();
        let address = serve(|server| server.add(KindsServer::new(recorder.clone(), gate))).await;
        let start = Instant::now();
        let call = Call::new(Method::ClientStreamAuthenticated.path()).left_open().deadline("1300m");
        ends_at_its_deadline(call, address).await;
        assert!(start.elapsed() < second * 2, "{:?}", start.elapsed());
        assert_eq!(recorder.take().len(), 1, "the handler ran");
    }
}

fn somebody(_: &CallHead<'_>) -> Principal {
    Principal::new("https://id.example.com", "somebody")
}

async fn ends_at_its_deadline(call: Call, address: SocketAddr) {
    let (start, path) = (Instant::now(), call.path);
    assert_eq!(call.made(address).await, Code::DeadlineExceeded, "{path}");
    let lasted = start.elapsed();
    assert!(lasted >= Duration::from_millis(290), "{path} {lasted:?}");
}

async fn kinds() -> (Recorder, SocketAddr) {
    let recorder = Recorder::default();
    let service = KindsServer::new(recorder.clone(), Gate::new(by_roles)).max_decoding_message_size(LIMIT);
    (recorder, serve(|server| server.add(service)).await)
}

/// A bank whose `Trade` answers once, and then waits.
async fn bank() -> SocketAddr {
    let claims = json!({ "branch": { "id": "north" }, "branch_number": 4 }).as_object().unwrap().clone();
    let teller = Principal::new("https://id.example.com", "7").roles(["teller"]).claims(claims);
    let gate = Gate::new(move |_: &CallHead<'_>| teller.clone().into());
    serve(|server| server.add(BankServer::new(Ledger::default(), gate))).await
}

async fn serve(add: impl FnOnce(Server) -> Server) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(add(Server::new(danger::serve_plaintext("a test"))).serve(listener));
    address
}

/// A call by hand.
struct Call {
    path: &'static str,
    body: Vec<u8>,
    is_left_open: bool,
    deadline: Option<&'static str>,
}

impl Call {
    fn new(path: &'static str) -> Self {
        Self { path, body: Vec::new(), is_left_open: false, deadline: None }
    }

    fn body(self, body: Vec<u8>) -> Self {
        Self { body, ..self }
    }

    /// The client does not say that its requests have ended.
    fn left_open(self) -> Self {
        Self { is_left_open: true, ..self }
    }

    fn deadline(self, deadline: &'static str) -> Self {
        Self { deadline: Some(deadline), ..self }
    }

    /// Makes the call, and gives its status.
    async fn made(self, address: SocketAddr) -> Code {
        timeout(Duration::from_secs(10), self.status(address)).await.expect("the call ends")
    }

    async fn status(self, address: SocketAddr) -> Code {
        let stream = TcpStream::connect(address).await.unwrap();
        let (mut client, connection) = h2::client::handshake(stream).await.unwrap();
        tokio::spawn(connection);
        let mut request =
            http::Request::post(format!("http://{address}{}", self.path)).header("content-type", "application/grpc");
        if let Some(deadline) = self.deadline {
            request = request.header("grpc-timeout", deadline);
        }
        let (response, mut requests) = client.send_request(request.body(()).unwrap(), false).unwrap();
        requests.send_data(self.body.into(), !self.is_left_open).unwrap();
        let (head, mut body) = response.await.unwrap().into_parts();
        while let Some(data) = body.data().await {
            data.unwrap();
        }
        let trailers = body.trailers().await.unwrap().unwrap_or_default();
        let status = head.headers.get("grpc-status").or_else(|| trailers.get("grpc-status"));
        Code::from_bytes(status.expect("every call has a status").as_bytes())
    }
}
