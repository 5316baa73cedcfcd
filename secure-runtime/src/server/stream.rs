//! The byte streams that a server serves.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, BufReader, DuplexStream, ReadBuf};
use tokio::net::TcpStream;
#[cfg(unix)]
use tokio::net::UnixStream;

use crate::connection::Addresses;

/// A connection of [`Listener::incoming`](super::Listener::incoming): bytes in both directions, and the addresses of its ends.
///
/// Implement it for a type of your own, such as a connection that came through a proxy. Audit events and limits by address
/// use the address, so it must not be text that a client chose.
pub trait ClientStream: AsyncRead + AsyncWrite + Send + Unpin + 'static {
    /// The address of the client. Default: none. Clients without an address share the limits of one address.
    fn remote_addr(&self) -> Option<SocketAddr> {
        None
    }

    /// The address of the server. Default: none.
    fn local_addr(&self) -> Option<SocketAddr> {
        None
    }

    /// Sends small parts of responses at once (TCP_NODELAY). It is called before the handshake. Default: nothing. A type around
    /// a [`TcpStream`] passes it on, or else later messages of a stream may wait for the client's acknowledgement.
    fn set_nodelay(&self) {}
}

impl ClientStream for DuplexStream {}

impl ClientStream for TcpStream {
    fn remote_addr(&self) -> Option<SocketAddr> {
        self.peer_addr().ok()
    }

    fn local_addr(&self) -> Option<SocketAddr> {
        self.local_addr().ok()
    }

    fn set_nodelay(&self) {
        _ = Self::set_nodelay(self, true);
    }
}

#[cfg(unix)]
impl ClientStream for UnixStream {}

/// A stream of any listener.
pub(super) enum ServerStream {
    Other(BufReader<Box<dyn ClientStream>>),
    Tcp(TcpStream),
    #[cfg(unix)]
    Unix(BufReader<UnixStream>),
}

/// The buffer for the first bytes of a stream that cannot be peeked at. Longer reads pass it by.
const FIRST_BYTES: usize = 1024;

impl ServerStream {
    pub(super) fn other(stream: impl ClientStream) -> Self {
        Self::Other(BufReader::with_capacity(FIRST_BYTES, Box::new(stream)))
    }

    #[cfg(unix)]
    pub(super) fn unix(stream: UnixStream) -> Self {
        Self::Unix(BufReader::with_capacity(FIRST_BYTES, stream))
    }

    /// Waits for the first byte, and leaves it in the stream. False if there is none.
    pub(super) async fn first_byte(&mut self) -> bool {
        match self {
            Self::Other(stream) => stream.fill_buf().await.is_ok_and(|bytes| !bytes.is_empty()),
            Self::Tcp(stream) => stream.peek(&mut [0]).await.is_ok_and(|bytes| bytes > 0),
            #[cfg(unix)]
            Self::Unix(stream) => stream.fill_buf().await.is_ok_and(|bytes| !bytes.is_empty()),
        }
    }

    pub(super) fn addresses(&self) -> Addresses {
        match self {
            Self::Other(stream) => Addresses::new(stream.get_ref().remote_addr(), stream.get_ref().local_addr()),
            Self::Tcp(stream) => Addresses::new(stream.peer_addr().ok(), stream.local_addr().ok()),
            #[cfg(unix)]
            Self::Unix(stream) => Addresses::of_process(stream.get_ref()),
        }
    }

    /// Sends each part of a response at once.
    pub(super) fn set_nodelay(&self) {
        match self {
            Self::Other(stream) => stream.get_ref().set_nodelay(),
            Self::Tcp(stream) => ClientStream::set_nodelay(stream),
            #[cfg(unix)]
            Self::Unix(_) => {}
        }
    }

    /// Whether it needs no TLS, because it cannot leave this host.
    pub(super) fn is_local(&self) -> bool {
        match self {
            Self::Other(_) | Self::Tcp(_) => false,
            #[cfg(unix)]
            Self::Unix(_) => true,
        }
    }
}

/// Calls a method of the stream, whichever it is.
macro_rules! of_stream {
    ($self:ident.$method:ident($($argument:expr),*)) => {
        match $self.get_mut() {
            Self::Other(stream) => Pin::new(stream).$method($($argument),*),
            Self::Tcp(stream) => Pin::new(stream).$method($($argument),*),
            #[cfg(unix)]
            Self::Unix(stream) => Pin::new(stream).$method($($argument),*),
        }
    };
}

impl AsyncRead for ServerStream {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        of_stream!(self.poll_read(context, buf))
    }
}

impl AsyncWrite for ServerStream {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        of_stream!(self.poll_write(context, buf))
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        of_stream!(self.poll_flush(context))
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        of_stream!(self.poll_shutdown(context))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        of_stream!(self.poll_write_vectored(context, bufs))
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Self::Other(stream) => stream.is_write_vectored(),
            Self::Tcp(stream) => stream.is_write_vectored(),
            #[cfg(unix)]
            Self::Unix(stream) => stream.is_write_vectored(),
        }
    }
}
