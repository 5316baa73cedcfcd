//! gRPC-Web over HTTP/2 and TLS, sent by hand: gated like gRPC, and preflights tell nothing.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::routing::get;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode};
use http_body_util::BodyExt;
use secure_runtime::audit::AuditEvent;
use secure_runtime::authz::Access;
use secure_runtime::{Decision, danger};
use secure_tests::kinds_service::Recorder;
use secure_tests::secured::Secured;
use secure_tests::server::call;
use secure_tests::services::kinds::v1::kinds_policy::Method;
use tonic::Code;
use tonic::body::Body;
use tonic::transport::Channel;
use tonic_web::GrpcWebLayer;
use tower::ServiceExt;
use tower_http::cors::CorsLayer;

const ORIGIN: &str = "https://shop.example.com";

/// A server for pages of `ORIGIN`, as in `examples/web`, and the decisions of its gate.
struct Web {
    server: Secured,
    channel: Channel,
    recorder: Recorder,
    decisions: Arc<Mutex<Vec<Decision>>>,
}

impl Web {
    async fn start() -> Self {
        let (recorder, decisions) = (Recorder::default(), Arc::<Mutex<Vec<_>>>::default());
        let noted = Arc::clone(&decisions);
        let audit = move |event: &AuditEvent<'_>| noted.lock().unwrap().push(event.decision);
        let routes = Router::new().route("/version", get("1"));
        let server = Secured::start_audited(&recorder, audit, |server| {
            server.layer(cors()).layer(GrpcWebLayer::new()).fallback(danger::ungated(routes, "a test"))
        })
        .await;
        Self { channel: server.channel().await, server, recorder, decisions }
    }

    async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Bytes) -> Response<Bytes> {
        let mut request = Request::builder().method(method).uri(path).header("origin", ORIGIN);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = Body::new(http_body_util::Full::new(body));
        let response = self.channel.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        let (head, body) = response.into_parts();
        Response::from_parts(head, body.collect().await.unwrap().to_bytes())
    }

    /// Calls a method with one empty message, as a page would.
    async fn call(&self, path: &str, credential: Option<&str>) -> Response<Bytes> {
        let credential = credential.map(|credential| ("authorization", credential));
        let headers = [("content-type", "application/grpc-web+proto"), ("x-grpc-web", "1")];
        let headers = headers.into_iter().chain(credential).collect::<Vec<_>>();
        self.send("POST", path, &headers, Bytes::from_static(&[0; 5])).await
    }

    async fn preflight(&self, path: &str) -> Response<Bytes> {
        let headers = [
            ("access-control-request-method", "POST"),
            ("access-control-request-headers", "authorization,content-type,x-grpc-web"),
        ];
        self.send("OPTIONS", path, &headers, Bytes::new()).await
    }

    fn take_decisions(&self) -> Vec<Decision> {
        std::mem::take(&mut *self.decisions.lock().unwrap())
    }
}

fn cors() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(HeaderValue::from_static(ORIGIN))
        .allow_methods([http::Method::GET, http::Method::POST])
        .allow_headers(["authorization", "content-type", "x-grpc-web"].map(HeaderName::from_static))
        .expose_headers(["grpc-status", "grpc-message", "grpc-status-details-bin"].map(HeaderName::from_static))
}

/// The outcome: in the headers of a refusal, in the last frame of an answer otherwise.
fn code(response: &Response<Bytes>) -> Code {
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["access-control-allow-origin"], ORIGIN);
    let in_headers = response.headers().get("grpc-status").map(|status| Code::from_bytes(status.as_bytes()));
    let text = String::from_utf8_lossy(response.body());
    let in_body = text.rsplit_once("grpc-status:").map(|(_, status)| Code::from_bytes(status.trim().as_bytes()));
    in_headers.or(in_body).expect("a call has an outcome")
}

