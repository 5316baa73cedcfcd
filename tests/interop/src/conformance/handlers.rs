//! `connectrpc.conformance.v1.ConformanceService`: each request says how it is to be answered.

use std::pin::Pin;
use std::time::Duration;

use http::HeaderMap;
use prost::Message;
use secure_runtime::Caller;
use tokio::sync::mpsc;
use tokio_stream::Stream;
use tokio_stream::wrappers::ReceiverStream;
use tonic::metadata::MetadataMap;
use tonic::{Code, Request, Response, Status, Streaming};

use super::{RpcStatus, from_list, to_list};
use crate::messages::connectrpc::conformance::v1::conformance_payload::RequestInfo;
use crate::messages::connectrpc::conformance::v1::unary_response_definition::Response as Wanted;
use crate::messages::connectrpc::conformance::v1::*;
use crate::trailers::Trailers;

/// Implements the service.
#[derive(Clone, Copy, Debug)]
pub struct Conformance;

type Responses = Pin<Box<dyn Stream<Item = Result<ConformanceResponse, Status>> + Send>>;
type Answer<T> = Result<Response<T>, Status>;

macro_rules! implement {
    ($package:ident, $caller:ident => $type:ty) => {
        const _: () = {
            use crate::$package::connectrpc::conformance::v1::conformance_service_policy::rpc;
            use crate::$package::connectrpc::conformance::v1::conformance_service_server::ConformanceService;

            type $caller<R> = $type;

            impl ConformanceService for Conformance {
                type ServerStreamStream = Responses;
                type BidiStreamStream = Responses;

                async fn unary(
                    &self,
                    _: $caller<rpc::Unary>,
                    request: Request<UnaryRequest>,
                ) -> Answer<ConformanceResponse> {
                    let info = info(request.metadata(), Some(any("UnaryRequest", request.get_ref())));
                    one(request.into_inner().response_definition, info).await
                }

                async fn idempotent_unary(
                    &self,
                    _: $caller<rpc::IdempotentUnary>,
                    request: Request<IdempotentUnaryRequest>,
                ) -> Answer<ConformanceResponse> {
                    let info = info(request.metadata(), Some(any("IdempotentUnaryRequest", request.get_ref())));
                    one(request.into_inner().response_definition, info).await
                }

                async fn client_stream(
                    &self,
                    _: $caller<rpc::ClientStream>,
                    request: Request<Streaming<ClientStreamRequest>>,
                ) -> Answer<ConformanceResponse> {
                    client_stream(request).await
                }

                async fn server_stream(
                    &self,
                    _: $caller<rpc::ServerStream>,
                    request: Request<ServerStreamRequest>,
                ) -> Answer<Responses> {
                    let info = info(request.metadata(), Some(any("ServerStreamRequest", request.get_ref())));
                    Ok(many(request.into_inner().response_definition.unwrap_or_default(), info, None))
                }

                async fn bidi_stream(
                    &self,
                    _: $caller<rpc::BidiStream>,
                    request: Request<Streaming<BidiStreamRequest>>,
                ) -> Answer<Responses> {
                    bidi_stream(request).await
                }

                async fn unimplemented(
                    &self,
                    _: $caller<rpc::Unimplemented>,
                    _: Request<UnimplementedRequest>,
                ) -> Answer<ConformanceResponse> {
                    Err(Status::unimplemented("no such method"))
                }
            }
        };
    };
}

implement!(protected, C => Caller<R>);
implement!(public, C => Option<Caller<R>>);

async fn client_stream(request: Request<Streaming<ClientStreamRequest>>) -> Answer<ConformanceResponse> {
    let mut info = info(request.metadata(), None);
    let mut requests = request.into_inner();
    let mut definition = None;
    while let Some(request) = requests.message().await? {
        info.requests.push(any("ClientStreamRequest", &request));
        if info.requests.len() == 1 {
            definition = request.response_definition;
        }
    }
    one(definition, info).await
}

async fn bidi_stream(request: Request<Streaming<BidiStreamRequest>>) -> Answer<Responses> {
    let mut info = info(request.metadata(), None);
    let mut requests = request.into_inner();
    let Some(mut first) = requests.message().await? else {
        return Ok(Response::new(Box::pin(tokio_stream::empty())));
    };
    info.requests.push(any("BidiStreamRequest", &first));
    let definition = first.response_definition.take().unwrap_or_default();
    if first.full_duplex {
        return Ok(many(definition, info, Some(requests)));
    }
    while let Some(request) = requests.message().await? {
        info.requests.push(any("BidiStreamRequest", &request));
    }
    Ok(many(definition, info, None))
}

