//! Channels over Unix sockets.

use std::path::{Path, PathBuf};

use http::Uri;
use hyper_util::rt::TokioIo;
use tokio::net::UnixStream;
use tonic::transport::{Channel, Endpoint};
use tower::service_fn;

use crate::connect::ConnectError;

/// The socket file of a server.
#[derive(Clone, Debug)]
pub(super) struct UnixTarget(PathBuf);

impl UnixTarget {
    /// Reads `unix:path` and `unix:///path`, as gRPC names Unix sockets. `None` for an address of another kind.
    pub(super) fn parse(address: &str) -> Option<Result<Self, ConnectError>> {
        let rest = address.strip_prefix("unix:")?;
        let path = match rest.strip_prefix("//") {
            Some(absolute) => Some(absolute).filter(|path| path.starts_with('/')),
            None => Some(rest).filter(|path| !path.is_empty()),
        };
        Some(path.map(Self::at).ok_or(ConnectError::UnixPath))
    }

    pub(super) fn at(path: impl AsRef<Path>) -> Self {
        Self(path.as_ref().to_owned())
    }

    /// Connects before there is a channel, so that the error of the first connection is a value.
    pub(super) async fn connect(self, endpoint: Endpoint) -> Result<Channel, ConnectError> {
        let first = self.dial().await?;
        endpoint.connect_with_connector(self.connector(Some(first))).await.map_err(ConnectError::Connect)
    }

    /// Connects at the first call.
    pub(super) fn lazy(self, endpoint: &Endpoint) -> Channel {
        endpoint.connect_with_connector_lazy(self.connector(None))
    }

    fn connector(
        self,
        mut first: Option<UnixStream>,
    ) -> impl tower::Service<Uri, Response = TokioIo<UnixStream>, Error = ConnectError, Future: Send> + Send {
        service_fn(move |_| {
            let (first, target) = (first.take(), self.clone());
            async move {
                match first {
                    Some(first) => Ok(TokioIo::new(first)),
                    None => target.dial().await.map(TokioIo::new),
                }
            }
        })
    }

    async fn dial(&self) -> Result<UnixStream, ConnectError> {
        let connected = UnixStream::connect(&self.0).await;
        connected.map_err(|error| ConnectError::socket(format!("unix:{}", self.0.display()), error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(address: &str) -> Option<Result<String, ()>> {
        let target = UnixTarget::parse(address)?;
        Some(target.map(|UnixTarget(path)| path.display().to_string()).map_err(|_| ()))
    }

    #[test]
    fn path_after_the_scheme_is_the_socket() {
        assert_eq!(path("unix:///run/a.sock"), Some(Ok("/run/a.sock".to_owned())));
        assert_eq!(path("unix:/run/a.sock"), Some(Ok("/run/a.sock".to_owned())));
        assert_eq!(path("unix:a.sock"), Some(Ok("a.sock".to_owned())));
    }

    #[test]
    fn address_with_a_host_or_without_a_path_is_refused() {
        for address in ["unix:", "unix://", "unix://run/a.sock", "unix://host"] {
            assert_eq!(path(address), Some(Err(())), "{address}");
        }
        for address in ["https://unix:50051", "unix-abstract:a", "/run/a.sock"] {
            assert_eq!(path(address), None, "{address}");
        }
    }
}
