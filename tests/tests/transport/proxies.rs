//! Clients behind proxies that send their address (PROXY protocol).

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use rustls::pki_types::ServerName;
use rustls::version::TLS13;
use secure_runtime::server::{Limits, Listener, TrustedProxies};
use secure_runtime::{Authentication, CallHead, Gate, Principal, Rejection};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use secure_tests::http2::Http2;
use secure_tests::pki::Ca;
use secure_tests::probe::Running;
use secure_tests::tls::{raw_config, server_tls};

const WHO: &str = "/lab.Probe/Who";
const SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";

struct Lab {
    ca: Ca,
    proxied: SocketAddr,
    server: Running,
}

impl Lab {
    /// A server that trusts proxies of this network. A token is good if it is the address of its caller, with `_` for `:`.
    async fn start(network: &str, limits: Limits) -> Self {
        let ca = Ca::new("ca");
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxied = listener.local_addr().unwrap();
        let proxies = Listener::behind_proxies(listener, TrustedProxies::new([network]).unwrap());
        let tell = |server: secure_runtime::Server| server.limits(limits).also_on(proxies);
        let server = Running::start_gated(server_tls(&ca.issue()), Gate::new(by_address), tell).await;
        Self { ca, proxied, server }
    }

    async fn connect(&self, address: SocketAddr, header: &[u8]) -> io::Result<Http2> {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(header).await?;
        let config = raw_config(&self.ca, &[&TLS13], &[b"h2"]);
        let name = ServerName::try_from("localhost").unwrap();
        Ok(Http2::over(TlsConnector::from(config).connect(name, stream).await?).await)
    }
}

fn by_address(head: &CallHead<'_>) -> Authentication {
    let address = head.connection().remote_addr().map(|address| address.ip().to_string().replace(':', "_"));
    match head.bearer() {
        Ok(Some(token)) if address.as_deref() == Some(token.as_str()) => Principal::new("lab", token.as_str()).into(),
        Ok(_) => Rejection::rejected("another address").into(),
        Err(rejection) => rejection.into(),
    }
}

fn header(command: u8, family: u8, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len()).unwrap().to_be_bytes();
    [SIGNATURE, &[command, family], &length, body].concat()
}

fn of_ipv4(client: [u8; 4]) -> Vec<u8> {
    header(0x21, 0x11, &[&client[..], &[192, 0, 2, 1], &[0x30, 0x39, 1, 0xbb]].concat())
}

#[tokio::test]
async fn address_of_the_client_is_taken_from_a_trusted_proxy() {
    let lab = Lab::start("127.0.0.0/8", Limits::default()).await;
    let ipv6 = [&[0x20, 1, 0x0d, 0xb8][..], &[0; 11], &[7], &[0; 16], &[0x30, 0x39, 1, 0xbb]].concat();
    let with_fields = header(0x21, 0x11, &[&[203, 0, 113, 9, 192, 0, 2, 1, 1, 2, 3, 4][..], &[4, 0, 2, 0, 0]].concat());
    for (header, client) in [
        (of_ipv4([203, 0, 113, 7]), "203.0.113.7"),
        (header(0x21, 0x21, &ipv6), "2001_db8__7"),
        (with_fields, "203.0.113.9"),
        (header(0x20, 0, &[]), "127.0.0.1"),
    ] {
        let mut http2 = lab.connect(lab.proxied, &header).await.unwrap();
        assert_eq!(http2.call(WHO, Some(client)).await.as_deref(), Some("0"), "{client}");
        assert_eq!(http2.call(WHO, Some("198.51.100.1")).await.as_deref(), Some("16"), "{client}");
    }
}

#[tokio::test]
async fn connection_of_a_proxy_without_a_valid_header_is_closed() {
    let lab = Lab::start("127.0.0.0/8", Limits::default()).await;
    let good = of_ipv4([203, 0, 113, 7]);
    for (what, header) in [
        ("no header", Vec::new()),
        ("version 1", b"PROXY TCP4 203.0.113.7 192.0.2.1 12345 443\r\n".to_vec()),
        ("version 3", [SIGNATURE, &[0x31], &good[13..]].concat()),
        ("another command", [SIGNATURE, &[0x22], &good[13..]].concat()),
        ("UDP", [SIGNATURE, &[0x21, 0x12], &good[14..]].concat()),
        ("a Unix socket", header(0x21, 0x31, &[b'x'; 216])),
        ("nobody", header(0x21, 0, &[])),
        ("a short address", header(0x21, 0x11, &[203, 0, 113, 7, 192, 0, 2, 1, 0])),
        ("IPv4 as IPv6", header(0x21, 0x21, &good[16..])),
        ("too many fields", header(0x21, 0x11, &[7; 5_000])),
    ] {
        let connected = timeout(Duration::from_secs(5), lab.connect(lab.proxied, &header)).await.expect("it is closed");
        assert!(connected.is_err(), "{what}");
    }
    assert!(lab.connect(lab.server.address, &good).await.is_err(), "another listener takes no header");
    let mut silent = TcpStream::connect(lab.proxied).await.unwrap();
    let closed = timeout(Duration::from_secs(4), silent.read(&mut [0])).await;
    assert!(!matches!(closed.expect("a silent one is closed"), Ok(1..)));
    lab.connect(lab.proxied, &good).await.unwrap();

    let of_others = Lab::start("192.0.2.0/24", Limits::default()).await;
    assert!(of_others.connect(of_others.proxied, &good).await.is_err(), "nobody else may say who a client is");
}

#[tokio::test]
async fn limits_by_address_use_the_address_behind_the_proxy() {
    let lab = Lab::start("127.0.0.1", Limits::default().max_connections_per_address(1)).await;
    let mut first = lab.connect(lab.proxied, &of_ipv4([203, 0, 113, 7])).await.unwrap();
    first.call(WHO, None).await.unwrap();
    let mut other = lab.connect(lab.proxied, &of_ipv4([203, 0, 113, 8])).await.unwrap();
    other.call(WHO, None).await.unwrap();
    assert!(!first.connection.is_finished());
    let _second = lab.connect(lab.proxied, &of_ipv4([203, 0, 113, 7])).await.unwrap();
    _ = timeout(Duration::from_secs(2), &mut first.connection).await.expect("it makes room");
    assert!(!other.connection.is_finished());
}
