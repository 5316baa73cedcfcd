//! Our server of `grpc.testing`, in this process.

use std::net::SocketAddr;
use std::path::PathBuf;

use rcgen::{KeyPair, PKCS_RSA_SHA256, RsaKeySize};
use secure_interop::conformance::server::Rules;
use secure_interop::grpc::server::Tests;
use secure_interop::protected::grpc::testing as protected;
use secure_interop::public::grpc::testing as public;
use secure_interop::trailers::TrailersLayer;
use secure_runtime::authn::jwt::{Audience, Grants, Issuer, Jwt, KeySet, TokenType, Trust};
use secure_runtime::server::Limits;
use secure_runtime::testing::TestIssuer;
use secure_runtime::{Gate, SecuredServer, Server, ServerTls};
use secure_tests::pki::Ca;
use secure_tests::tls::server_tls;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tonic::codec::CompressionEncoding::Gzip;

/// A server over TLS, its CA and its issuers.
pub struct Served {
    pub address: SocketAddr,
    pub ca: Ca,
    issuer: TestIssuer,
    account: ServiceAccount,
    files: TempDir,
}

impl Served {
    pub async fn start(rules: Rules) -> Self {
        Self::start_with(rules, |tls| tls).await
    }

    /// The same, with other settings of TLS.
    pub async fn start_with(rules: Rules, tls: impl FnOnce(ServerTls) -> ServerTls) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (ca, issuer) = (Ca::new("interop"), TestIssuer::new("https://id.example.com"));
        let account = ServiceAccount::new();
        let gate = Gate::new(tokens(&issuer, &account, address));
        // `very_large_request` sends 10 MB, which is more than a caller without a credential may send by default.
        let limits = Limits::default().max_unfinished_bytes_unauthenticated(32 * 1024 * 1024);
        let server = Server::new(tls(server_tls(&ca.issue()))).limits(limits).layer(TrailersLayer);
        let server = match rules {
            Rules::Protected => server
                .add(settings(protected::test_service_server::TestServiceServer::new(Tests, gate.clone())))
                .add(protected::unimplemented_service_server::UnimplementedServiceServer::new(Tests, gate)),
            Rules::Public => server
                .add(settings(public::test_service_server::TestServiceServer::new(Tests, gate.clone())))
                .add(public::unimplemented_service_server::UnimplementedServiceServer::new(Tests, gate)),
        };
        tokio::spawn(server.serve(listener));
        let served = Self { address, ca, issuer, account, files: TempDir::new().unwrap() };
        served.write("ca.pem", &served.ca.pem());
        served
    }

    /// Writes a file that is gone with the server.
    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.files.path().join(name)
    }

    /// A good token.
    pub fn token(&self) -> String {
        self.issuer.token(json!({ "sub": CALLER, "aud": "interop", "scope": "interop:read" }))
    }

    /// The key file of the service account, whose tokens an endpoint exchanges.
    pub fn account(&self, endpoint: SocketAddr) -> PathBuf {
        let file = json!({
            "type": "service_account",
            "client_email": ACCOUNT,
            "private_key_id": "account",
            "private_key": self.account.0.serialize_pem(),
            "token_uri": format!("http://{endpoint}/token"),
            "subjects": [CALLER, ACCOUNT], // the client looks for its name in this file
        });
        self.write("account.json", &file.to_string())
    }
}

/// Somebody who signs tokens with a key of their own (Google AIP-4111).
struct ServiceAccount(KeyPair);

const ACCOUNT: &str = "interop@example.com";
const CALLER: &str = "tester";

impl ServiceAccount {
    fn new() -> Self {
        Self(KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap())
    }

    fn jwks(&self) -> Value {
        // A sequence of two integers (RFC 8017, appendix A.1.1); with 2,048 bits and 65537 every length is known.
        let der = self.0.public_key_raw();
        let (n, e) = (encode(&der[9..265]), encode(&der[267..]));
        json!({ "keys": [{ "kty": "RSA", "kid": "account", "alg": "RS256", "use": "sig", "n": n, "e": e }] })
    }
}

fn tokens(issuer: &TestIssuer, account: &ServiceAccount, address: SocketAddr) -> Jwt {
    let keys = KeySet::from_jwks(&issuer.jwks()).unwrap();
    let own = KeySet::from_jwks(&account.jwks().to_string()).unwrap();
    let grants = || Grants::only(["tester"]).scopes(["interop:read"]);
    let itself = Issuer::new(ACCOUNT).unwrap().token_type(TokenType::Jwt);
    let audience = Audience::new(format!("https://{address}/")).unwrap();
    Jwt::trusting([
        Trust::new(Issuer::new(issuer.name()).unwrap(), Audience::new("interop").unwrap(), keys, grants()),
        Trust::new(itself, audience, own, grants()),
    ])
    .unwrap()
}

fn settings<T, M: secure_runtime::codegen::Method>(server: SecuredServer<T, M>) -> SecuredServer<T, M> {
    server.accept_compressed(Gzip).send_compressed(Gzip).max_decoding_message_size(16 << 20)
}

fn encode(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}
