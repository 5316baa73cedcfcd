//! One generic client; the generated ones name its methods.

use http::header;
use http::uri::PathAndQuery;
use tokio::time::{Instant, timeout_at};
use tonic::metadata::MetadataMap;
use tonic::{IntoRequest, IntoStreamingRequest, Request, Response, Status, Streaming};
use tonic_prost::ProstCodec;

use super::attempts::Requests;
use super::broken::as_unavailable;
use super::response::{CallEnd, Messages, late};
use super::{Credentials, SecureChannel};
use crate::deadline;
use crate::method::{Method, Rpc};

type Codec<R> = ProstCodec<<R as Rpc>::Request, <R as Rpc>::Response>;

/// The generic client inside every generated client.
///
/// The metadata of a `tonic::Request` is sent with the call, except for `authorization`: credentials go into
/// [`Credentials`].
#[derive(Clone, Debug)]
pub struct Client {
    channel: SecureChannel,
    credentials: Credentials,
}

impl Client {
    /// A client that presents `credentials` to methods whose rule asks for a credential.
    pub fn new(channel: SecureChannel, credentials: Credentials) -> Self {
        Self { channel, credentials }
    }

    /// Calls a unary method. Returns the response.
    ///
    /// # Errors
    ///
    /// The status of the call.
    pub async fn unary<R: Rpc>(&self, request: impl IntoRequest<R::Request>) -> Result<Response<R::Response>, Status> {
        let request = self.prepared::<R, _>(request.into_request()).await?;
        let mut grpc = self.channel.grpc::<R>(Requests::One, Messages::One, &self.credentials);
        grpc.unary(request, path::<R>(), Codec::<R>::default()).await.map_err(as_unavailable)
    }

    /// Calls a server-streaming method. Returns when the server has sent headers.
    ///
    /// # Errors
    ///
    /// The status of the call, if it fails before that.
    pub async fn server_streaming<R: Rpc>(
        &self,
        request: impl IntoRequest<R::Request>,
    ) -> Result<Response<Streaming<R::Response>>, Status> {
        let request = self.prepared::<R, _>(request.into_request()).await?;
        let mut grpc = self.channel.grpc::<R>(Requests::One, Messages::Any, &self.credentials);
        grpc.server_streaming(request, path::<R>(), Codec::<R>::default()).await.map_err(as_unavailable)
    }

    /// Calls a client-streaming method. Returns the response.
    ///
    /// # Errors
    ///
    /// The status of the call.
    pub async fn client_streaming<R: Rpc>(
        &self,
        request: impl IntoStreamingRequest<Message = R::Request>,
    ) -> Result<Response<R::Response>, Status> {
        let request = self.prepared::<R, _>(request.into_streaming_request()).await?;
        let mut grpc = self.channel.grpc::<R>(Requests::Stream, Messages::One, &self.credentials);
        grpc.client_streaming(request, path::<R>(), Codec::<R>::default()).await.map_err(as_unavailable)
    }

    /// Calls a bidirectional-streaming method. Returns when the server has sent headers.
    ///
    /// Some servers send headers with their first response, after the first request. Send a request before you wait for
    /// this, or use [`BidiCall`](super::BidiCall).
    ///
    /// # Errors
    ///
    /// The status of the call, if it fails before that.
    pub async fn bidi_streaming<R: Rpc>(
        &self,
        request: impl IntoStreamingRequest<Message = R::Request>,
    ) -> Result<Response<Streaming<R::Response>>, Status> {
        let request = self.prepared::<R, _>(request.into_streaming_request()).await?;
        let mut grpc = self.channel.grpc::<R>(Requests::Stream, Messages::Any, &self.credentials);
        grpc.streaming(request, path::<R>(), Codec::<R>::default()).await.map_err(as_unavailable)
    }

    /// Sets the deadline, and the credential where the rule asks for one. Nothing else sets a credential. The time that the
    /// credential takes is part of the call's, so the server gets what is left.
    async fn prepared<R: Rpc, T>(&self, mut request: Request<T>) -> Result<Request<T>, Status> {
        let mut headers = std::mem::take(request.metadata_mut()).into_headers();
        let allowed = deadline::time_left(&headers).or_else(|| self.channel.deadline());
        let end = allowed.and_then(|allowed| Instant::now().checked_add(allowed));
        if headers.contains_key(header::AUTHORIZATION) {
            return Err(Status::invalid_argument("credentials go into `Credentials`, not into metadata"));
        }
        if R::METHOD.rule().asks_for_credentials()
            && let Some(value) = before(end, self.credentials.header()).await?
        {
            headers.insert(header::AUTHORIZATION, value);
        }
        *request.metadata_mut() = MetadataMap::from_headers(headers);
        if let Some(end) = end {
            request.set_timeout(end.saturating_duration_since(Instant::now()));
            request.extensions_mut().insert(CallEnd(end));
        }
        Ok(request)
    }
}

/// DEADLINE_EXCEEDED if the deadline of the call is earlier.
async fn before<T>(end: Option<Instant>, wait: impl Future<Output = Result<T, Status>>) -> Result<T, Status> {
    match end {
        Some(end) => timeout_at(end, wait).await.unwrap_or_else(|_| Err(late())),
        None => wait.await,
    }
}

fn path<R: Rpc>() -> PathAndQuery {
    PathAndQuery::from_static(R::METHOD.path())
}
