//! An identity provider on loopback: discovery document, keys, tokens and introspection over HTTPS.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustls::ALL_VERSIONS;
use secure_runtime::ClientTls;
use secure_runtime::authn::jwt::Algorithm;
use secure_runtime::testing::TestIssuer;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::pki::Ca;
use crate::secured::good_claims;
use crate::tls::{client_tls, raw_acceptor};

const OPAQUE_TOKEN: &str = "opaque-2f0b6a1c9d";

/// Who the provider's one client is.
pub const CLIENT: (&str, &str) = ("worker", "a secret of the worker");

/// A provider that is up.
#[expect(missing_debug_implementations, reason = "it holds keys")]
pub struct Provider {
    ca: Ca,
    url: String,
    introspected: Arc<AtomicUsize>,
}

struct Answers {
    issuer: TestIssuer,
    roles: &'static [&'static str],
    introspected: Arc<AtomicUsize>,
}

impl Provider {
    /// A provider whose client has these roles.
    pub async fn start(roles: &'static [&'static str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
        let port = listener.local_addr().expect("a bound listener has an address").port();
        let (ca, url) = (Ca::new("provider"), format!("https://localhost:{port}"));
        let introspected = Arc::default();
        let answers =
            Arc::new(Answers { issuer: TestIssuer::new(&url), roles, introspected: Arc::clone(&introspected) });
        let acceptor = raw_acceptor(&ca.issue(), ALL_VERSIONS, &[]);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, answers) = (acceptor.clone(), Arc::clone(&answers));
                tokio::spawn(async move { _ = serve(&acceptor, stream, &answers).await });
            }
        });
        Self { ca, url, introspected }
    }

    /// A token that says nothing by itself, and is active.
    pub fn opaque_token(&self) -> &'static str {
        OPAQUE_TOKEN
    }

    /// How often it was asked about tokens.
    pub fn introspected(&self) -> usize {
        self.introspected.load(Ordering::SeqCst)
    }

    /// Its name, which is where it is.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What it takes to trust it.
    pub fn tls(&self) -> ClientTls {
        client_tls(&self.ca)
    }
}

impl Answers {
    fn to(&self, request: &str, form: &str) -> Option<Value> {
        match request.split(' ').nth(1)? {
            "/introspect" => Some(self.introspection(form)),
            "/.well-known/openid-configuration" => {
                Some(json!({ "issuer": self.issuer.name(), "jwks_uri": format!("{}/keys", self.issuer.name()) }))
            }
            "/keys" => Some(json!({ "keys": [self.issuer.jwk(Algorithm::EdDsa)] })),
            "/token" => Some(self.token()),
            _ => None,
        }
    }

    /// RFC 7662, section 2.2.
    fn introspection(&self, form: &str) -> Value {
        self.introspected.fetch_add(1, Ordering::SeqCst);
        match form.split('&').any(|pair| pair.strip_prefix("token=") == Some(OPAQUE_TOKEN)) {
            true => json!({
                "active": true, "iss": self.issuer.name(), "sub": CLIENT.0, "aud": "kinds", "token_type": "Bearer",
                "exp": 4_000_000_000_u64, "roles": self.roles,
            }),
            false => json!({ "active": false }),
        }
    }

    fn token(&self) -> Value {
        let claims = good_claims(json!({ "sub": CLIENT.0, "roles": self.roles }));
        json!({ "access_token": self.issuer.token(claims), "token_type": "Bearer", "expires_in": 3_600 })
    }
}

async fn serve(acceptor: &TlsAcceptor, stream: TcpStream, answers: &Answers) -> io::Result<()> {
    let mut stream = acceptor.accept(stream).await?;
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        request.push(stream.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&request).to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    let mut form = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut form).await?;
    let (status, body) = match answers.to(&String::from_utf8_lossy(&request), &String::from_utf8_lossy(&form)) {
        Some(body) => ("200 OK", body.to_string()),
        None => ("404 Not Found", String::new()),
    };
    let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n", body.len());
    stream.write_all((head + &body).as_bytes()).await?;
    stream.shutdown().await
}