#[tokio::test]
async fn every_method_admits_only_callers_of_its_rule_over_grpc_web() {
    let web = Web::start().await;
    let callers = [
        (None, Code::Unauthenticated),
        (Some("Bearer not.a.token".to_owned()), Code::Unauthenticated),
        (Some(web.server.bearer(&["auditor"])), Code::PermissionDenied),
        (Some(web.server.bearer(&["reader"])), Code::Ok),
    ];
    for method in [Method::UnaryPublic, Method::ServerStreamPublic, Method::UnaryReader, Method::ServerStreamReader] {
        for (credential, protected) in &callers {
            let public = method.rule().access() == Access::Public;
            let forged = credential.as_ref().is_some_and(|credential| credential.len() < 20);
            let expected = if public && !forged { Code::Ok } else { *protected };
            let response = web.call(method.path(), credential.as_deref()).await;
            assert_eq!(code(&response), expected, "{method:?} {credential:?}");
            let exposed = &response.headers()["access-control-expose-headers"];
            assert_eq!(exposed, "grpc-status,grpc-message,grpc-status-details-bin");
            let handled = usize::from(expected == Code::Ok);
            assert_eq!(web.recorder.take().len(), handled, "{method:?} {credential:?}");
            assert_eq!(web.take_decisions().len(), 1);
        }
    }
    assert_eq!(code(&web.call("/kinds.v1.Kinds/Nope", None).await), Code::Unimplemented);
    assert_eq!(code(&web.call("/other.v1.Other/Get", None).await), Code::Unimplemented);
}

#[tokio::test]
async fn refusal_over_grpc_web_has_its_status_in_headers_only() {
    let web = Web::start().await;
    let response = web.call(Method::UnaryReader.path(), None).await;
    assert!(response.headers().contains_key("grpc-status-details-bin"));
    assert_eq!(response.headers()["content-type"], "application/grpc-web+proto");
    assert!(!format!("{response:?}").contains("reader"), "{response:?}");
}

/// Order: outermost, so that no gate ever meets a preflight, and none differs from another.
#[tokio::test]
async fn preflight_reveals_no_method_and_no_role() {
    let web = Web::start().await;
    let paths = Method::ALL.iter().map(|method| method.path());
    let others = ["/kinds.v1.Kinds/Nope", "/other.v1.Other/Get", "/version", "/"];
    let known = visible(web.preflight(Method::UnaryReader.path()).await);
    assert_eq!(known.0, StatusCode::OK);
    assert!(known.2.is_empty() && !format!("{known:?}").contains("reader"), "{known:?}");
    for path in paths.chain(others) {
        assert_eq!(visible(web.preflight(path).await), known, "{path}");
    }
    assert_eq!(visible(web.send("OPTIONS", Method::UnaryReader.path(), &[], Bytes::new()).await), known);
    assert!(web.recorder.take().is_empty());
    assert!(web.take_decisions().is_empty());
}

/// All that a client sees, but for the time.
fn visible(response: Response<Bytes>) -> (StatusCode, HeaderMap, Bytes) {
    let (mut head, body) = response.into_parts();
    head.headers.remove("date");
    (head.status, head.headers, body)
}

/// CORS is around gRPC-Web: what that answers by itself can be read by the page, too.
#[tokio::test]
async fn response_of_an_inner_layer_passes_the_outer_layer() {
    let web = Web::start().await;
    let content_type = [("content-type", "application/grpc-web")];
    let response = web.send("GET", Method::UnaryPublic.path(), &content_type, Bytes::new()).await;
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(response.headers()["access-control-allow-origin"], ORIGIN);
    assert!(web.take_decisions().is_empty());
}

#[tokio::test]
async fn grpc_grpc_web_and_routes_share_a_port() {
    let web = Web::start().await;
    let version = web.send("GET", "/version", &[], Bytes::new()).await;
    assert_eq!((version.status(), version.body().as_ref()), (StatusCode::OK, b"1".as_slice()));
    let path = Method::UnaryReader.path();
    let credential = web.server.bearer(&["reader"]);
    assert_eq!(call(&web.channel, path, &[]).await, Code::Unauthenticated);
    assert_eq!(call(&web.channel, path, &[("authorization", &credential)]).await, Code::Ok);
    assert_eq!(code(&web.call(path, Some(&credential)).await), Code::Ok);
    assert_eq!(web.recorder.take().len(), 2);
}
