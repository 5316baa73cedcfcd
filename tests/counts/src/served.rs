//! Unary calls over one connection on the loopback: client, server and HTTP/2, on one thread and without TLS.

use std::net::SocketAddr;

use secure_runtime::testing::TestIssuer;
use secure_runtime::{Server, danger};
use serde_json::json;
use tokio::net::TcpListener;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::Channel;
use tonic::transport::server::TcpIncoming;
use tonic::{Code, Request, Status};

use crate::calls::gated::echo_server::EchoServer;
use crate::calls::ungated::echo_client::EchoClient;
use crate::calls::{Handler, Text, gate, ungated};
use crate::scenario::Scenario;

/// How many calls run at a time.
const IN_FLIGHT: usize = 8;

/// Makes so many calls, and checks the status of each.
pub(crate) fn run(scenario: Scenario, calls: u64) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let issuer = TestIssuer::new("https://id.example.com");
    let calls = usize::try_from(calls).expect("few calls");
    runtime.block_on(async {
        let address = start(scenario, &issuer).await;
        let client = EchoClient::connect(format!("http://{address}")).await.expect("a connection");
        let token = (scenario != Scenario::ServedRefusal).then(|| token(&issuer));
        let expected = if token.is_some() { Code::Ok } else { Code::Unauthenticated };
        let lanes: Vec<_> = (0..IN_FLIGHT)
            .map(|_| tokio::spawn(lane(client.clone(), token.clone(), calls / IN_FLIGHT, expected)))
            .collect();
        for lane in lanes {
            lane.await.expect("no panic");
        }
    });
}

/// Starts the server of a scenario.
async fn start(scenario: Scenario, issuer: &TestIssuer) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    match scenario {
        Scenario::ServedTonic => {
            let server =
                tonic::transport::Server::builder().add_service(ungated::echo_server::EchoServer::new(Handler));
            let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
            tokio::spawn(async move { server.serve_with_incoming(incoming).await.expect("it serves") });
        }
        _ => {
            let server =
                Server::new(danger::serve_plaintext("a benchmark")).add(EchoServer::new(Handler, gate(issuer)));
            tokio::spawn(async move { server.serve(listener).await.expect("it serves") });
        }
    }
    address
}

fn token(issuer: &TestIssuer) -> MetadataValue<Ascii> {
    let token = issuer.token(json!({ "aud": "bench", "sub": "0", "roles": ["reader"] }));
    format!("Bearer {token}").parse().expect("a token is ASCII")
}

/// Calls that follow each other.
async fn lane(mut client: EchoClient<Channel>, token: Option<MetadataValue<Ascii>>, calls: usize, expected: Code) {
    for _ in 0..calls {
        let mut request = Request::new(Text { text: "hello".to_owned() });
        if let Some(token) = &token {
            request.metadata_mut().insert("authorization", token.clone());
        }
        let code = client.say(request).await.map_or_else(|status: Status| status.code(), |_| Code::Ok);
        assert_eq!(code, expected);
    }
}
