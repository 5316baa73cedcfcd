//! Listeners beside TCP: Unix sockets, streams of connections, and several at once.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use rustls::version::TLS13;
use secure_runtime::audit::AuditEvent;
use secure_runtime::authn::UnixPeers;
use secure_runtime::client::ConnectError;
use secure_runtime::server::{ClientStream, Limits, UnixOnly, UnixSocket};
use secure_runtime::{
    Authentication, Authenticator, CallHead, Credentials, Gate, Rejection, SecureChannel, ServeError, Server,
};
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, ReadBuf};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tonic::transport::Endpoint;
use tonic::{Code, Status};
use tonic_types::StatusExt;
use tower::service_fn;

use secure_tests::kinds_service::Recorder;
use secure_tests::pki::Ca;
use secure_tests::probe::{Running, by_name, call_open, call_who};
use secure_tests::server::call;
use secure_tests::services::kinds::v1::kinds_policy::Method;
use secure_tests::services::kinds::v1::kinds_server::KindsServer;
use secure_tests::tls::{client_tls, handshake, raw_config, server_tls};

/// A server on TCP with TLS and on a Unix socket.
struct Site {
    ca: Ca,
    directory: TempDir,
    server: Running,
}

impl Site {
    async fn start(authenticator: impl Authenticator) -> Self {
        Self::start_within(authenticator, Limits::default()).await
    }

    async fn start_within(authenticator: impl Authenticator, limits: Limits) -> Self {
        let (ca, directory) = (Ca::new("ca"), tempfile::tempdir().unwrap());
        let socket = UnixSocket::bind(directory.path().join("a.sock")).unwrap();
        let tls = server_tls(&ca.issue());
        let server =
            Running::start_gated(tls, Gate::new(authenticator), |server| server.limits(limits).also_on(socket)).await;
        Self { ca, directory, server }
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("a.sock")
    }

    async fn unix(&self) -> SecureChannel {
        SecureChannel::connect_unix(self.path()).await.unwrap()
    }

    async fn tcp(&self) -> SecureChannel {
        SecureChannel::connect(&self.server.uri(), client_tls(&self.ca)).await.unwrap()
    }

    /// The user of this process, who owns what it creates.
    fn uid(&self) -> u32 {
        fs::metadata(self.directory.path()).unwrap().uid()
    }
}

fn peers() -> UnixPeers {
    UnixPeers::new("https://host.example.com")
}

fn own_uid() -> u32 {
    fs::metadata(tempfile::tempdir().unwrap().path()).unwrap().uid()
}

async fn who(channel: &SecureChannel, token: Option<&str>) -> Result<String, Status> {
    let credentials = token.map_or_else(Credentials::none, |token| Credentials::bearer(token).unwrap());
    call_who(channel, credentials).await
}

#[track_caller]
fn refused(answer: Result<String, Status>, reason: &str) {
    assert_eq!(answer.unwrap_err().get_details_error_info().unwrap().reason, reason);
}

#[tokio::test]
async fn local_user_is_a_caller_over_a_unix_socket_only() {
    let site = Site::start(peers().user(own_uid(), "me", [""; 0])).await;
    assert_eq!(site.uid(), own_uid());
    assert_eq!(who(&site.unix().await, None).await.unwrap(), "me, 0 certificates");
    refused(who(&site.tcp().await, None).await, "CREDENTIAL_MISSING");
    assert_eq!(call_open(&site.tcp().await, "").await.unwrap(), "nobody, addresses known");
}

#[tokio::test]
async fn unlisted_user_is_refused() {
    let site = Site::start(peers().user(own_uid() + 1, "other", [""; 0])).await;
    let channel = site.unix().await;
    refused(who(&channel, None).await, "CREDENTIAL_MISSING");
    assert_eq!(call_open(&channel, "").await.unwrap(), "nobody, addresses unknown");
}

