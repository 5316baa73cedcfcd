//! Compressed messages. Their limit is their size after decompression.

use http::uri::PathAndQuery;
use secure_runtime::{Credentials, Gate, SecureChannel, Server};
use secure_tests::callers::by_roles;
use secure_tests::kinds_service::Recorder;
use secure_tests::pki::Ca;
use secure_tests::server::serve_plaintext;
use secure_tests::services::kinds::v1::Message;
use secure_tests::services::kinds::v1::kinds_client::KindsClient;
use secure_tests::services::kinds::v1::kinds_policy::Method;
use secure_tests::services::kinds::v1::kinds_server::KindsServer;
use secure_tests::tls::{client_tls, server_tls};
use tokio::net::TcpListener;
use tonic::client::Grpc;
use tonic::codec::CompressionEncoding::{self, Gzip, Zstd};
use tonic::metadata::MetadataMap;
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

#[tokio::test]
async fn client_compresses_messages_if_compression_is_set() {
    for encoding in [Gzip, Zstd] {
        let (recorder, ca) = (Recorder::default(), Ca::new("tests"));
        let service = KindsServer::new(recorder.clone(), Gate::new(by_roles));
        let service = service.accept_compressed(encoding).send_compressed(encoding);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("https://localhost:{}", listener.local_addr().unwrap().port());
        tokio::spawn(Server::new(server_tls(&ca.issue())).add(service).serve(listener));
        let plain = SecureChannel::connect(&address, client_tls(&ca)).await.unwrap();
        let compressed = plain.clone().accept_compressed(encoding).send_compressed(encoding);
        let text = match encoding {
            Gzip => "gzip",
            _ => "zstd",
        };
        for (channel, expected) in [(plain, None), (compressed, Some(text))] {
            let client = KindsClient::new(channel, Credentials::bearer("roles.reader").unwrap());
            let response = client.unary_reader(Message { text: "x".repeat(10_000) }).await.unwrap();
            let value =
                |metadata: &MetadataMap| metadata.get("grpc-encoding").map(|it| it.to_str().unwrap().to_owned());
            assert_eq!(value(response.metadata()).as_deref(), expected);
            assert_eq!(value(&recorder.take().remove(0).metadata).as_deref(), expected);
        }
    }
}

/// The status of a call with a message of so many equal bytes.
async fn code(encoding: CompressionEncoding, length: usize) -> Code {
    let recorder = Recorder::default();
    let service = KindsServer::new(recorder.clone(), Gate::new(by_roles)).accept_compressed(encoding);
    let channel = serve_plaintext(|server| server.add(service)).await;
    let mut grpc = Grpc::new(channel).send_compressed(encoding);
    grpc.ready().await.unwrap();
    // Unauthenticated callers may send short messages only.
    let path = PathAndQuery::from_static(Method::UnaryReader.path());
    let mut request = Request::new(Message { text: "x".repeat(length) });
    request.metadata_mut().insert("authorization", "Bearer roles.reader".parse().unwrap());
    let answer = grpc.unary(request, path, ProstCodec::<Message, Message>::default()).await;
    assert_eq!(recorder.take().len(), usize::from(answer.is_ok()));
    answer.map_or_else(|status| status.code(), |_| Code::Ok)
}
