//! Compressed messages: what counts is their size after decompression.

use http::uri::PathAndQuery;
use secure_runtime::Gate;
use secure_tests::callers::by_roles;
use secure_tests::kinds_service::Recorder;
use secure_tests::server::serve_plaintext;
use secure_tests::services::kinds::v1::Message;
use secure_tests::services::kinds::v1::kinds_policy::Method;
use secure_tests::services::kinds::v1::kinds_server::KindsServer;
use tonic::client::Grpc;
use tonic::codec::CompressionEncoding::{self, Gzip, Zstd};
use tonic::{Code, Request};
use tonic_prost::ProstCodec;

#[tokio::test]
async fn message_that_is_too_long_after_decompression_is_refused() {
    for encoding in [Gzip, Zstd] {
        assert_eq!(code(encoding, 1024 * 1024).await, Code::Ok, "{encoding:?}");
        // 4 KiB on the wire, or less.
        assert_eq!(code(encoding, 5 * 1024 * 1024).await, Code::ResourceExhausted, "{encoding:?}");
    }
}

/// The status of a call with a message of so many equal bytes.
async fn code(encoding: CompressionEncoding, length: usize) -> Code {
    let recorder = Recorder::default();
    let service = KindsServer::new(recorder.clone(), Gate::new(by_roles)).accept_compressed(encoding);
    let channel = serve_plaintext(|server| server.add(service)).await;
    let mut grpc = Grpc::new(channel).send_compressed(encoding);
    grpc.ready().await.unwrap();
    // Callers that are not proven may send short messages only.
    let path = PathAndQuery::from_static(Method::UnaryReader.path());
    let mut request = Request::new(Message { text: "x".repeat(length) });
    request.metadata_mut().insert("authorization", "Bearer roles.reader".parse().unwrap());
    let answer = grpc.unary(request, path, ProstCodec::<Message, Message>::default()).await;
    assert_eq!(recorder.take().len(), usize::from(answer.is_ok()));
    answer.map_or_else(|status| status.code(), |_| Code::Ok)
}
