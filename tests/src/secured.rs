//! The services under test on a server with TLS and tokens of a test issuer.

use std::future::ready;
use std::io;
use std::net::SocketAddr;

use http::Uri;
use hyper_util::rt::TokioIo;
use rustls::version::TLS13;
use secure_runtime::audit::{AuditLogger, TracingLogger};
use secure_runtime::authn::jwt::{Audience, Issuer, Jwt, KeySet};
use secure_runtime::testing::TestIssuer;
use secure_runtime::{ClientTls, Gate, Server, ServerTls};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::client::TlsStream;
use tonic::transport::{Channel, Endpoint};
use tower::service_fn;

use crate::kinds_service::Recorder;
use crate::pki::Ca;
use crate::services::kinds::v1::kinds_server::KindsServer;
use crate::tls::{client_tls, mutual_tls, raw_tls, server_tls};

/// A server of `kinds.v1.Kinds` in this process, its CA and its issuer.
#[expect(missing_debug_implementations, reason = "it holds keys")]
#[non_exhaustive]
pub struct Secured {
    /// Where it listens.
    pub address: SocketAddr,
    /// Who signed its certificate.
    pub ca: Ca,
    /// Who signs its callers' tokens.
    pub issuer: TestIssuer,
}

impl Secured {
    /// Serves `recorder`, and what else is added.
    pub async fn start(recorder: &Recorder, add: impl FnOnce(Server) -> Server) -> Self {
        Self::start_audited(recorder, TracingLogger::new(), add).await
    }

    /// The same, with a log of decisions.
    pub async fn start_audited(
        recorder: &Recorder,
        audit: impl AuditLogger,
        add: impl FnOnce(Server) -> Server,
    ) -> Self {
        Self::serve(recorder, audit, |ca| server_tls(&ca.issue()), add).await
    }

    /// The same, for clients with a certificate of its CA alone.
    pub async fn start_mutual(recorder: &Recorder) -> Self {
        Self::serve(recorder, TracingLogger::new(), |ca| mutual_tls(&ca.issue(), ca), |server| server).await
    }

    async fn serve(
        recorder: &Recorder,
        audit: impl AuditLogger,
        tls: impl FnOnce(&Ca) -> ServerTls,
        add: impl FnOnce(Server) -> Server,
    ) -> Self {
        let (ca, issuer) = (Ca::new("tests"), TestIssuer::new("https://id.example.com"));
        let gate = Gate::new(jwt(&issuer)).audit(audit);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
        let address = listener.local_addr().expect("a bound listener has an address");
        let server = Server::new(tls(&ca)).add(KindsServer::new(recorder.clone(), gate));
        tokio::spawn(add(server).serve(listener));
        Self { address, ca, issuer }
    }

    /// The address for channels.
    pub fn uri(&self) -> String {
        format!("https://localhost:{}", self.address.port())
    }

    /// What a channel needs to trust the server.
    pub fn client_tls(&self) -> ClientTls {
        client_tls(&self.ca)
    }

    /// A good token with these roles, as the value of `authorization`.
    pub fn bearer(&self, roles: &[&str]) -> String {
        self.bearer_with(json!({ "roles": roles }))
    }

    /// A token with these claims beside the good ones.
    pub fn bearer_with(&self, claims: Value) -> String {
        format!("Bearer {}", self.issuer.token(good_claims(claims)))
    }

    /// tonic's own channel, which sends any metadata.
    pub async fn channel(&self) -> Channel {
        let stream = self.tls().await;
        let mut stream = Some(TokioIo::new(stream));
        let connector =
            service_fn(move |_: Uri| ready(stream.take().ok_or(io::Error::from(io::ErrorKind::NotConnected))));
        let endpoint = Endpoint::from_static("https://localhost");
        endpoint.connect_with_connector(connector).await.expect("the server speaks HTTP/2")
    }

    /// A connection on which anything can be sent.
    pub async fn tls(&self) -> TlsStream<TcpStream> {
        self.tls_speaking(&[b"h2"]).await.expect("the server takes h2")
    }

    /// A connection that offers these protocols.
    pub async fn tls_speaking(&self, protocols: &[&[u8]]) -> io::Result<TlsStream<TcpStream>> {
        raw_tls(self.address, &self.ca, &[&TLS13], protocols).await
    }
}

/// What verifies the issuer's tokens.
pub fn jwt(issuer: &TestIssuer) -> Jwt {
    let keys = KeySet::from_jwks(&issuer.jwks()).expect("the issuer's keys");
    let name = Issuer::new(issuer.name()).expect("the issuer's name");
    Jwt::new(name, Audience::new("kinds").expect("an audience"), keys)
}

/// The claims of a good token, some of them replaced; `null` leaves a claim out.
pub fn good_claims(changes: Value) -> Value {
    let mut claims = json!({ "sub": "somebody", "aud": "kinds" });
    for (name, value) in changes.as_object().into_iter().flatten() {
        claims[name] = value.clone();
    }
    claims
}