#[tokio::test]
async fn group_is_a_caller_unless_its_user_is_listed() {
    let gid = fs::metadata(tempfile::tempdir().unwrap().path()).unwrap().gid();
    let by_group = peers().group(gid, "agents", [""; 0]);
    let site = Site::start(by_group.clone()).await;
    assert_eq!(who(&site.unix().await, None).await.unwrap(), "agents, 0 certificates");
    let site = Site::start(by_group.user(own_uid(), "me", [""; 0])).await;
    assert_eq!(who(&site.unix().await, None).await.unwrap(), "me, 0 certificates");
}

#[tokio::test]
async fn bad_token_on_a_unix_socket_does_not_fall_back_to_the_user() {
    let me = peers().user(own_uid(), "me", [""; 0]);
    let site = Site::start(by_name.either(me.clone())).await;
    let channel = site.unix().await;
    assert_eq!(who(&channel, Some("clerk")).await.unwrap(), "clerk, 0 certificates");
    assert_eq!(who(&channel, None).await.unwrap(), "me, 0 certificates");
    let bad = |_: &CallHead<'_>| Authentication::from(Rejection::rejected("no"));
    let site = Site::start(bad.either(me.clone())).await;
    refused(who(&site.unix().await, Some("clerk")).await, "CREDENTIAL_REJECTED");
    // A token that nobody reads proves nothing, and hides the user.
    let site = Site::start(me).await;
    refused(who(&site.unix().await, Some("clerk")).await, "CREDENTIAL_MISSING");
}

#[tokio::test]
async fn unix_socket_is_addressed_as_in_grpc() {
    let site = Site::start(by_name).await;
    let address = format!("unix://{}", site.path().display());
    let channel = SecureChannel::connect(&address, client_tls(&site.ca)).await.unwrap();
    assert_eq!(who(&channel, Some("clerk")).await.unwrap(), "clerk, 0 certificates");
    let channel = SecureChannel::lazy(&address, client_tls(&site.ca)).unwrap();
    assert_eq!(who(&channel, Some("clerk")).await.unwrap(), "clerk, 0 certificates");
    let error = SecureChannel::connect("unix://host/a.sock", client_tls(&site.ca)).await.unwrap_err();
    assert!(matches!(error, ConnectError::UnixPath), "{error:?}");
    let error = SecureChannel::connect_unix(site.directory.path().join("none")).await.unwrap_err();
    assert!(matches!(error, ConnectError::Unreachable { .. }), "{error:?}");
}

#[tokio::test]
async fn shutdown_ends_all_listeners_and_removes_the_socket() {
    let mut site = Site::start(by_name).await;
    let (unix, tcp) = (site.unix().await, site.tcp().await);
    for channel in [&unix, &tcp] {
        assert!(call_open(channel, "").await.is_ok());
    }
    site.server.stop();
    timeout(Duration::from_secs(5), &mut site.server.task).await.expect("nothing is left").unwrap();
    assert!(!site.path().exists());
    assert_eq!(call_open(&unix, "").await.unwrap_err().code(), Code::Unavailable);
}

#[tokio::test]
async fn silent_client_of_a_unix_socket_is_closed_in_time() {
    let limits = Limits::default().first_byte_timeout(Duration::from_millis(100));
    let site = Site::start_within(by_name, limits.handshake_timeout(Duration::from_millis(100))).await;
    let mut silent = UnixStream::connect(site.path()).await.unwrap();
    let read = timeout(Duration::from_secs(5), silent.read(&mut [0])).await.expect("it is closed");
    assert!(!matches!(read, Ok(1..)), "{read:?}");
    let mut half = UnixStream::connect(site.path()).await.unwrap();
    half.write_all(b"PRI * HTTP/2.0").await.unwrap();
    let ends = async { while half.read(&mut [0; 64]).await.is_ok_and(|bytes| bytes > 0) {} };
    timeout(Duration::from_secs(5), ends).await.expect("it is closed");
}

