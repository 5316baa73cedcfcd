//! A server with TLS and tokens in this process, and its clients.

use std::error::Error;

use rcgen::{CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use secure_runtime::authn::jwt::{Audience, Issuer, Jwt, KeySet};
use secure_runtime::otel::Telemetry;
use secure_runtime::testing::TestIssuer;
use secure_runtime::tls::ServerRoots;
use secure_runtime::{ClientTls, Credentials, Gate, SecureChannel, Server, ServerTls};
use serde_json::json;
use tokio::net::TcpListener;

use crate::library::{Shelf, TITLE};
use crate::pb::Book;
use crate::pb::library_client::LibraryClient;
use crate::pb::library_server::LibraryServer;

/// A library, and its clients: a member, and an anonymous client.
pub(crate) struct Site {
    member: LibraryClient,
    stranger: LibraryClient,
}

impl Site {
    /// Opens a library whose server and clients are measured.
    pub(crate) async fn open(telemetry: &Telemetry) -> Result<Self, Box<dyn Error>> {
        let (authority, issuer) = (authority()?, TestIssuer::new("https://id.example.com"));
        let key = KeyPair::generate()?;
        let certificate = CertificateParams::new(["localhost".to_owned()])?.signed_by(&key, &authority)?;
        let tls = ServerTls::from_pem(certificate.pem(), key.serialize_pem())?.without_client_certificates();
        let keys = KeySet::from_jwks(&issuer.jwks())?;
        let tokens = Jwt::new(Issuer::new(issuer.name())?, Audience::new("library")?, keys);
        telemetry.watch_certificate("server", tls.watch());
        telemetry.watch_tokens("main", &tokens);

        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = format!("https://localhost:{}", listener.local_addr()?.port());
        let library = LibraryServer::new(Shelf, Gate::new(tokens));
        tokio::spawn(Server::new(tls).telemetry(telemetry.clone()).add(library).serve(listener));

        let roots = ClientTls::with_roots(ServerRoots::from_pem(authority.pem())?);
        let channel = SecureChannel::connect(&address, roots).await?.telemetry(telemetry.clone());
        let token = issuer.token(json!({ "sub": "reader-7", "aud": "library", "roles": ["member"] }));
        Ok(Self {
            member: LibraryClient::new(channel.clone(), Credentials::bearer(&token)?),
            stranger: LibraryClient::new(channel, Credentials::none()),
        })
    }

    /// Makes each of the calls once: two are answered, one fails, and two are refused.
    pub(crate) async fn call_all(&self) {
        let book = |title: &str| Book { title: title.to_owned() };
        let _ = self.stranger.find(book(TITLE)).await;
        let _ = self.stranger.find(book("another")).await;
        let _ = self.stranger.borrow(book(TITLE)).await;
        let _ = self.member.borrow(book(TITLE)).await;
        let _ = self.member.remove(book(TITLE)).await;
    }
}

/// How many calls [`Site::call_all`] makes.
pub(crate) const CALLS_OF_A_ROUND: u32 = 5;

fn authority() -> Result<CertifiedIssuer<'static, KeyPair>, rcgen::Error> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "a throw-away CA");
    params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate()?)
}
