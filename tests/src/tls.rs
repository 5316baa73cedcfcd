//! Both sides of TLS, with what a throw-away CA issued.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use rustls::client::WantsClientCert;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::version::TLS13;
use rustls::{ClientConfig, ConfigBuilder, RootCertStore, ServerConfig, SupportedProtocolVersion};
use secure_runtime::tls::{ClientRoots, ServerRoots};
use secure_runtime::{ClientTls, ServerTls};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::pki::{Ca, Issued};

/// A server that asks clients for no certificate.
pub fn server_tls(issued: &Issued) -> ServerTls {
    ServerTls::from_pem(&issued.chain, &issued.key).expect("what a test made is sound").without_client_certificates()
}

/// A server that takes clients with a certificate of the CA alone.
pub fn mutual_tls(issued: &Issued, ca: &Ca) -> ServerTls {
    let tls = ServerTls::from_pem(&issued.chain, &issued.key).expect("what a test made is sound");
    tls.require_client_certificates(client_roots(ca))
}

/// A server that takes clients with a certificate of the CA, and clients without one.
pub fn allowing_tls(issued: &Issued, ca: &Ca) -> ServerTls {
    let tls = ServerTls::from_pem(&issued.chain, &issued.key).expect("what a test made is sound");
    tls.allow_client_certificates(client_roots(ca))
}

/// A client that trusts the CA.
pub fn client_tls(ca: &Ca) -> ClientTls {
    ClientTls::with_roots(ServerRoots::from_pem(ca.pem()).expect("what a test made is sound"))
}

/// A server's trust in the CA, for DNS names and for some trust domains.
pub fn client_roots(ca: &Ca) -> ClientRoots {
    let roots = ClientRoots::from_pem(ca.pem()).expect("what a test made is sound").for_any_dns_name();
    let domains = ["example.org", "example.com", "evil.example"];
    domains.into_iter().fold(roots, |roots, domain| roots.for_trust_domain(domain).expect("a trust domain"))
}

/// A server's trust in the CA as it is without a statement on names.
pub fn client_roots_unstated(ca: &Ca) -> ClientRoots {
    ClientRoots::from_pem(ca.pem()).expect("what a test made is sound")
}

/// A server with whatever versions and protocols, which asks clients for no certificate.
pub fn raw_acceptor(issued: &Issued, versions: &[&'static SupportedProtocolVersion], alpn: &[&[u8]]) -> TlsAcceptor {
    let chain = CertificateDer::pem_slice_iter(issued.chain.as_bytes()).collect::<Result<_, _>>();
    let key = PrivateKeyDer::from_pem_slice(issued.key.as_bytes());
    let mut config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_protocol_versions(versions)
        .expect("what a test made is sound")
        .with_no_client_auth()
        .with_single_cert(chain.expect("what a test made is sound"), key.expect("what a test made is sound"))
        .expect("what a test made is sound");
    config.alpn_protocols = alpn.iter().map(|protocol| protocol.to_vec()).collect();
    TlsAcceptor::from(Arc::new(config))
}

/// A TLS handshake with whatever versions and protocols.
pub async fn raw_tls(
    address: SocketAddr,
    ca: &Ca,
    versions: &[&'static SupportedProtocolVersion],
    alpn: &[&[u8]],
) -> io::Result<TlsStream<TcpStream>> {
    handshake(address, raw_config(ca, versions, alpn)).await
}

/// A handshake with these settings, which remember sessions.
pub async fn handshake(address: SocketAddr, config: Arc<ClientConfig>) -> io::Result<TlsStream<TcpStream>> {
    let stream = TcpStream::connect(address).await?;
    let name = ServerName::try_from("localhost").expect("a name");
    TlsConnector::from(config).connect(name, stream).await
}

/// Settings with whatever versions and protocols.
pub fn raw_config(ca: &Ca, versions: &[&'static SupportedProtocolVersion], alpn: &[&[u8]]) -> Arc<ClientConfig> {
    let mut config = raw_builder(ca, versions).with_no_client_auth();
    config.alpn_protocols = alpn.iter().map(|protocol| protocol.to_vec()).collect();
    Arc::new(config)
}

/// Settings that present whatever certificate, over HTTP/2.
pub fn raw_config_of(ca: &Ca, certificate: &Issued) -> Arc<ClientConfig> {
    let chain = CertificateDer::pem_slice_iter(certificate.chain.as_bytes()).collect::<Result<_, _>>();
    let chain = chain.expect("what a test made is sound");
    let key = PrivateKeyDer::from_pem_slice(certificate.key.as_bytes()).expect("what a test made is sound");
    let builder = raw_builder(ca, &[&TLS13]);
    let mut config = builder.with_client_auth_cert(chain, key).expect("what a test made is sound");
    config.alpn_protocols = vec![b"h2".to_vec()];
    Arc::new(config)
}

fn raw_builder(
    ca: &Ca,
    versions: &[&'static SupportedProtocolVersion],
) -> ConfigBuilder<ClientConfig, WantsClientCert> {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(ca.pem().as_bytes()).expect("what a test made is sound"))
        .expect("what a test made is sound");
    ClientConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_protocol_versions(versions)
        .expect("what a test made is sound")
        .with_root_certificates(roots)
}
