//! What the gate costs: unary calls to tonic's own server without authentication, to the same behind the usual
//! interceptor with jsonwebtoken, and to ours. Same handler, same token, same client, in turns; over plaintext, because
//! TLS costs all three the same. Prints the CPU time of a call, client included, relative to the first.
//!
//! `cargo bench -p secure-tests --bench calls` measures. Without `--bench`, as in `cargo test`, it sees that all run.

use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use secure_runtime::audit::AuditEvent;
use secure_runtime::authn::BearerToken;
use secure_runtime::authn::jwt::Jwt;
use secure_runtime::testing::TestIssuer;
use secure_runtime::{Authentication, Authenticator, CallHead, Caller, Gate, Server, danger};
use secure_tests::cost::cpu_time;
use secure_tests::secured::{good_claims, jwt};
use secure_tests::services::bench::v1::Text;
use secure_tests::services::bench::v1::echo_policy::rpc;
use secure_tests::services::bench::v1::echo_server::{Echo, EchoServer};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::service::Routes;
use tonic::transport::Endpoint;
use tonic::{Request, Response, Status};

/// tonic's own stub.
#[allow(clippy::all, missing_docs, unused_qualifications, reason = "tonic writes it so")]
mod ungated {
    use secure_tests::services::bench::v1::*;
    include!("../golden/tonic/bench.v1.rs");
}
use ungated::echo_client::EchoClient;

const CONNECTIONS: usize = 8;
const IN_FLIGHT: usize = 8;

struct Handler;

impl Echo for Handler {
    async fn say(&self, _: Caller<rpc::Say>, request: Request<Text>) -> Result<Response<Text>, Status> {
        Ok(Response::new(request.into_inner()))
    }
}

#[tonic::async_trait]
impl ungated::echo_server::Echo for Handler {
    async fn say(&self, request: Request<Text>) -> Result<Response<Text>, Status> {
        Ok(Response::new(request.into_inner()))
    }
}

fn main() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let measured = std::env::args().any(|argument| argument == "--bench");
    let (rounds, calls) = if measured { (15, 400) } else { (1, 2) };
    let issuer = TestIssuer::new("https://id.example.com");
    let token = issuer.token(good_claims(json!({ "roles": ["reader"] })));
    runtime.block_on(compare(&issuer, &token, rounds, calls));
}

async fn compare(issuer: &TestIssuer, token: &str, rounds: usize, calls: usize) {
    let servers = [
        ("tonic, no authentication", tonic(Routes::new(ungated::echo_server::EchoServer::new(Handler))).await),
        ("tonic, interceptor, jsonwebtoken", tonic(intercepted(issuer)).await),
        ("secure-runtime, every token verified", gated(without_cache(jwt(issuer))).await),
        ("secure-runtime", gated(jwt(issuer)).await),
    ];
    let mut times = vec![Vec::new(); servers.len()];
    for _ in 0..rounds {
        for (times, (_, address)) in times.iter_mut().zip(&servers) {
            times.push(round(*address, token, calls).await);
        }
    }
    let medians = times.iter_mut().map(|times| {
        times.sort_unstable();
        times[times.len() / 2]
    });
    let medians = medians.collect::<Vec<_>>();
    for ((name, _), median) in servers.iter().zip(&medians) {
        println!("{name:40} {:.2}", median.as_secs_f64() / medians[0].as_secs_f64());
    }
}

async fn tonic(routes: Routes) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tonic::transport::Server::builder().add_routes(routes);
    tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
    address
}

/// What is written by hand everywhere: a key, a validation, a look at the roles.
fn intercepted(issuer: &TestIssuer) -> Routes {
    let keys: JwkSet = serde_json::from_str(&issuer.jwks()).unwrap();
    let key = DecodingKey::from_jwk(keys.find("EdDSA").unwrap()).unwrap();
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.set_issuer(&[issuer.name()]);
    validation.set_audience(&["kinds"]);
    validation.validate_nbf = true;
    let check = move |request: Request<()>| {
        let value = request.metadata().get("authorization").and_then(|value| value.to_str().ok());
        let token = value.and_then(|value| value.strip_prefix("Bearer "));
        let token = token.ok_or_else(|| Status::unauthenticated("no token"))?;
        let token = jsonwebtoken::decode::<Value>(token, &key, &validation);
        let claims = token.map_err(|_| Status::unauthenticated("bad token"))?.claims;
        let reads = claims["roles"].as_array().is_some_and(|roles| roles.iter().any(|role| role == "reader"));
        if reads { Ok(request) } else { Err(Status::permission_denied("no reader")) }
    };
    Routes::new(ungated::echo_server::EchoServer::with_interceptor(Handler, check))
}

fn without_cache(jwt: Jwt) -> impl Authenticator {
    move |head: &CallHead<'_>| -> Authentication {
        let verify = |token: BearerToken<'_>| jwt.verify_at(token.as_str(), None, SystemTime::now());
        head.bearer().and_then(|token| token.map(verify).transpose()).into()
    }
}

async fn gated(authenticator: impl Authenticator) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let gate = Gate::new(authenticator).audit(|_: &AuditEvent<'_>| {});
    let server = Server::new(danger::serve_plaintext("a comparison")).add(EchoServer::new(Handler, gate));
    tokio::spawn(server.serve(listener));
    address
}

/// The CPU time of one call.
async fn round(address: SocketAddr, token: &str, calls: usize) -> Duration {
    let mut clients = JoinSet::new();
    let before = cpu_time();
    for _ in 0..CONNECTIONS {
        let channel = Endpoint::from_shared(format!("http://{address}")).unwrap().connect().await.unwrap();
        for _ in 0..IN_FLIGHT {
            let (mut client, token) = (EchoClient::new(channel.clone()), format!("Bearer {token}"));
            clients.spawn(async move {
                for _ in 0..calls {
                    let mut request = Request::new(Text { text: "hello".to_owned() });
                    request.metadata_mut().insert("authorization", token.parse().unwrap());
                    client.say(request).await.unwrap();
                }
            });
        }
    }
    clients.join_all().await;
    (cpu_time() - before) / u32::try_from(CONNECTIONS * IN_FLIGHT * calls).unwrap()
}
