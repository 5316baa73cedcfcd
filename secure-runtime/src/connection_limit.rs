//! The limits that a client can reach on an open connection.

/// A limit that a client reached on an open connection. Each is a setting of [`Limits`](crate::server::Limits).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum ConnectionLimit {
    /// Too many HTTP/2 frames that open no call and carry no data. The connection is closed.
    ControlFrames,
    /// The first message of a call did not come in time. The call ends.
    FirstMessage,
    /// The HTTP/2 preface, or the head of a request of HTTP/1.1, did not come in time. The connection is closed.
    Handshake,
    /// Too many streams that the client reset or broke, or too many frames for the headers of one. The connection is closed.
    Http2Errors,
    /// A message that has begun did not go on in time. The call ends.
    StalledMessage,
    /// A response was not read in time. The connection is shut down.
    StalledResponse,
    /// The connection made room for another one.
    TooManyConnections,
    /// Unfinished messages have too many bytes. The call ends.
    UnfinishedBytes,
}

impl ConnectionLimit {
    /// The name in audit logs and metrics: that of the setting, such as `first_message_timeout`. It never changes.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ControlFrames => "max_control_frames",
            Self::FirstMessage => "first_message_timeout",
            Self::Handshake => "handshake_timeout",
            Self::Http2Errors => "max_pending_resets",
            Self::StalledMessage => "stalled_message_timeout",
            Self::StalledResponse => "max_response_stall",
            Self::TooManyConnections => "max_connections",
            Self::UnfinishedBytes => "max_unfinished_bytes",
        }
    }
}
