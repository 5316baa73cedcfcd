//! Malformed requests, as raw frames over TLS. They must not reach a handler, even with a credential that every rule
//! admits.

use secure_runtime::Public;
use secure_tests::kinds_service::Recorder;
use secure_tests::raw::{self, Answer};
use secure_tests::secured::Secured;
use secure_tests::services::kinds::v1::kinds_policy::Method;

/// The fields of a good request, some of them replaced; `None` leaves a field out.
fn fields<'a>(credential: &'a str, changes: &[(&'a str, Option<&'a str>)]) -> Vec<(&'a str, &'a str)> {
    let good = [
        (":method", "POST"),
        (":scheme", "https"),
        (":path", Method::UnaryReader.path()),
        (":authority", "localhost"),
        ("content-type", "application/grpc"),
        ("te", "trailers"),
        ("authorization", credential),
    ];
    let unchanged = good.into_iter().filter(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
    let changed = changes.iter().filter_map(|(name, value)| Some((*name, (*value)?)));
    // Pseudo-header fields come first (RFC 9113, section 8.3).
    let (pseudo, regular) = unchanged.chain(changed).partition::<Vec<_>, _>(|(name, _)| name.starts_with(':'));
    [pseudo, regular].concat()
}

async fn server(recorder: &Recorder) -> Secured {
    let (_, health) = tonic_health::server::health_reporter();
    Secured::start(recorder, |server| server.add(Public::health(health))).await
}

#[tokio::test]
async fn valid_raw_request_reaches_its_handler() {
    let recorder = Recorder::default();
    let server = server(&recorder).await;
    let credential = server.bearer(&["reader"]);
    assert_eq!(raw::request(server.tls().await, &fields(&credential, &[])).await, Answer::Headers);
    let parameters = [("content-type", Some("application/grpc+proto;charset=utf-8"))];
    assert_eq!(raw::request(server.tls().await, &fields(&credential, &parameters)).await, Answer::Headers);
    assert_eq!(recorder.take().len(), 2);
}

#[tokio::test]
async fn malformed_requests_reach_no_handler() {
    let recorder = Recorder::default();
    let server = server(&recorder).await;
    let credential = server.bearer(&["reader", "writer"]);
    let methods = ["GET", "PUT", "DELETE", "OPTIONS", "HEAD", "PATCH", "post", "POST "].map(|it| (":method", Some(it)));
    let types =
        ["text/plain", "application/json", "application/grpc-web", "application/grpcfoo", "APPLICATION/GRPC", ""]
            .map(|it| ("content-type", Some(it)));
    let paths = [
        "/kinds.v1.Kinds/UnaryReader?x",
        "/kinds.v1.Kinds/UnaryReader?",
        "//kinds.v1.Kinds/UnaryReader",
        "/kinds.v1.Kinds//UnaryReader",
        "/kinds.v1.Kinds/UnaryReader/",
        "/kinds.v1.Kinds/./UnaryReader",
        "/x/../kinds.v1.Kinds/UnaryReader",
        "/kinds.v1.Kinds/x/../UnaryReader",
        "/kinds.v1.Kinds/UnaryReader;v=1",
        "/kinds.v1.Kinds%2FUnaryReader",
        "/kinds.v1.Kinds/UnaryReader%00",
        "/kinds.v1.Kinds/Unary%52eader",
        "/kinds.v1.kinds/UnaryReader",
        "/kinds.v1.Kinds/unaryreader",
        "/kinds.v1.Kinds/unary_reader",
        "kinds.v1.Kinds/UnaryReader",
        "/kinds.v1.Kinds/UnaryReader ",
        "/kinds.v1.Kinds/UnaryReader\0",
        "https://localhost/kinds.v1.Kinds/UnaryReader",
        "/UnaryReader",
        "/kinds.v1/Kinds/UnaryReader",
        "/grpc.health.v1.HealthX/Check",
        "/grpc.health.v1.Health/Check/kinds.v1.Kinds/UnaryReader",
        "*",
        "",
    ]
    .map(|it| (":path", Some(it)));
    let missing = [("content-type", None), (":method", None), (":path", None), (":scheme", None)];
    for change in methods.into_iter().chain(types).chain(paths).chain(missing) {
        raw::request(server.tls().await, &fields(&credential, &[change])).await;
        assert!(recorder.take().is_empty(), "{change:?}");
    }
    let twice = [fields(&credential, &[]), vec![("authorization", credential.as_str())]].concat();
    assert_eq!(raw::request(server.tls().await, &twice).await, Answer::Headers);
    let twice = [fields(&credential, &[]), vec![("content-type", "application/grpc")]].concat();
    assert_eq!(raw::request(server.tls().await, &twice).await, Answer::Headers);
    assert!(recorder.take().is_empty());
}

#[tokio::test]
async fn http_1_reaches_no_handler() {
    let recorder = Recorder::default();
    let server = server(&recorder).await;
    let request = format!(
        "POST {} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/grpc\r\nte: trailers\r\n\
         authorization: {}\r\ncontent-length: 5\r\n\r\n\0\0\0\0\0",
        Method::UnaryReader.path(),
        server.bearer(&["reader"]),
    );
    let answer = raw::exchange(&mut server.tls().await, request.as_bytes()).await;
    assert!(matches!(answer, Answer::Aborted | Answer::Closed), "{answer:?}");
    assert!(server.tls_speaking(&[b"http/1.1"]).await.is_err(), "nothing but h2 is negotiated");
    assert!(recorder.take().is_empty());
}
