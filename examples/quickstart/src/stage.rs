//! A temporary CA, a certificate and an issuer of tokens. In production, a platform provides them.

use std::error::Error;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::net::SocketAddr;
#[cfg(unix)]
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use rcgen::{CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use secure_runtime::authn::jwt::{Audience, Issuer, Jwt, KeySet};
use secure_runtime::server::shutdown_signal;
use secure_runtime::testing::TestIssuer;
use secure_runtime::tls::ServerRoots;
use secure_runtime::{ClientTls, Gate, ServeError, Server, ServerTls};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::arguments::Tokens;
use crate::pb::orders_server::OrdersServer;
use crate::shop::Shop;

const ISSUER: &str = "https://id.example.com";
/// What the tokens of the shop are for.
pub(crate) const AUDIENCE: &str = "orders";

/// A CA with a certificate for this host, and an issuer with its keys.
pub(crate) struct Stage {
    ca: String,
    certificate: String,
    key: String,
    issuer: TestIssuer,
}

/// Ends with the server.
pub(crate) type Serving = JoinHandle<Result<(), ServeError>>;

impl Stage {
    pub(crate) fn new() -> Result<Self, rcgen::Error> {
        let ca = authority()?;
        let (certificate, key) = certificate(&ca)?;
        Ok(Self { ca: ca.pem(), certificate, key, issuer: TestIssuer::new(ISSUER) })
    }

    /// Opens a shop on `address`, with TLS, for callers with tokens. It stays open until the process gets SIGTERM or SIGINT.
    pub(crate) async fn open_shop(&self, address: &str) -> Result<(SocketAddr, Serving), Box<dyn Error>> {
        let keys = KeySet::from_jwks(&self.issuer.jwks())?;
        let tokens = Jwt::new(Issuer::new(ISSUER)?, Audience::new(AUDIENCE)?, keys);
        let tls = ServerTls::from_pem(&self.certificate, &self.key)?.without_client_certificates();
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let server = Server::new(tls).add(OrdersServer::new(Shop::new(), Gate::new(tokens)));
        Ok((address, tokio::spawn(server.serve_with_shutdown(listener, shutdown_signal()))))
    }

    pub(crate) fn client_tls(&self) -> Result<ClientTls, Box<dyn Error>> {
        Ok(ClientTls::with_roots(ServerRoots::from_pem(&self.ca)?))
    }

    /// Writes what a server and its clients need, under the names that cert-manager uses, and a token for each role.
    pub(crate) fn write(&self, directory: &Path, tokens: &Tokens) -> io::Result<()> {
        fs::create_dir_all(directory)?;
        fs::write(directory.join(".gitignore"), "*\n")?;
        fs::write(directory.join("ca.crt"), &self.ca)?;
        fs::write(directory.join("tls.crt"), &self.certificate)?;
        fs::write(directory.join("jwks.json"), self.issuer.jwks())?;
        write_secret(&directory.join("tls.key"), &self.key)?;
        for role in &tokens.roles {
            let mut claims = json!({ "sub": role, "aud": tokens.audience, "roles": [role] });
            tokens.claims.iter().for_each(|(name, value)| claims[name] = value.clone());
            write_secret(&directory.join(token_file(role)), &self.issuer.token(claims))?;
        }
        Ok(())
    }

    /// A good token for an hour.
    pub(crate) fn token(&self, role: &str) -> String {
        self.token_for(AUDIENCE, role)
    }

    /// A token for another service is good for an hour, too, and for nothing here.
    pub(crate) fn token_for(&self, audience: &str, role: &str) -> String {
        self.issuer.token(json!({ "sub": role, "aud": audience, "roles": [role] }))
    }

    pub(crate) fn expired_token(&self) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let dates = json!({ "sub": "late", "aud": AUDIENCE, "roles": ["admin"], "iat": now - 7200, "exp": now - 3600 });
        self.issuer.token(dates)
    }

    /// A token that names the issuer and is signed with another key.
    pub(crate) fn forged_token(&self) -> String {
        TestIssuer::new(ISSUER).token(json!({ "sub": "mallory", "aud": AUDIENCE, "roles": ["admin"] }))
    }
}

/// The name of the file with the token of a role. A `/` in the role is a `_` in the name.
fn token_file(role: &str) -> String {
    format!("{}.token", role.replace('/', "_"))
}

/// Writes a file that on Unix only its owner can read.
fn write_secret(path: &Path, secret: &str) -> io::Result<()> {
    if path.exists() {
        fs::remove_file(path)?; // a file that exists keeps its mode
    }
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    options.mode(0o600);
    options.write(true).create_new(true).open(path)?.write_all(secret.as_bytes())
}

fn authority() -> Result<CertifiedIssuer<'static, KeyPair>, rcgen::Error> {
    let mut params = CertificateParams::default();
    // Of another name than what it issues: OpenSSL takes a certificate named like its issuer for its own.
    params.distinguished_name.push(DnType::CommonName, "quickstart");
    params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate()?)
}

/// A certificate for this host, and its key, as PEM.
fn certificate(ca: &CertifiedIssuer<'static, KeyPair>) -> Result<(String, String), rcgen::Error> {
    let key = KeyPair::generate()?;
    let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
    Ok((CertificateParams::new(names)?.signed_by(&key, ca)?.pem(), key.serialize_pem()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn keys_and_tokens_are_readable_by_their_owner_only() -> Result<(), Box<dyn Error>> {
        use std::os::unix::fs::PermissionsExt as _;

        let directory = std::env::temp_dir().join(format!("quickstart-{}", std::process::id()));
        let tokens = Tokens { roles: vec!["shop/admin".to_owned()], ..Tokens::default() };
        let stage = Stage::new()?;
        fs::create_dir_all(&directory)?;
        fs::write(directory.join("tls.key"), "an old key that everybody can read")?;
        stage.write(&directory, &tokens)?;
        for name in ["tls.key", "shop_admin.token"] {
            let mode = fs::metadata(directory.join(name))?.permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
        assert_eq!(fs::read_to_string(directory.join("tls.key"))?, stage.key);
        fs::remove_dir_all(directory)?;
        Ok(())
    }
}
