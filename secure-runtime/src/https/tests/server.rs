//! A server that fails in the way it is told to.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::tls::{ClientTls, ServerRoots};

/// What the server does when it is asked.
#[derive(Clone)]
pub(crate) enum Does {
    /// Answers with these bytes, and closes.
    Says(Vec<u8>),
    /// The same, after a while.
    SaysLate(Duration, Vec<u8>),
    /// The same, one byte in a tenth of a second.
    Drips(Vec<u8>),
    /// Sends this many bytes as fast as they are taken.
    Floods(u64),
    /// Takes the request, and says nothing.
    Nothing,
    /// Takes the connection, and says nothing.
    NotEvenTls,
}

/// Whose certificate the server has.
pub(crate) enum Certificate {
    Good,
    Expired,
    OfAnotherName,
}

/// A server on loopback.
#[derive(Clone)]
pub(crate) struct FaultyServer {
    pub(crate) address: SocketAddr,
    ca: String,
    acceptor: Arc<Mutex<TlsAcceptor>>,
    issuer: Arc<CertifiedIssuer<'static, KeyPair>>,
    does: Arc<Mutex<Does>>,
    requests: Arc<Mutex<Vec<String>>>,
    connections: Arc<AtomicUsize>,
    flooded: Arc<AtomicU64>,
    cut: Arc<AtomicUsize>,
}

impl FaultyServer {
    pub(crate) async fn start(does: Does) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self::new(listener.local_addr().unwrap(), does);
        server.listen(listener);
        server
    }

    /// A server that does not listen yet.
    pub(crate) fn new(address: SocketAddr, does: Does) -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        Self {
            address,
            ca: issuer.pem(),
            acceptor: Arc::new(Mutex::new(acceptor(&issuer, &Certificate::Good))),
            issuer: Arc::new(issuer),
            does: Arc::new(Mutex::new(does)),
            requests: Arc::default(),
            connections: Arc::default(),
            flooded: Arc::default(),
            cut: Arc::default(),
        }
    }

    pub(crate) fn listen(&self, listener: TcpListener) {
        let server = self.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                server.connections.fetch_add(1, Ordering::SeqCst);
                let server = server.clone();
                tokio::spawn(async move { _ = server.serve(stream).await });
            }
        });
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("https://localhost:{}{path}", self.address.port())
    }

    pub(crate) fn tls(&self) -> ClientTls {
        ClientTls::with_roots(ServerRoots::from_pem(&self.ca).unwrap())
    }

    /// From now on it does this.
    pub(crate) fn now(&self, does: Does) {
        *self.does.lock().unwrap() = does;
    }

    /// From now on it presents this.
    pub(crate) fn presents(&self, certificate: &Certificate) {
        *self.acceptor.lock().unwrap() = acceptor(&self.issuer, certificate);
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// How many connections the client cut while the server was not done.
    pub(crate) fn cut(&self) -> usize {
        self.cut.load(Ordering::SeqCst)
    }

    /// How many bytes of floods were taken.
    pub(crate) fn flooded(&self) -> u64 {
        self.flooded.load(Ordering::SeqCst)
    }

    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    async fn serve(&self, mut stream: TcpStream) -> io::Result<()> {
        if matches!(*self.does.lock().unwrap(), Does::NotEvenTls) {
            // Until the client has enough.
            return self.cut_by(stream.read_to_end(&mut Vec::new()).await.map(drop));
        }
        let acceptor = self.acceptor.lock().unwrap().clone();
        let mut stream = acceptor.accept(stream).await?;
        let request = read(&mut stream).await?;
        self.requests.lock().unwrap().push(request);
        let does = self.does.lock().unwrap().clone();
        match does {
            Does::Says(bytes) => stream.write_all(&bytes).await?,
            Does::SaysLate(delay, bytes) => {
                sleep(delay).await;
                self.cut_by(stream.write_all(&bytes).await)?;
            }
            Does::Drips(bytes) => self.cut_by(drip(&mut stream, &bytes).await)?,
            Does::Floods(number) => self.cut_by(self.flood(&mut stream, number).await)?,
            Does::Nothing | Does::NotEvenTls => return self.cut_by(stream.read_u8().await.map(drop)),
        }
        stream.shutdown().await
    }

    fn cut_by(&self, outcome: io::Result<()>) -> io::Result<()> {
        if outcome.is_err() {
            self.cut.fetch_add(1, Ordering::SeqCst);
        }
        outcome
    }

    async fn flood(&self, stream: &mut TlsStream<TcpStream>, number: u64) -> io::Result<()> {
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {number}\r\n\r\n");
        stream.write_all(head.as_bytes()).await?;
        let piece = [b' '; 64 * 1_024];
        while self.flooded() < number {
            stream.write_all(&piece).await?;
            self.flooded.fetch_add(piece.len() as u64, Ordering::SeqCst);
        }
        Ok(())
    }
}

/// An answer with this status, these lines of its head, and this body.
pub(crate) fn answer(status: &str, lines: &[&str], body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let lines: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
    let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n{lines}\r\n", body.len());
    [head.as_bytes(), body].concat()
}

/// An answer with status 200.
pub(crate) fn ok(body: impl AsRef<[u8]>) -> Does {
    Does::Says(answer("200 OK", &["content-type: application/json"], body))
}

async fn drip(stream: &mut TlsStream<TcpStream>, bytes: &[u8]) -> io::Result<()> {
    for byte in bytes {
        stream.write_all(&[*byte]).await?;
        stream.flush().await?;
        sleep(Duration::from_millis(100)).await;
    }
    Ok(())
}

/// The head of a request, and its body if it has a length.
async fn read(stream: &mut TlsStream<TcpStream>) -> io::Result<String> {
    let mut request = Vec::new();
    loop {
        request.push(stream.read_u8().await?);
        let text = String::from_utf8_lossy(&request);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length =
                head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return Ok(text.into_owned());
            }
        }
    }
}

fn acceptor(issuer: &CertifiedIssuer<'static, KeyPair>, certificate: &Certificate) -> TlsAcceptor {
    let name = if matches!(certificate, Certificate::OfAnotherName) { "id.example.org" } else { "localhost" };
    let mut params = CertificateParams::new([name.to_owned()]).unwrap();
    if matches!(certificate, Certificate::Expired) {
        params.not_before = date_time_ymd(2000, 1, 1);
        params.not_after = date_time_ymd(2001, 1, 1);
    }
    let key = KeyPair::generate().unwrap();
    let chain = vec![CertificateDer::from_pem_slice(params.signed_by(&key, issuer).unwrap().pem().as_bytes()).unwrap()];
    let key = PrivateKeyDer::from_pem_slice(key.serialize_pem().as_bytes()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}
