//! One accepted connection, as tonic takes it.

use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::oneshot;
use tokio::time::timeout;
use tonic::transport::server::Connected;

use crate::connection::{Connection, Vouched};

/// A stream that vouches for its connection, and hangs on a [`Line`].
#[derive(Debug)]
pub(super) struct ServerIo<S> {
    stream: S,
    connection: Connection,
    opening: Opening,
    line: oneshot::Receiver<Infallible>,
    _open: oneshot::Sender<Infallible>,
}

/// The other end of a [`ServerIo`], which tonic holds in a task of its own. Dropping the line cuts the connection.
#[derive(Debug)]
pub(super) struct Line {
    opened: oneshot::Receiver<()>,
    closed: oneshot::Receiver<Infallible>,
    _line: oneshot::Sender<Infallible>,
}

impl<S> ServerIo<S> {
    /// A stream and its line.
    pub(super) fn new(stream: S, connection: Connection) -> (Self, Line) {
        let (opening, opened) = oneshot::channel();
        let (open, closed) = oneshot::channel();
        let (hold, line) = oneshot::channel();
        let io = Self { stream, connection, opening: Opening::new(opening), line, _open: open };
        (io, Line { opened, closed, _line: hold })
    }

    fn check_line(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        let cut = self.line.is_terminated() || Pin::new(&mut self.line).poll(context).is_ready();
        if cut { Err(io::ErrorKind::ConnectionAborted.into()) } else { Ok(()) }
    }
}

impl Line {
    /// Waits until the client begins to speak HTTP/2; `None` if it does not.
    pub(super) async fn opened(&mut self, within: Duration) -> Option<()> {
        timeout(within, &mut self.opened).await.ok()?.ok()
    }

    /// Waits until the connection is closed.
    pub(super) async fn closed(&mut self) {
        _ = (&mut self.closed).await;
    }
}

/// Counts the bytes that came, until there are enough for HTTP/2.
#[derive(Debug)]
struct Opening {
    missing: usize,
    opened: Option<oneshot::Sender<()>>,
}

impl Opening {
    /// The preface, and the head of a SETTINGS frame (RFC 9113, sections 3.4 and 4.1).
    const ENOUGH: usize = 24 + 9;

    fn new(opened: oneshot::Sender<()>) -> Self {
        Self { missing: Self::ENOUGH, opened: Some(opened) }
    }

    fn received(&mut self, bytes: usize) {
        self.missing = self.missing.saturating_sub(bytes);
        if self.missing == 0
            && let Some(opened) = self.opened.take()
        {
            _ = opened.send(());
        }
    }
}

impl<S> Connected for ServerIo<S> {
    type ConnectInfo = Vouched;

    fn connect_info(&self) -> Vouched {
        Vouched(self.connection.clone())
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for ServerIo<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.check_line(context)?;
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buf))?;
        self.opening.received(buf.filled().len() - before);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for ServerIo<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.check_line(context)?;
        Pin::new(&mut self.stream).poll_write(context, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check_line(context)?;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check_line(context)?;
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.check_line(context)?;
        Pin::new(&mut self.stream).poll_write_vectored(context, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