#[tokio::test]
async fn unix_only_server_refuses_other_listeners() {
    let kinds = || KindsServer::new(Recorder::default(), Gate::new(by_name));
    let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let served = Server::new(UnixOnly).add(kinds()).serve(tcp).await;
    assert!(matches!(served, Err(ServeError::NotUnix)), "{served:?}");
    let nothing = tokio_stream::empty::<io::Result<DuplexStream>>();
    let served = Server::new(UnixOnly).add(kinds()).serve_with_incoming(nothing).await;
    assert!(matches!(served, Err(ServeError::NotUnix)), "{served:?}");
    let directory = tempfile::tempdir().unwrap();
    let socket = UnixSocket::bind(directory.path().join("a.sock")).unwrap();
    let path = socket.path().to_owned();
    tokio::spawn(Server::new(UnixOnly).add(kinds()).serve(socket));
    let endpoint = Endpoint::from_static("http://localhost");
    let channel = endpoint.connect_with_connector_lazy(service_fn(move |_| {
        let path = path.clone();
        async move { UnixStream::connect(path).await.map(TokioIo::new) }
    }));
    assert_eq!(call(&channel, Method::UnaryPublic.path(), &[]).await, Code::Ok);
}

/// A connection that says where it comes from.
struct Tunnelled(DuplexStream);

const CLIENT: &str = "192.0.2.7:4711";

impl ClientStream for Tunnelled {
    fn remote_addr(&self) -> Option<SocketAddr> {
        CLIENT.parse().ok()
    }
}

impl AsyncRead for Tunnelled {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buf)
    }
}

impl AsyncWrite for Tunnelled {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}

#[tokio::test]
async fn stream_of_connections_is_served_with_tls() {
    let (ca, addresses) = (Ca::new("ca"), Arc::new(Mutex::new(Vec::new())));
    let log = Arc::clone(&addresses);
    let gate = Gate::new(by_name).audit(move |event: &AuditEvent<'_>| log.lock().unwrap().push(event.remote_addr));
    let ((client, server), (mut plain, other)) = (tokio::io::duplex(1 << 16), tokio::io::duplex(1 << 16));
    let failed = Err(io::Error::other("a connection that failed before"));
    let connections = tokio_stream::iter([failed, Ok(Tunnelled(server)), Ok(Tunnelled(other))]);
    let kinds = KindsServer::new(Recorder::default(), gate);
    let serving = Server::new(server_tls(&ca.issue())).add(kinds).serve_with_incoming(connections);
    let serving = tokio::spawn(serving);

    plain.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.unwrap();
    let mut answer = Vec::new();
    _ = timeout(Duration::from_secs(5), plain.read_to_end(&mut answer)).await.expect("it is closed");
    assert_eq!(answer.first(), Some(&21), "a TLS alert (RFC 8446, section 5.1)");

    let connector = TlsConnector::from(raw_config(&ca, &[&TLS13], &[b"h2"]));
    let tls = connector.connect(ServerName::try_from("localhost").unwrap(), client).await.unwrap();
    let mut tls = Some(TokioIo::new(tls));
    let connector = service_fn(move |_| {
        let tls = tls.take().ok_or(io::Error::from(io::ErrorKind::NotConnected));
        async move { tls }
    });
    let channel = Endpoint::from_static("https://localhost").connect_with_connector(connector).await.unwrap();
    assert_eq!(call(&channel, Method::UnaryPublic.path(), &[]).await, Code::Ok);
    assert_eq!(*addresses.lock().unwrap(), [CLIENT.parse().ok()]);
    drop(channel);
    timeout(Duration::from_secs(5), serving).await.expect("all connections have ended").unwrap().unwrap();
}

#[tokio::test]
async fn tcp_connection_of_a_stream_of_connections_sends_small_parts_at_once() {
    let ca = Ca::new("ca");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let client = tokio::spawn(handshake(address, raw_config(&ca, &[&TLS13], &[b"h2"])));
    let accepted = listener.accept().await.unwrap().0.into_std().unwrap();
    let same = accepted.try_clone().unwrap();
    assert!(!same.nodelay().unwrap());
    let connections = tokio_stream::iter([TcpStream::from_std(accepted)]);
    let kinds = KindsServer::new(Recorder::default(), Gate::new(by_name));
    let server = Server::new(server_tls(&ca.issue())).add(kinds).serve_with_incoming(connections);
    let server = tokio::spawn(server);
    let _client = client.await.unwrap().unwrap();
    assert!(same.nodelay().unwrap());
    server.abort();
}
