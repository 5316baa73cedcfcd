//! The servers that are compared. All run on one thread, each on a port of its own.

use std::collections::HashMap;
use std::fs::File;
use std::future::pending;
use std::net::SocketAddr;
use std::sync::{Arc, mpsc};
use std::thread;

use http::Request;
use secure_runtime::audit::{AuditEvent, AuditLogger, JsonLines};
use secure_runtime::testing::TestIssuer;
use secure_runtime::{Gate, Server};
use secure_tests::pki::Issued;
use secure_tests::secured::jwt;
use secure_tests::tls::server_tls;
use tokio::net::TcpListener;
use tonic::body::Body;
use tower::layer::layer_fn;
use tower::util::MapRequestLayer;

use crate::hand_made::{Checked, Verifier};
use crate::handlers::Handler;
use crate::handlers::gated::load_server::LoadServer;
use crate::handlers::ungated::load_server::LoadServer as UngatedServer;
use crate::interceptor::interceptor;
use crate::tls::{Incoming, incoming};

/// What stands before the handlers.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Kind {
    HandMade,
    Interceptor,
    NoopLayer,
    Nothing,
    Ours,
    OursWithJson,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::HandMade => "tonic, hand-made layer with a cache of tokens",
            Self::Interceptor => "tonic, interceptor with jsonwebtoken",
            Self::NoopLayer => "tonic, layer that does nothing",
            Self::Nothing => "tonic, no authentication",
            Self::Ours => "secure-runtime",
            Self::OursWithJson => "secure-runtime, audit as JSON lines",
        }
    }
}

/// Starts the servers. They run until the process ends.
pub(crate) fn start(issued: Issued, issuer: Arc<TestIssuer>) -> HashMap<Kind, SocketAddr> {
    let (sender, addresses) = mpsc::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let mut all = tonic_servers(&issued, &issuer).await;
            all.push((Kind::Ours, gated(&issued, &issuer, |_: &AuditEvent<'_>| {}).await));
            let null = File::options().write(true).open("/dev/null").expect("a file");
            all.push((Kind::OursWithJson, gated(&issued, &issuer, JsonLines::new(null)).await));
            sender.send(all.into_iter().collect()).expect("somebody waits for it");
            pending::<()>().await;
        });
    });
    addresses.recv().expect("the servers start")
}

/// For 100,000 tokens, of which each takes about 2 KiB.
const CACHE_BYTES: usize = 512 << 20;

async fn gated(issued: &Issued, issuer: &TestIssuer, audit: impl AuditLogger) -> SocketAddr {
    let (listener, address) = listen().await;
    let gate = Gate::new(jwt(issuer).max_cache_bytes(CACHE_BYTES)).audit(audit);
    tokio::spawn(Server::new(server_tls(issued)).add(LoadServer::new(Handler, gate)).serve(listener));
    address
}

async fn tonic_servers(issued: &Issued, issuer: &TestIssuer) -> Vec<(Kind, SocketAddr)> {
    let server = tonic::transport::Server::builder;
    let handlers = || UngatedServer::new(Handler);
    let verifier = Arc::new(Verifier::new(issuer));
    let hand_made = layer_fn(move |inner| Checked::new(inner, Arc::clone(&verifier)));
    let noop = MapRequestLayer::new(|request: Request<Body>| request);
    let intercepted = UngatedServer::with_interceptor(Handler, interceptor(issuer));
    vec![
        (Kind::Nothing, ungated(issued, |io| server().add_service(handlers()).serve_with_incoming(io)).await),
        (
            Kind::NoopLayer,
            ungated(issued, |io| server().layer(noop).add_service(handlers()).serve_with_incoming(io)).await,
        ),
        (
            Kind::HandMade,
            ungated(issued, |io| server().layer(hand_made).add_service(handlers()).serve_with_incoming(io)).await,
        ),
        (Kind::Interceptor, ungated(issued, |io| server().add_service(intercepted).serve_with_incoming(io)).await),
    ]
}

/// Starts a server of tonic, whose type contains its layers.
async fn ungated<F>(issued: &Issued, serve: impl FnOnce(Incoming) -> F) -> SocketAddr
where
    F: Future<Output: Send> + Send + 'static,
{
    let (listener, address) = listen().await;
    tokio::spawn(serve(incoming(listener, issued)));
    address
}

async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    (listener, address)
}