async fn one(definition: Option<UnaryResponseDefinition>, info: RequestInfo) -> Answer<ConformanceResponse> {
    let definition = definition.unwrap_or_default();
    pause(definition.response_delay_ms).await;
    let (mut first, last) = (from_list(&definition.response_headers), from_list(&definition.response_trailers));
    match definition.response {
        Some(Wanted::Error(error)) => {
            first.extend(last);
            Err(status(error, Some(&info), first))
        }
        Some(Wanted::ResponseData(data)) => Ok(respond(payload(data, Some(info)), first, last)),
        None => Ok(respond(payload(Vec::new(), Some(info)), first, last)),
    }
}

/// Sends what is asked for. The first response says what was received, and, in full duplex, each further one, too.
fn many(
    definition: StreamResponseDefinition,
    info: RequestInfo,
    duplex: Option<Streaming<BidiStreamRequest>>,
) -> Response<Responses> {
    let (answers, responses) = mpsc::channel(1);
    let (first, last) = (from_list(&definition.response_headers), from_list(&definition.response_trailers));
    let trailers = if definition.error.is_some() { HeaderMap::new() } else { last.clone() };
    tokio::spawn(async move {
        if let Err(status) = send(definition, last, Some(info), duplex, &answers).await {
            _ = answers.send(Err(status)).await;
        }
    });
    respond(Box::pin(ReceiverStream::new(responses)), first, trailers)
}

async fn send(
    definition: StreamResponseDefinition,
    trailers: HeaderMap,
    mut info: Option<RequestInfo>,
    mut duplex: Option<Streaming<BidiStreamRequest>>,
    answers: &mpsc::Sender<Result<ConformanceResponse, Status>>,
) -> Result<(), Status> {
    let is_empty = definition.response_data.is_empty();
    for data in definition.response_data {
        pause(definition.response_delay_ms).await;
        let sent = answers.send(Ok(payload(data, info.take()))).await;
        sent.map_err(|_| Status::cancelled("nobody reads"))?;
        let Some(requests) = &mut duplex else { continue };
        match requests.message().await? {
            Some(request) => {
                let requests = vec![any("BidiStreamRequest", &request)];
                info = Some(RequestInfo { requests, ..RequestInfo::default() });
            }
            None => duplex = None,
        }
    }
    match definition.error {
        Some(error) => Err(status(error, info.as_ref().filter(|_| is_empty), trailers)),
        None => Ok(()),
    }
}

async fn pause(milliseconds: u32) {
    tokio::time::sleep(Duration::from_millis(milliseconds.into())).await;
}

fn payload(data: Vec<u8>, request_info: Option<RequestInfo>) -> ConformanceResponse {
    ConformanceResponse { payload: Some(ConformancePayload { data, request_info }) }
}

fn respond<T>(message: T, first: HeaderMap, last: HeaderMap) -> Response<T> {
    let mut response = Response::new(message);
    *response.metadata_mut() = MetadataMap::from_headers(first);
    response.extensions_mut().insert(Trailers(last));
    response
}

fn status(error: Error, info: Option<&RequestInfo>, trailers: HeaderMap) -> Status {
    let Error { code, message, mut details } = error;
    let message = message.unwrap_or_default();
    details.extend(info.map(|info| any("ConformancePayload.RequestInfo", info)));
    let details = RpcStatus { code, message: message.clone(), details }.encode_to_vec();
    let metadata = MetadataMap::from_headers(trailers);
    Status::with_details_and_metadata(Code::from_i32(code), message, details.into(), metadata)
}

fn info(metadata: &MetadataMap, request: Option<prost_types::Any>) -> RequestInfo {
    let timeout = metadata.get("grpc-timeout").and_then(|value| value.to_str().ok());
    RequestInfo {
        request_headers: to_list(metadata),
        timeout_ms: timeout.and_then(milliseconds),
        requests: request.into_iter().collect(),
    }
}

/// Of `grpc-timeout`: a number and a unit.
fn milliseconds(timeout: &str) -> Option<i64> {
    let (number, unit) = timeout.split_at_checked(timeout.len().checked_sub(1)?)?;
    let number = number.parse::<i64>().ok()?;
    match unit {
        "H" => Some(number * 3_600_000),
        "M" => Some(number * 60_000),
        "S" => Some(number * 1_000),
        "m" => Some(number),
        "u" => Some(number / 1_000),
        "n" => Some(number / 1_000_000),
        _ => None,
    }
}

fn any(name: &str, message: &impl Message) -> prost_types::Any {
    let type_url = format!("type.googleapis.com/connectrpc.conformance.v1.{name}");
    prost_types::Any { type_url, value: message.encode_to_vec() }
}
