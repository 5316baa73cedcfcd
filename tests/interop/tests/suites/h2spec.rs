//! h2spec, against our server and tonic's own.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::path::Path;
use std::pin::Pin;
use std::process::Command;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, header};
use http_body::Frame;
use http_body_util::{BodyExt, Full, StreamBody};
use secure_interop::grpc::server::Tests;
use secure_interop::public::grpc::testing::test_service_server::TestServiceServer;
use secure_runtime::{Authentication, CallHead, Gate, Server, danger};
use secure_tests::pki::Ca;
use secure_tests::tls::server_tls;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::body::Body;
use tonic::server::NamedService;
use tower::Service;
use tower::util::MapRequestLayer;

use crate::program::{installed, run};

#[tokio::test(flavor = "multi_thread")]
async fn server_passes_every_case_that_a_tonic_server_passes() {
    let Some(suite) = installed("bin/h2spec") else { return };
    let by_tonic = passed(&suite, tonics().await, &[]).await;
    assert!(by_tonic.len() > 100, "{by_tonic:?}");
    let plaintext = ours(Server::new(danger::serve_plaintext("a test"))).await;
    let tls = ours(Server::new(server_tls(&Ca::new("h2spec").issue()))).await;
    for (address, arguments) in [(plaintext, &[][..]), (tls, &["--tls", "--insecure"])] {
        let by_us = passed(&suite, address, arguments).await;
        assert_eq!(by_tonic.difference(&by_us).collect::<Vec<_>>(), [""; 0], "{arguments:?}");
    }
}

async fn tonics() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tonic::transport::Server::builder().add_service(Plain);
    tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
    address
}

/// h2spec sends no gRPC requests; a layer makes them so, else ours would answer without a body.
async fn ours(server: Server) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let gate = Gate::new(|_: &CallHead<'_>| Authentication::anonymous());
    let server = server.layer(MapRequestLayer::new(as_grpc)).add(TestServiceServer::new(Tests, gate));
    tokio::spawn(server.serve(listener));
    address
}

fn as_grpc(mut request: Request<Body>) -> Request<Body> {
    *request.method_mut() = Method::POST;
    request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    request.map(|body| {
        let message = tokio_stream::once(body).then(|body| async {
            let whole = body.collect().await;
            whole.map(|_| Frame::data(Bytes::from_static(&[0; 5])))
        });
        Body::new(StreamBody::new(message))
    })
}

/// The cases that pass, by the report that h2spec writes in JUnit's format.
async fn passed(suite: &Path, address: SocketAddr, arguments: &[&str]) -> BTreeSet<String> {
    let files = TempDir::new().unwrap();
    let report = files.path().join("report.xml");
    let mut command = Command::new(suite);
    command.args(["--host", "127.0.0.1", "--path", "/grpc.testing.TestService/EmptyCall", "--timeout", "1"]);
    command.args(["--port", &address.port().to_string()]).args(arguments);
    command.arg("--junit-report").arg(&report);
    let ended = run(command, Duration::from_secs(300)).await;
    let report = std::fs::read_to_string(&report).unwrap_or_else(|_| panic!("{}", ended.output));
    cases(&report).collect()
}

fn cases(report: &str) -> impl Iterator<Item = String> {
    report.split("<testcase ").skip(1).filter_map(|case| {
        let case = case.split("</testcase>").next()?;
        let name = |attribute: &str| case.split(attribute).nth(1)?.split('"').next();
        let is_passed = !["<failure", "<error", "<skipped"].iter().any(|outcome| case.contains(outcome));
        is_passed.then(|| Some(format!("{} {}", name("package=\"")?, name("classname=\"")?)))?
    })
}

/// Answers any request with an empty message, as tonic's generated servers do.
#[derive(Clone)]
struct Plain;

impl NamedService for Plain {
    const NAME: &'static str = "grpc.testing.TestService";
}

impl Service<Request<Body>> for Plain {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        Box::pin(async move {
            if let Err(status) = request.into_body().collect().await {
                return Ok(status.into_http());
            }
            let trailers = async { Some(Ok(HeaderMap::from_iter([(STATUS, HeaderValue::from(0))]))) };
            let message = Full::new(Bytes::from_static(&[0; 5])).with_trailers(trailers);
            let mut response = Response::new(Body::new(message));
            response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
            Ok(response)
        })
    }
}

const STATUS: HeaderName = HeaderName::from_static("grpc-status");
