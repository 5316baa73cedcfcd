//! The connection of a client.

use std::fmt;

use tonic::client::Grpc;
use tonic::transport::{Channel, Endpoint};

/// A connection to a server, shared by the clients of its services. Cloning is cheap.
#[derive(Clone)]
pub struct SecureChannel {
    channel: Channel,
    max_decoding_message_size: Option<usize>,
}

impl SecureChannel {
    pub(crate) async fn plaintext(uri: &str) -> Result<Self, ConnectError> {
        let endpoint = Endpoint::from_shared(uri.to_owned()).map_err(ConnectError::Uri)?;
        if endpoint.uri().scheme_str() != Some("http") {
            return Err(ConnectError::Scheme { expected: "http" });
        }
        let channel = endpoint.connect().await.map_err(ConnectError::Connect)?;
        Ok(Self { channel, max_decoding_message_size: None })
    }

    /// Refuses longer response messages; 4 MiB unless set.
    #[must_use]
    pub fn max_decoding_message_size(mut self, bytes: usize) -> Self {
        self.max_decoding_message_size = Some(bytes);
        self
    }

    pub(super) fn grpc(&self) -> Grpc<Channel> {
        let grpc = Grpc::new(self.channel.clone());
        match self.max_decoding_message_size {
            Some(bytes) => grpc.max_decoding_message_size(bytes),
            None => grpc,
        }
    }
}

impl fmt::Debug for SecureChannel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecureChannel").finish_non_exhaustive()
    }
}

/// Why there is no channel.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// Nothing answered.
    #[error("cannot connect")]
    Connect(#[source] tonic::transport::Error),
    /// The address is for another kind of channel.
    #[error("the address must begin with `{expected}://`")]
    Scheme {
        /// The scheme this channel takes.
        expected: &'static str,
    },
    /// The address is no URI.
    #[error("the address is no URI")]
    Uri(#[source] tonic::transport::Error),
}
