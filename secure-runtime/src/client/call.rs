//! One generic client; the generated ones name its methods.

use http::header;
use http::uri::PathAndQuery;
use tonic::client::Grpc;
use tonic::metadata::MetadataMap;
use tonic::transport::Channel;
use tonic::{IntoRequest, IntoStreamingRequest, Request, Response, Status, Streaming};
use tonic_prost::ProstCodec;

use super::broken::as_unavailable;
use super::response::{Checked, Messages};
use super::{Credentials, SecureChannel};
use crate::method::{Method, Rpc};

type Codec<R> = ProstCodec<<R as Rpc>::Request, <R as Rpc>::Response>;

/// What every generated client is made of.
#[derive(Clone, Debug)]
pub struct Client {
    channel: SecureChannel,
    credentials: Credentials,
}

impl Client {
    /// A client that presents `credentials` where a rule asks for them.
    pub fn new(channel: SecureChannel, credentials: Credentials) -> Self {
        Self { channel, credentials }
    }

    /// Calls a unary method.
    pub async fn unary<R: Rpc>(&self, request: impl IntoRequest<R::Request>) -> Result<Response<R::Response>, Status> {
        let request = self.present::<R, _>(request.into_request()).await?;
        let answer = self.ready(Messages::One).await?.unary(request, path::<R>(), Codec::<R>::default()).await;
        answer.map_err(as_unavailable)
    }

    /// Calls a server-streaming method.
    pub async fn server_streaming<R: Rpc>(
        &self,
        request: impl IntoRequest<R::Request>,
    ) -> Result<Response<Streaming<R::Response>>, Status> {
        let request = self.present::<R, _>(request.into_request()).await?;
        let answer =
            self.ready(Messages::Any).await?.server_streaming(request, path::<R>(), Codec::<R>::default()).await;
        answer.map_err(as_unavailable)
    }

    /// Calls a client-streaming method.
    pub async fn client_streaming<R: Rpc>(
        &self,
        request: impl IntoStreamingRequest<Message = R::Request>,
    ) -> Result<Response<R::Response>, Status> {
        let request = self.present::<R, _>(request.into_streaming_request()).await?;
        let answer =
            self.ready(Messages::One).await?.client_streaming(request, path::<R>(), Codec::<R>::default()).await;
        answer.map_err(as_unavailable)
    }

    /// Calls a bidirectional-streaming method.
    pub async fn bidi_streaming<R: Rpc>(
        &self,
        request: impl IntoStreamingRequest<Message = R::Request>,
    ) -> Result<Response<Streaming<R::Response>>, Status> {
        let request = self.present::<R, _>(request.into_streaming_request()).await?;
        let answer = self.ready(Messages::Any).await?.streaming(request, path::<R>(), Codec::<R>::default()).await;
        answer.map_err(as_unavailable)
    }

    async fn ready(&self, messages: Messages) -> Result<Grpc<Checked<Channel>>, Status> {
        let mut grpc = self.channel.grpc(messages);
        grpc.ready().await?;
        Ok(grpc)
    }

    /// Attaches the credential where the rule asks for one. Nothing else does.
    async fn present<R: Rpc, T>(&self, mut request: Request<T>) -> Result<Request<T>, Status> {
        let mut headers = std::mem::take(request.metadata_mut()).into_headers();
        if headers.contains_key(header::AUTHORIZATION) {
            return Err(Status::invalid_argument("credentials go into `Credentials`, not into metadata"));
        }
        if R::METHOD.rule().asks_for_credentials()
            && let Some(value) = self.credentials.header().await?
        {
            headers.insert(header::AUTHORIZATION, value);
        }
        *request.metadata_mut() = MetadataMap::from_headers(headers);
        Ok(request)
    }
}

fn path<R: Rpc>() -> PathAndQuery {
    PathAndQuery::from_static(R::METHOD.path())
}
