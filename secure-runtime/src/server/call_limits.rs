//! Limits on the calls of one connection: their time, their messages and their responses.

use std::time::Duration;

use super::limits::Limits;

impl Limits {
    /// The deadline of calls whose client sets none, streams included. Default: none. Maximum: 24 h.
    ///
    /// At the deadline, the handler is dropped and the call ends with DEADLINE_EXCEEDED. It holds for health checks, too: a
    /// client that watches the health of a service has to call again.
    #[must_use]
    pub fn default_deadline(mut self, default_deadline: Duration) -> Self {
        self.usage.default_deadline = Some(default_deadline);
        self
    }

    /// The time for the first message of a call, on a connection on which no caller was authenticated yet. Default: 10 s.
    /// Maximum: 1 h.
    ///
    /// The call ends with DEADLINE_EXCEEDED.
    #[must_use]
    pub fn first_message_timeout(mut self, first_message_timeout: Duration) -> Self {
        self.usage.first_message_timeout = first_message_timeout;
        self
    }

    /// The longest deadline that a client can set by `grpc-timeout`. A longer one is cut to it, without an error. Default: 1 h.
    /// Maximum: 24 h.
    ///
    /// It does not bound calls without a deadline: see [`default_deadline`](Self::default_deadline).
    #[must_use]
    pub fn max_deadline(mut self, max_deadline: Duration) -> Self {
        self.usage.max_deadline = max_deadline;
        self
    }

    /// The time that a part of a response may wait until its client reads it. A part has at most 64 KiB. Default: 60 s.
    /// Maximum: 1 h.
    ///
    /// Then, and at most a quarter of this time later, the connection is shut down as at its maximal age.
    ///
    /// While a part of a stream waits, nothing asks the stream for more. So a deadline or an expiry that passes meanwhile
    /// ends the stream when the client reads again, or with the connection. The message that has begun is still sent, and no
    /// other.
    #[must_use]
    pub fn max_response_stall(mut self, max_response_stall: Duration) -> Self {
        self.max_response_stall = max_response_stall;
        self
    }

    /// The bytes that all unfinished messages of one connection may hold together, once a caller is authenticated on it.
    /// Default: 32 MiB. Maximum: 1 GiB.
    ///
    /// A message that exceeds it ends its call with RESOURCE_EXHAUSTED. So it bounds the size of one message, too. Messages
    /// of less than 16 KiB are not counted.
    #[must_use]
    pub fn max_unfinished_bytes(mut self, max_unfinished_bytes: usize) -> Self {
        self.usage.max_unfinished_bytes = max_unfinished_bytes;
        self
    }

    /// [`max_unfinished_bytes`](Self::max_unfinished_bytes), while no caller is authenticated on the connection. Default: 8 MiB.
    /// Maximum: 1 GiB.
    #[must_use]
    pub fn max_unfinished_bytes_unauthenticated(mut self, max_unfinished_bytes_unauthenticated: usize) -> Self {
        self.usage.max_unfinished_bytes_unauthenticated = max_unfinished_bytes_unauthenticated;
        self
    }

    /// The bytes of responses that may wait on one connection until its client reads them, once a caller is authenticated on it.
    /// Default: 16 MiB. Minimum: 64 KiB. Maximum: 1 GiB.
    ///
    /// While more wait, new calls of this connection wait before their handlers begin, and streams wait between two messages.
    /// They still end at their deadline and when their credential expires, and refusals do not wait.
    ///
    /// A handler that has begun goes on, because it may hold a lock or a connection of a pool. It waits only while more than
    /// twice the limit is unread. Four long responses are enough for that. If it must wait, it keeps what it holds until its
    /// deadline, so set [`max_deadline`](Self::max_deadline) to what callers need.
    ///
    /// One response counts for at most half of the limit, so one that is not read does not hold up the others. Responses that
    /// handlers finish at the same moment may exceed twice the limit by their length. A first message of at most 16 KiB is not
    /// counted.
    #[must_use]
    pub fn max_unsent_bytes(mut self, max_unsent_bytes: usize) -> Self {
        self.usage.max_unsent_bytes = max_unsent_bytes;
        self
    }

    /// [`max_unsent_bytes`](Self::max_unsent_bytes), while no caller is authenticated on the connection. Default: 4 MiB.
    /// Minimum: 64 KiB. Maximum: 1 GiB.
    #[must_use]
    pub fn max_unsent_bytes_unauthenticated(mut self, max_unsent_bytes_unauthenticated: usize) -> Self {
        self.usage.max_unsent_bytes_unauthenticated = max_unsent_bytes_unauthenticated;
        self
    }

    /// The time without a byte of a message that has begun. Default: 30 s. Maximum: 1 h.
    ///
    /// The call ends with DEADLINE_EXCEEDED. Between two messages a stream may rest as long as it likes. For the body of a
    /// request that is not gRPC, it is the longest pause.
    #[must_use]
    pub fn stalled_message_timeout(mut self, stalled_message_timeout: Duration) -> Self {
        self.usage.stalled_message_timeout = stalled_message_timeout;
        self
    }
}
