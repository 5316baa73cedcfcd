//! The TLS connection under HTTP/2.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use rustls::Error;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio_rustls::client::TlsStream;

/// A TLS connection that reports whether the server answered.
///
/// In TLS 1.3 the handshake of a client ends before the server checks its certificate. So a refusal arrives with the
/// first read.
#[derive(Debug)]
pub(super) struct ClientIo {
    stream: TlsStream<TcpStream>,
    answer: Option<oneshot::Sender<io::Result<()>>>,
}

impl ClientIo {
    /// Returns the connection, and the result of its first read when it is there.
    pub(super) fn new(stream: TlsStream<TcpStream>) -> (Self, oneshot::Receiver<io::Result<()>>) {
        let (sender, answer) = oneshot::channel();
        (Self { stream, answer: Some(sender) }, answer)
    }

    fn tell(&mut self, answer: impl FnOnce() -> io::Result<()>) {
        if let Some(sender) = self.answer.take() {
            _ = sender.send(answer());
        }
    }

    /// If a write fails before the server has answered, reads the reason that the server sent before it closed.
    fn written<T>(&mut self, written: Poll<io::Result<T>>, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        if matches!(written, Poll::Ready(Err(_))) && self.answer.is_some() {
            let mut byte = [0];
            ready!(Pin::new(self).poll_read(context, &mut ReadBuf::new(&mut byte)))?;
        }
        written
    }
}

impl AsyncRead for ClientIo {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = ready!(Pin::new(&mut self.stream).poll_read(context, buf));
        let nothing = buf.filled().len() == before;
        self.tell(|| match &read {
            Ok(()) if nothing => Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(()) => Ok(()),
            Err(error) => Err(copy(error)),
        });
        Poll::Ready(read)
    }
}

impl AsyncWrite for ClientIo {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, buf);
        self.written(written, context)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        self.written(flushed, context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, bufs);
        self.written(written, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

/// Copies an error: one for hyper, one for the code that connects.
fn copy(error: &io::Error) -> io::Error {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
        Some(inner) => io::Error::new(error.kind(), inner.clone()),
        None => error.kind().into(),
    }
}
