//! A server in this process, and a channel to it.

use http::uri::PathAndQuery;
use secure_runtime::{Server, danger};
use tokio::net::TcpListener;
use tonic::client::Grpc;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Status};
use tonic_prost::ProstCodec;

/// Serves over plaintext on a free port of loopback; returns tonic's own channel, which sends any metadata.
pub async fn serve_plaintext(add: impl FnOnce(Server) -> Server) -> Channel {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
    let address = listener.local_addr().expect("a bound listener has an address");
    tokio::spawn(add(Server::new(danger::serve_plaintext("a test"))).serve(listener));
    Endpoint::from_shared(format!("http://{address}")).expect("an address is a URI").connect_lazy()
}

/// Calls any method of any kind with one empty message, reads its answer to the end, and gives its status.
///
/// An empty message is a message of any type, and a request of one message is a request of any kind.
pub async fn call(channel: &Channel, path: &'static str, metadata: &[(&'static str, &str)]) -> Code {
    answer(channel, path, metadata).await.map_or_else(|status| status.code(), |()| Code::Ok)
}

/// The same, for calls that are refused.
pub async fn refusal(channel: &Channel, path: &'static str, metadata: &[(&'static str, &str)]) -> Status {
    answer(channel, path, metadata).await.expect_err("the call is refused")
}

async fn answer(channel: &Channel, path: &'static str, metadata: &[(&'static str, &str)]) -> Result<(), Status> {
    let mut request = Request::new(tokio_stream::once(()));
    for (name, value) in metadata {
        let value = value.parse().expect("test metadata is ASCII");
        request.metadata_mut().append(*name, value);
    }
    let mut grpc = Grpc::new(channel.clone());
    grpc.ready().await.map_err(|error| Status::from_error(error.into()))?;
    let codec = ProstCodec::<(), ()>::default();
    let mut responses = grpc.streaming(request, PathAndQuery::from_static(path), codec).await?.into_inner();
    while responses.message().await?.is_some() {}
    Ok(())
}
