//! A caller of HTTP/2 with a certificate and a token.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use h2::client::SendRequest;
use http::{HeaderMap, Request, StatusCode};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use secure_runtime::testing::TestIssuer;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::calls::Call;
use crate::manifest::{Caller, Proof};
use crate::pki::Ca;

/// Connections to one server, one for each certificate.
pub(crate) struct Client<'a> {
    pub(crate) ca: &'a Ca,
    pub(crate) issuer: &'a TestIssuer,
    pub(crate) port: u16,
    connections: HashMap<Option<Vec<String>>, SendRequest<Bytes>>,
}

/// How a call ended.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    /// `grpc-status`, of the headers or the trailers.
    pub(crate) code: Option<String>,
}

impl<'a> Client<'a> {
    pub(crate) fn new(ca: &'a Ca, issuer: &'a TestIssuer, port: u16) -> Self {
        Self { ca, issuer, port, connections: HashMap::new() }
    }

    /// Makes a call as its caller.
    pub(crate) async fn call(&mut self, call: &Call, content_type: &str) -> Answer {
        let certificate =
            call.caller.certificate.as_ref().map(|it| it.name.iter().chain(&it.names).cloned().collect::<Vec<_>>());
        let token = claims(&call.caller).map(|claims| self.issuer.token(claims));
        self.send(certificate, &call.path, token.as_deref(), content_type).await
    }

    pub(crate) async fn send(
        &mut self,
        certificate: Option<Vec<String>>,
        path: &str,
        token: Option<&str>,
        content_type: &str,
    ) -> Answer {
        let request = Request::post(format!("https://localhost{path}")).header("content-type", content_type);
        let request = request.header("te", "trailers");
        let request = token
            .into_iter()
            .fold(request, |request, token| request.header("authorization", format!("Bearer {token}")));
        let connection = self.connection(certificate).await;
        let mut ready = connection.clone().ready().await.unwrap();
        let (response, _) = ready.send_request(request.body(()).unwrap(), true).unwrap();
        let response = tokio::time::timeout(Duration::from_secs(20), response).await.unwrap().unwrap();
        let status = response.status();
        let code = |headers: &HeaderMap| headers.get("grpc-status").map(|it| it.to_str().unwrap().to_owned());
        let of_headers = code(response.headers());
        let mut body = response.into_body();
        while let Some(data) = body.data().await {
            body.flow_control().release_capacity(data.unwrap().len()).unwrap();
        }
        let trailers = body.trailers().await.unwrap();
        Answer { status, code: of_headers.or_else(|| trailers.as_ref().and_then(code)) }
    }

    async fn connection(&mut self, certificate: Option<Vec<String>>) -> &SendRequest<Bytes> {
        if !self.connections.contains_key(&certificate) {
            let connection = self.connect(certificate.as_deref()).await;
            self.connections.insert(certificate.clone(), connection);
        }
        &self.connections[&certificate]
    }

    async fn connect(&self, names: Option<&[String]>) -> SendRequest<Bytes> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(self.ca.pem().as_bytes()).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let config = config.with_root_certificates(roots);
        let mut config = match names {
            None => config.with_no_client_auth(),
            Some(names) => {
                let issued = self.ca.issue(&names.iter().map(String::as_str).collect::<Vec<_>>());
                let chain = vec![CertificateDer::from_pem_slice(issued.certificate.as_bytes()).unwrap()];
                config
                    .with_client_auth_cert(chain, PrivateKeyDer::from_pem_slice(issued.key.as_bytes()).unwrap())
                    .unwrap()
            }
        };
        config.alpn_protocols = vec![b"h2".to_vec()];
        let stream = TcpStream::connect(("127.0.0.1", self.port)).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap();
        let (requests, connection) = h2::client::handshake(stream).await.unwrap();
        tokio::spawn(connection);
        requests
    }
}

/// The claims of the caller's token, if it has one.
pub(crate) fn claims(caller: &Caller) -> Option<Value> {
    let principal =
        caller.principal.as_ref().filter(|principal| matches!(principal.proven_by, Proof::BoundJwt | Proof::Jwt))?;
    let mut claims = Value::Object(principal.claims.clone());
    claims["iss"] = json!(principal.issuer);
    claims["sub"] = json!(principal.subject);
    claims["aud"] = json!("orders");
    claims["roles"] = json!(principal.roles);
    claims["scopes"] = json!(principal.scopes);
    if let Some(actor) = &principal.actor {
        claims["act"] = json!({ "iss": actor.issuer, "sub": actor.subject });
    }
    claims["iat"] = json!(now());
    claims["exp"] = json!(now() + 3_600);
    Some(claims)
}

pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}
