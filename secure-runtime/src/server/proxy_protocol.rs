//! Connections through proxies that say who the client is: the PROXY protocol, version 2.
//!
//! 1. A connection that does not come from a trusted proxy is closed.
//! 2. The header must come in time, and be of version 2, for TCP. Otherwise the connection is closed.
//! 3. What follows the header is served as a connection of the address that it names.
//!
//! Type-length-value fields are skipped, the checksum too.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_stream::Stream;

use super::stream::ClientStream;
use super::trusted_proxies::TrustedProxies;
use crate::warning::RareWarning;

/// The connections of a listener behind trusted proxies.
pub(super) struct Proxied {
    listener: TcpListener,
    proxies: TrustedProxies,
    headers: JoinSet<io::Result<ProxiedStream>>,
    warning: RareWarning,
}

/// A connection whose header was read.
pub(super) struct ProxiedStream {
    stream: TcpStream,
    client: SocketAddr,
}

impl Proxied {
    pub(super) fn new(listener: TcpListener, proxies: TrustedProxies) -> Self {
        Self { listener, proxies, headers: JoinSet::new(), warning: RareWarning::new() }
    }

    /// The next connection whose header is complete.
    fn poll_header(&mut self, context: &mut Context<'_>) -> Poll<ProxiedStream> {
        while let Poll::Ready(Some(read)) = self.headers.poll_join_next(context) {
            match read {
                Ok(Ok(stream)) => return Poll::Ready(stream),
                Ok(Err(error)) => self.refuse(&error),
                Err(_) => {}
            }
        }
        Poll::Pending
    }

    fn refuse(&mut self, error: &io::Error) {
        if let Some(connections) = self.warning.event() {
            tracing::warn!(%error, connections, "connections without a PROXY header of a trusted proxy are closed");
        }
    }
}

impl Stream for Proxied {
    type Item = io::Result<ProxiedStream>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Poll::Ready(stream) = self.poll_header(context) {
                return Poll::Ready(Some(Ok(stream)));
            }
            if self.headers.len() >= MAX_PENDING_HEADERS {
                return Poll::Pending;
            }
            match ready!(self.listener.poll_accept(context)) {
                Ok((stream, proxy)) if self.proxies.contains(proxy.ip()) => {
                    self.headers.spawn(read_header(stream, proxy));
                }
                Ok(_) => self.refuse(&invalid("the connection does not come from a trusted proxy")),
                Err(error) => return Poll::Ready(Some(Err(error))),
            }
        }
    }
}

async fn read_header(mut stream: TcpStream, proxy: SocketAddr) -> io::Result<ProxiedStream> {
    stream.set_nodelay(true)?;
    let header = timeout(HEADER_TIMEOUT, client(&mut stream)).await;
    let client = header.map_err(|_| invalid("the PROXY header did not come in time"))??;
    Ok(ProxiedStream { stream, client: client.unwrap_or(proxy) })
}

/// The address of the client. `None` if the proxy connects for itself, to check the server's health.
async fn client(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<SocketAddr>> {
    let mut head = [0; 16];
    stream.read_exact(&mut head).await?;
    let [signature @ .., command, family, high, low] = head;
    let length = usize::from(u16::from_be_bytes([high, low]));
    if signature != SIGNATURE || length > MAX_LENGTH {
        return Err(invalid("the PROXY header is none of version 2, or is too long"));
    }
    let mut rest = vec![0; length];
    stream.read_exact(&mut rest).await?;
    match (command, family) {
        (LOCAL, _) => Ok(None),
        (PROXY, TCP_OVER_IPV4) => source(&rest, |octets: [u8; 4]| octets.into()).map(Some),
        (PROXY, TCP_OVER_IPV6) => source(&rest, |octets: [u8; 16]| octets.into()).map(Some),
        _ => Err(invalid("the PROXY header is for another protocol than TCP")),
    }
}

/// The source of addresses: the octets of source and destination, and then their ports.
fn source<const N: usize>(addresses: &[u8], address: fn([u8; N]) -> IpAddr) -> io::Result<SocketAddr> {
    let octets = addresses.first_chunk::<N>();
    let port = addresses.get(2 * N..2 * N + 4).and_then(<[u8]>::first_chunk::<2>);
    let (Some(octets), Some(port)) = (octets, port) else { return Err(invalid("the PROXY header is too short")) };
    Ok(SocketAddr::new(address(*octets), u16::from_be_bytes(*port)))
}

fn invalid(message: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message)
}

impl ClientStream for ProxiedStream {
    fn remote_addr(&self) -> Option<SocketAddr> {
        Some(self.client)
    }

    fn local_addr(&self) -> Option<SocketAddr> {
        self.stream.local_addr().ok()
    }
}

impl AsyncRead for ProxiedStream {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buf)
    }
}

impl AsyncWrite for ProxiedStream {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

// "The PROXY protocol, versions 1 & 2", section 2.2.
const SIGNATURE: [u8; 12] = *b"\r\n\r\n\0\r\nQUIT\n";
const LOCAL: u8 = 0x20;
const PROXY: u8 = 0x21;
const TCP_OVER_IPV4: u8 = 0x11;
const TCP_OVER_IPV6: u8 = 0x21;

const HEADER_TIMEOUT: Duration = Duration::from_secs(2);
/// With type-length-value fields of any proxy.
const MAX_LENGTH: usize = 4096;
const MAX_PENDING_HEADERS: usize = 1024;
