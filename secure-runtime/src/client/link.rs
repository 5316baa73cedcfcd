//! How the calls of a channel reach a server.

use std::sync::Arc;

use tonic::transport::Channel;

use super::balance::Balance;
use super::tls_link::TlsLink;
use crate::connect::ConnectError;

/// One connection, or several.
#[derive(Clone)]
pub(super) enum Link {
    Balanced(Arc<Balance>),
    Plaintext(Channel),
    Tls(Arc<TlsLink>),
}

impl Link {
    /// The connection for the next call.
    pub(super) async fn pick(&self) -> Result<Channel, ConnectError> {
        match self {
            Self::Balanced(balance) => balance.pick().await,
            Self::Plaintext(channel) => Ok(channel.clone()),
            Self::Tls(link) => Ok(link.channel()),
        }
    }

    /// How many servers a call may try until it has reached one.
    pub(super) fn servers(&self) -> usize {
        match self {
            Self::Balanced(balance) => balance.len(),
            Self::Plaintext(_) | Self::Tls(_) => 1,
        }
    }
}
