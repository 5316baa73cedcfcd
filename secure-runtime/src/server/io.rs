//! The byte stream of one accepted connection.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::oneshot;
use tokio::time::{Sleep, sleep, timeout};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::frames::FrameBudget;
use crate::connection_limit::ConnectionLimit;
use crate::usage::Usage;

/// A byte stream that its [`ConnectionHandle`] can abort.
#[derive(Debug)]
pub(super) struct ServerIo<S> {
    stream: S,
    preface: PrefaceCounter,
    /// `None` for HTTP/1.1, which has no frames.
    frames: Option<FrameBudget>,
    usage: Arc<Usage>,
    linger: Option<Pin<Box<Sleep>>>,
    /// `None` after the connection was aborted.
    aborted: Option<oneshot::Receiver<Infallible>>,
    _closed_on_drop: DropGuard,
}

/// Watches a [`ServerIo`], which is in a task of its own. Dropping the handle aborts the connection.
#[derive(Debug)]
pub(super) struct ConnectionHandle {
    preface_received: CancellationToken,
    closed: CancellationToken,
    _abort_on_drop: oneshot::Sender<Infallible>,
}

impl<S> ServerIo<S> {
    /// Wraps a stream that carries HTTP/2, and returns the handle to it.
    pub(super) fn http2(stream: S, frames: FrameBudget, usage: Arc<Usage>) -> (Self, ConnectionHandle) {
        Self::new(stream, PrefaceCounter::HTTP2_BYTES, Some(frames), usage)
    }

    /// The same for HTTP/1.1.
    pub(super) fn http1(stream: S, usage: Arc<Usage>) -> (Self, ConnectionHandle) {
        Self::new(stream, 1, None, usage)
    }

    fn new(
        stream: S,
        preface_bytes: usize,
        frames: Option<FrameBudget>,
        usage: Arc<Usage>,
    ) -> (Self, ConnectionHandle) {
        let [preface_received, closed] = [(); 2].map(|()| CancellationToken::new());
        let (abort, aborted) = oneshot::channel();
        let io = Self {
            stream,
            preface: PrefaceCounter { missing: preface_bytes, complete: preface_received.clone() },
            frames,
            usage,
            linger: None,
            aborted: Some(aborted),
            _closed_on_drop: closed.clone().drop_guard(),
        };
        (io, ConnectionHandle { preface_received, closed, _abort_on_drop: abort })
    }

    fn poll_aborted(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let Some(aborted) = &mut self.aborted else { return Poll::Ready(()) };
        let polled = Pin::new(aborted).poll(context);
        if polled.is_ready() {
            self.aborted = None;
        }
        polled.map(drop)
    }

    fn frames_sent(&mut self, bytes: &[u8]) {
        if let Some(frames) = &mut self.frames {
            frames.sent(bytes);
        }
    }

    /// What the stream answered. If it has to wait, fails once the handle was dropped, and wakes the task of `context` when
    /// it is. An HTTP/2 connection reads until it has to wait, so it always gets here.
    fn unless_aborted<T>(&mut self, context: &mut Context<'_>, polled: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        match polled.is_pending() && self.poll_aborted(context).is_ready() {
            true => Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into())),
            false => polled,
        }
    }
}

impl ConnectionHandle {
    /// Waits for the HTTP/2 preface of the client, or the first byte of HTTP/1.1. False if the connection closes first, or
    /// `limit` is over.
    pub(super) async fn preface_received(&self, limit: Duration) -> bool {
        let received = self.closed.run_until_cancelled(self.preface_received.cancelled());
        matches!(timeout(limit, received).await, Ok(Some(())))
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed.is_cancelled()
    }

    /// Waits until the connection is closed.
    pub(super) async fn closed(&self) {
        self.closed.cancelled().await;
    }
}

/// Counts received bytes until the client's preface must be complete.
#[derive(Debug)]
struct PrefaceCounter {
    missing: usize,
    complete: CancellationToken,
}

impl PrefaceCounter {
    /// The connection preface, and the header of its SETTINGS frame (RFC 9113, sections 3.4 and 4.1).
    const HTTP2_BYTES: usize = 24 + 9;

    fn received(&mut self, bytes: usize) {
        if self.missing == 0 {
            return;
        }
        self.missing = self.missing.saturating_sub(bytes);
        if self.missing == 0 {
            self.complete.cancel();
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for ServerIo<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(context, buf);
        ready!(self.unless_aborted(context, polled))?;
        let received = &buf.filled()[before..];
        self.preface.received(received.len());
        let counted = self.frames.as_mut().map_or(Ok(()), |frames| frames.received(received));
        Poll::Ready(counted.map_err(|error| {
            self.usage.limit_reached(ConnectionLimit::ControlFrames);
            io::Error::other(error)
        }))
    }
}

impl<S: AsyncRead + Unpin> ServerIo<S> {
    fn poll_discard(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let mut bytes = [0; 1024];
        loop {
            let mut discarded = ReadBuf::new(&mut bytes);
            match Pin::new(&mut self.stream).poll_read(context, &mut discarded) {
                Poll::Ready(Ok(())) if !discarded.filled().is_empty() => {}
                Poll::Ready(_) => return Poll::Ready(()),
                Poll::Pending => break,
            }
        }
        self.linger.as_mut().map_or(Poll::Ready(()), |linger| linger.as_mut().poll(context))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for ServerIo<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(context, buf);
        let written = ready!(self.unless_aborted(context, polled))?;
        self.frames_sent(&buf[..written]);
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.stream).poll_flush(context);
        self.unless_aborted(context, polled)
    }

    /// Closes the write side, then reads and discards what the client sends, until it closes or [`LINGER_TIME`] is over.
    ///
    /// The kernel resets a socket that is closed with unread bytes. The client then loses responses that it has not
    /// read yet (RFC 9112, section 9.6).
    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.linger.is_none() {
            let polled = Pin::new(&mut self.stream).poll_shutdown(context);
            ready!(self.unless_aborted(context, polled))?;
            self.linger = Some(Box::pin(sleep(LINGER_TIME)));
        }
        let polled = self.poll_discard(context).map(Ok);
        self.unless_aborted(context, polled)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write_vectored(context, bufs);
        let written = ready!(self.unless_aborted(context, polled))?;
        let mut left = written;
        for buf in bufs {
            let sent = left.min(buf.len());
            self.frames_sent(&buf[..sent]);
            left -= sent;
        }
        Poll::Ready(Ok(written))
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

/// How long a client has to read its last responses and to close the connection.
const LINGER_TIME: Duration = Duration::from_secs(2);
