//! The connections of a client.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tonic::client::Grpc;
use tonic::codec::CompressionEncoding;

use super::Credentials;
use super::attempts::{Attempts, Requests};
use super::link::Link;
use super::measures::ClientCall;
use super::response::{Checked, Messages};
use super::retry::{Retry, Throttle};
use crate::framing::DEFAULT_MESSAGE_LIMIT;
use crate::method::{Method, Rpc};

/// The connection to a server, or connections to several, shared by the clients of its services. Cloning is cheap.
///
/// If a connection broke, the next call opens a new one, to the same address and with the same proof of the server's
/// name. If the server closed the connection before it processed a call with one request, the call is sent again once.
/// If files of its [`ClientTls`](crate::ClientTls) changed, new calls go to new connections, and running calls finish
/// on the old ones.
#[derive(Clone)]
pub struct SecureChannel {
    link: Link,
    settings: Settings,
    throttle: Arc<Throttle>,
}

#[derive(Clone, Default)]
struct Settings {
    max_decoding_message_size: Option<usize>,
    accepted_encodings: Vec<CompressionEncoding>,
    sent_encoding: Option<CompressionEncoding>,
    deadline: Option<Duration>,
    measures: ClientCall,
    /// By path.
    retries: Arc<HashMap<&'static str, Retry>>,
}

impl SecureChannel {
    pub(super) fn over(link: Link) -> Self {
        Self { link, settings: Settings::default(), throttle: Arc::default() }
    }

    /// Refuses longer response messages. Default: 4 MiB.
    #[must_use]
    pub fn max_decoding_message_size(mut self, bytes: usize) -> Self {
        self.settings.max_decoding_message_size = Some(bytes);
        self
    }

    /// Accepts responses in this encoding. Call it again for more encodings. Default: only uncompressed responses.
    ///
    /// The limit of a message holds after decompression.
    #[must_use]
    pub fn accept_compressed(mut self, encoding: CompressionEncoding) -> Self {
        self.settings.accepted_encodings.push(encoding);
        self
    }

    /// Compresses requests with this encoding. A server that does not support it answers UNIMPLEMENTED. Default: no
    /// compression.
    ///
    /// Risk: the length of a compressed message can reveal a secret in it, if an attacker chooses another part of the
    /// message (CRIME attack).
    #[must_use]
    pub fn send_compressed(mut self, encoding: CompressionEncoding) -> Self {
        self.settings.sent_encoding = Some(encoding);
        self
    }

    /// The deadline of calls whose request sets none by `Request::set_timeout`. Default: none.
    ///
    /// It is sent to the server, as `grpc-timeout`. It includes all attempts, and the whole stream of a streaming method.
    #[must_use]
    pub fn default_deadline(mut self, deadline: Duration) -> Self {
        self.settings.deadline = Some(deadline);
        self
    }

    /// Retries calls of the method `R` that no server processed. Default: no retries.
    ///
    /// ```text
    /// let channel = channel.retry::<orders_policy::rpc::Get>(Retry::new(3));
    /// ```
    ///
    /// It has no effect on client-streaming and bidirectional methods.
    #[must_use]
    pub fn retry<R: Rpc>(mut self, retry: Retry) -> Self {
        Arc::make_mut(&mut self.settings.retries).insert(R::METHOD.path(), retry);
        self
    }

    /// Measures and traces all calls. Default: none. See [`otel`](crate::otel).
    ///
    /// A call is one measurement, whatever the number of its attempts. Its span is a child of the current OpenTelemetry
    /// context.
    #[cfg(feature = "otel")]
    #[must_use]
    pub fn telemetry(mut self, telemetry: crate::otel::Telemetry) -> Self {
        self.settings.measures = ClientCall::new(telemetry);
        self
    }

    pub(super) fn deadline(&self) -> Option<Duration> {
        self.settings.deadline
    }

    /// For one call of `R`, with requests and responses of so many messages.
    pub(super) fn grpc<R: Rpc>(
        &self,
        requests: Requests,
        responses: Messages,
        credentials: &Credentials,
    ) -> Grpc<Checked<Attempts>> {
        let attempts = Attempts {
            link: self.link.clone(),
            throttle: Arc::clone(&self.throttle),
            retry: self.settings.retries.get(R::METHOD.path()).copied(),
            credentials: credentials.clone(),
            requests,
        };
        let limit = self.settings.max_decoding_message_size.unwrap_or(DEFAULT_MESSAGE_LIMIT);
        let (path, measures) = (R::METHOD.path(), self.settings.measures.clone());
        let grpc = Grpc::new(Checked { channel: attempts, messages: responses, limit, path, measures })
            .max_decoding_message_size(limit);
        let grpc = self.settings.accepted_encodings.iter().copied().fold(grpc, Grpc::accept_compressed);
        self.settings.sent_encoding.into_iter().fold(grpc, Grpc::send_compressed)
    }
}

impl fmt::Debug for SecureChannel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecureChannel").finish_non_exhaustive()
    }
}
