//! Closing connections loses no call. A call that reached its handler is answered, so no retry runs it again.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use secure_runtime::server::Limits;
use secure_runtime::{Caller, Credentials, Gate, SecureChannel, ServeError, Server, danger};
use secure_tests::callers::by_roles;
use secure_tests::pki::{Ca, Issued};
use secure_tests::services::bench::v1::Text;
use secure_tests::services::bench::v1::echo_client::EchoClient;
use secure_tests::services::bench::v1::echo_policy::rpc;
use secure_tests::services::bench::v1::echo_server::{Echo, EchoServer};
use secure_tests::tls::{client_tls, server_tls};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tonic::{Code, Request, Response, Status};

/// Counts how often each call ran.
#[derive(Clone, Default)]
struct Counter(Arc<Mutex<HashMap<String, usize>>>);

impl Echo for Counter {
    async fn say(&self, _: Caller<rpc::Say>, request: Request<Text>) -> Result<Response<Text>, Status> {
        *self.0.lock().unwrap().entry(request.get_ref().text.clone()).or_default() += 1;
        Ok(Response::new(request.into_inner()))
    }
}

/// A server that can be ended and started again on the same port.
struct Host {
    ca: Ca,
    own: Issued,
    calls: Counter,
}

impl Host {
    fn new() -> Self {
        let ca = Ca::new("ending");
        Self { own: ca.issue(), ca, calls: Counter::default() }
    }

    async fn start(
        &self,
        address: SocketAddr,
        end: CancellationToken,
    ) -> (SocketAddr, JoinHandle<Result<(), ServeError>>) {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = Server::new(server_tls(&self.own))
            .limits(Limits::default().max_connection_age(Duration::from_millis(300)))
            .add(EchoServer::new(self.calls.clone(), Gate::new(by_roles)));
        (address, tokio::spawn(server.serve_with_shutdown(listener, end.cancelled_owned())))
    }

    async fn channels(&self, address: SocketAddr) -> Vec<SecureChannel> {
        let uri = format!("https://localhost:{}", address.port());
        let mut channels = Vec::new();
        for _ in 0..8 {
            channels.push(SecureChannel::connect(&uri, client_tls(&self.ca)).await.unwrap());
        }
        channels
    }

    fn assert_each_ran_once(&self, calls: usize) {
        let counts = self.calls.0.lock().unwrap();
        let lost = counts.iter().filter(|(_, runs)| **runs != 1).collect::<Vec<_>>();
        assert!(lost.is_empty() && counts.len() == calls, "{} of {} lost: {lost:?}", lost.len(), counts.len());
    }
}

/// Calls over each channel, four at a time. A call that was refused is made again.
async fn call_all(channels: Vec<SecureChannel>, calls: usize) {
    let calls_of_worker = calls / channels.len() / 4;
    let mut workers = JoinSet::new();
    for (at, channel) in channels.into_iter().enumerate() {
        for worker in 0..4 {
            let client = EchoClient::new(channel.clone(), Credentials::bearer("roles.reader").unwrap());
            workers.spawn(async move {
                for call in 0..calls_of_worker {
                    until_answered(&client, format!("{at}.{worker}.{call}")).await;
                }
            });
        }
    }
    while let Some(outcome) = workers.join_next().await {
        outcome.unwrap();
    }
}

async fn until_answered(client: &EchoClient, text: String) {
    let answer = async {
        loop {
            match client.say(Text { text: text.clone() }).await {
                Ok(response) => return assert_eq!(response.into_inner().text, text),
                Err(status) if status.code() == Code::Unavailable => sleep(Duration::from_millis(10)).await,
                Err(status) => panic!("{text}: {status:?}"),
            }
        }
    };
    timeout(Duration::from_secs(30), answer).await.unwrap_or_else(|_| panic!("{text} is not answered"));
}

/// A multiple of 32: 4,000, or what the variable `CALLS` says.
fn calls() -> usize {
    std::env::var("CALLS").map_or(4_000, |calls| calls.parse().unwrap())
}

const ANY_PORT: ([u8; 4], u16) = ([127, 0, 0, 1], 0);

#[tokio::test(flavor = "multi_thread")]
async fn no_call_is_lost_while_connections_end_every_300_ms() {
    let host = Host::new();
    let (address, _) = host.start(ANY_PORT.into(), CancellationToken::new()).await;
    call_all(host.channels(address).await, calls()).await;
    host.assert_each_ran_once(calls());
}

#[tokio::test(flavor = "multi_thread")]
async fn no_call_is_lost_while_the_server_shuts_down_and_starts_again_on_its_port() {
    let host = Host::new();
    let mut end = CancellationToken::new();
    let (address, mut served) = host.start(ANY_PORT.into(), end.clone()).await;
    let channels = host.channels(address).await;
    let restarts = async {
        loop {
            sleep(Duration::from_millis(500)).await;
            end.cancel();
            served.await.unwrap().unwrap();
            end = CancellationToken::new();
            served = host.start(address, end.clone()).await.1;
        }
    };
    tokio::select! {
        () = call_all(channels, calls()) => {}
        () = restarts => {}
    }
    host.assert_each_ran_once(calls());
}

/// A socket that is closed with unread bytes is reset, and with it go the answers that the client has not read yet.
#[tokio::test]
async fn connection_is_closed_and_not_reset_while_its_client_still_writes() {
    let listener = TcpListener::bind(SocketAddr::from(ANY_PORT)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let limits = Limits::default().max_connection_age(Duration::from_millis(50));
    tokio::spawn(Server::new(danger::serve_plaintext("a test")).limits(limits).serve(listener));
    let mut client = TcpStream::connect(address).await.unwrap();
    client.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.unwrap();
    let ping = ping_with_goaway(&mut client).await;
    client.write_all(&[&PING_ACK_HEAD, &ping[..]].concat()).await.unwrap();
    for _ in 0..20 {
        sleep(Duration::from_millis(10)).await;
        client.write_all(&[&PING_HEAD, &[7; 8][..]].concat()).await.unwrap();
    }
    let mut rest = Vec::new();
    client.read_to_end(&mut rest).await.expect("the connection is not reset");
}

/// hyper sends a PING with its first GOAWAY, and waits for the answer.
async fn ping_with_goaway(client: &mut TcpStream) -> [u8; 8] {
    loop {
        let mut head = [0; 9];
        client.read_exact(&mut head).await.unwrap();
        let mut payload = vec![0; usize::from(head[2])];
        client.read_exact(&mut payload).await.unwrap();
        if head[3] == PING_HEAD[3] && head[4] == 0 {
            return payload.try_into().unwrap();
        }
    }
}

const PING_HEAD: [u8; 9] = [0, 0, 8, 6, 0, 0, 0, 0, 0];
const PING_ACK_HEAD: [u8; 9] = [0, 0, 8, 6, 1, 0, 0, 0, 0];
