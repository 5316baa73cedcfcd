//! The version of HTTP that a connection speaks.

use std::convert::Infallible;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::activity::Activity;
use super::frames::FrameBudget;
use super::http1::Http1;
use super::http1_io::Http1Io;
use super::http2::{Connected, Http2};
use super::io::{ConnectionHandle, ServerIo};
use super::limits::Limits;
use crate::tls::Protocol;

/// The version of HTTP that a connection speaks.
pub(super) enum Http {
    One(Http1),
    Two(Http2),
}

impl Http {
    /// The version that was negotiated.
    pub(super) fn negotiated(protocol: Protocol, http2: Http2, limits: &Limits) -> Self {
        match protocol {
            Protocol::Http1 => Self::One(Http1::new(limits)),
            Protocol::Http2 => Self::Two(http2),
        }
    }

    /// Answers the requests of a connection in a task of their own.
    pub(super) fn spawn<S>(
        self,
        stream: S,
        connected: Connected,
        limits: &Limits,
        activity: &Arc<Activity>,
        go_away: oneshot::Receiver<Infallible>,
    ) -> (JoinHandle<()>, ConnectionHandle)
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let usage = Arc::clone(&connected.vouched.usage);
        match self {
            Self::One(http1) => {
                let (io, handle) = ServerIo::http1(stream, Arc::clone(&usage));
                let io = Http1Io::new(io, usage, Arc::clone(activity), limits);
                (tokio::spawn(http1.serve(io, connected, go_away)), handle)
            }
            Self::Two(http2) => {
                let (io, handle) = ServerIo::http2(stream, FrameBudget::new(limits.max_control_frames), usage);
                (tokio::spawn(http2.serve(io, connected, go_away)), handle)
            }
        }
    }
}
