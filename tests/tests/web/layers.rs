//! Layers around a server: their order, and what they cannot do.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use http::{Request, Response, StatusCode};
use secure_runtime::audit::AuditEvent;
use secure_runtime::{Connection, Decision, Principal};
use secure_tests::callers::principal;
use secure_tests::kinds_service::Recorder;
use secure_tests::secured::Secured;
use secure_tests::server::call;
use secure_tests::services::kinds::v1::kinds_policy::Method;
use secure_tests::tokens::{Worth, declared};
use tonic::Code;
use tonic::body::Body;
use tower::layer::layer_fn;
use tower::service_fn;
use tower::util::MapRequestLayer;

/// A layer that does something to every request.
fn doing<F>(mut act: F) -> MapRequestLayer<impl FnMut(Request<Body>) -> Request<Body> + Clone + Send + Sync>
where
    F: FnMut(&mut Request<Body>) + Clone + Send + Sync,
{
    MapRequestLayer::new(move |mut request| {
        act(&mut request);
        request
    })
}

#[tokio::test]
async fn the_first_layer_sees_a_request_first() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let noting = |name| {
        let seen = Arc::clone(&seen);
        doing(move |_| seen.lock().unwrap().push(name))
    };
    let server = Secured::start(&Recorder::default(), |server| {
        server.layer(noting("first")).layer(noting("second")).layer(noting("third"))
    })
    .await;
    assert_eq!(call(&server.channel().await, Method::UnaryPublic.path(), &[]).await, Code::Ok);
    assert_eq!(*seen.lock().unwrap(), ["first", "second", "third"]);
}

#[tokio::test]
async fn response_of_a_layer_reaches_no_handler_and_is_no_event() {
    let (recorder, events) = (Recorder::default(), Arc::new(Mutex::new(0)));
    let counted = Arc::clone(&events);
    let answer = layer_fn(|_| {
        service_fn(|_: Request<Body>| async {
            let teapot = Response::builder().status(StatusCode::IM_A_TEAPOT).body(Body::empty());
            Ok::<_, Infallible>(teapot.unwrap())
        })
    });
    let audit = move |_: &AuditEvent<'_>| *counted.lock().unwrap() += 1;
    let server = Secured::start_audited(&recorder, audit, |server| server.layer(answer)).await;
    let credential = server.bearer(&["reader"]);
    let metadata = [("authorization", credential.as_str())];
    assert_eq!(call(&server.channel().await, Method::UnaryReader.path(), &metadata).await, Code::Unknown);
    assert!(recorder.take().is_empty());
    assert_eq!(*events.lock().unwrap(), 0);
}

#[tokio::test]
async fn layer_cannot_create_a_caller() {
    let recorder = Recorder::default();
    let server = Secured::start(&recorder, |server| {
        server.layer(doing(|request| {
            let admin = principal(["reader", "writer", "admin"]);
            let extensions = request.extensions_mut();
            extensions.insert(admin.id().clone());
            extensions.insert::<Principal>(admin.clone());
            extensions.insert::<Option<Principal>>(Some(admin));
            extensions.insert(Decision::Allow);
            request.headers_mut().insert("x-user", "admin".parse().unwrap());
        }))
    })
    .await;
    let channel = server.channel().await;
    for &method in Method::ALL {
        let code = declared(method.rule().access(), Worth::Nothing);
        assert_eq!(call(&channel, method.path(), &[]).await, code, "{method:?}");
        assert!(recorder.take().iter().all(|seen| seen.caller.is_none()), "{method:?}");
    }
}

#[tokio::test]
async fn layer_cannot_move_a_connection_to_another_request() {
    let recorder = Recorder::default();
    let looking = doing(|request| assert!(request.extensions().get::<Connection>().is_none()));
    let server = Secured::start(&recorder, |server| server.layer(looking)).await;
    let (channel, credential) = (server.channel().await, server.bearer(&["reader"]));
    assert_eq!(call(&channel, Method::UnaryReader.path(), &[("authorization", &credential)]).await, Code::Ok);
    assert_eq!(recorder.take().len(), 1);
}

#[tokio::test]
async fn protected_methods_refuse_when_a_layer_drops_the_connection() {
    let recorder = Recorder::default();
    let server =
        Secured::start(&recorder, |server| server.layer(doing(|request| request.extensions_mut().clear()))).await;
    let (channel, credential) = (server.channel().await, server.bearer(&["reader"]));
    let metadata = [("authorization", credential.as_str())];
    assert_eq!(call(&channel, Method::UnaryReader.path(), &metadata).await, Code::Unauthenticated);
    assert!(recorder.take().is_empty());
    assert_eq!(call(&channel, Method::UnaryPublic.path(), &[]).await, Code::Ok);
}

#[tokio::test]
async fn credential_is_hidden_from_a_layer_that_logs_headers() {
    let printed = Arc::new(Mutex::new(String::new()));
    let out = Arc::clone(&printed);
    let printing = doing(move |request| out.lock().unwrap().push_str(&format!("{request:?}")));
    let server = Secured::start(&Recorder::default(), |server| server.layer(printing)).await;
    let credential = server.bearer(&["reader"]);
    let metadata = ["authorization", "cookie", "proxy-authorization"].map(|name| (name, credential.as_str()));
    assert_eq!(call(&server.channel().await, Method::UnaryReader.path(), &metadata).await, Code::Ok);
    let printed = printed.lock().unwrap();
    assert!(printed.contains(Method::UnaryReader.path()) && !printed.contains(&credential[20..]), "{printed}");
}
