//! The handlers of `grpc.testing.TestService`, as gRPC's interop test descriptions want them.

use std::pin::Pin;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use secure_runtime::Caller;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tokio_stream::{Stream, StreamExt};
use tonic::{Code, Request, Response, Status, Streaming};

use crate::messages::grpc::testing::*;

/// Implements the services.
#[derive(Clone, Copy, Debug)]
pub struct Tests;

type Outputs = Pin<Box<dyn Stream<Item = Result<StreamingOutputCallResponse, Status>> + Send>>;

macro_rules! implement {
    ($package:ident, $caller:ident => $type:ty) => {
        const _: () = {
            use crate::$package::grpc::testing::test_service_policy::rpc;
            use crate::$package::grpc::testing::test_service_server::TestService;
            use crate::$package::grpc::testing::unimplemented_service_policy::rpc as other;
            use crate::$package::grpc::testing::unimplemented_service_server::UnimplementedService;

            type $caller<R> = $type;
            type Answer<T> = Result<Response<T>, Status>;
            type Outgoing = Request<Streaming<StreamingOutputCallRequest>>;
            type Incoming = Request<Streaming<StreamingInputCallRequest>>;

            impl TestService for Tests {
                type StreamingOutputCallStream = Outputs;
                type FullDuplexCallStream = Outputs;
                type HalfDuplexCallStream = Outputs;

                async fn empty_call(&self, _: $caller<rpc::EmptyCall>, _: Request<Empty>) -> Answer<Empty> {
                    Ok(Response::new(Empty {}))
                }

                async fn unary_call(
                    &self,
                    caller: $caller<rpc::UnaryCall>,
                    request: Request<SimpleRequest>,
                ) -> Answer<SimpleResponse> {
                    unary(caller.user(), request.into_inner())
                }

                async fn cacheable_unary_call(
                    &self,
                    caller: $caller<rpc::CacheableUnaryCall>,
                    request: Request<SimpleRequest>,
                ) -> Answer<SimpleResponse> {
                    cacheable(caller.user(), request.into_inner())
                }

                async fn streaming_output_call(
                    &self,
                    _: $caller<rpc::StreamingOutputCall>,
                    request: Request<StreamingOutputCallRequest>,
                ) -> Answer<Outputs> {
                    outputs(request.into_inner())
                }

                async fn streaming_input_call(
                    &self,
                    _: $caller<rpc::StreamingInputCall>,
                    request: Incoming,
                ) -> Answer<StreamingInputCallResponse> {
                    inputs(request.into_inner()).await
                }

                async fn full_duplex_call(
                    &self,
                    _: $caller<rpc::FullDuplexCall>,
                    request: Outgoing,
                ) -> Answer<Outputs> {
                    Ok(duplex(request.into_inner()))
                }

                async fn half_duplex_call(
                    &self,
                    _: $caller<rpc::HalfDuplexCall>,
                    request: Outgoing,
                ) -> Answer<Outputs> {
                    Ok(duplex(request.into_inner()))
                }

                async fn unimplemented_call(
                    &self,
                    _: $caller<rpc::UnimplementedCall>,
                    _: Request<Empty>,
                ) -> Answer<Empty> {
                    Err(Status::unimplemented("no such method"))
                }
            }

            impl UnimplementedService for Tests {
                async fn unimplemented_call(
                    &self,
                    _: $caller<other::UnimplementedCall>,
                    _: Request<Empty>,
                ) -> Answer<Empty> {
                    Err(Status::unimplemented("no such service"))
                }
            }
        };
    };
}

implement!(protected, C => Caller<R>);
implement!(public, C => Option<Caller<R>>);

/// Who a handler says called.
#[derive(Default)]
struct User {
    name: String,
    scope: String,
}

trait Named {
    fn user(&self) -> User;
}

impl<R> Named for Caller<R> {
    fn user(&self) -> User {
        #[derive(serde::Deserialize)]
        struct Claims {
            scope: String,
        }
        let scope = self.claims::<Claims>().map(|claims| claims.scope).unwrap_or_default();
        User { name: self.subject().to_owned(), scope }
    }
}

impl<R> Named for Option<Caller<R>> {
    fn user(&self) -> User {
        self.as_ref().map(Named::user).unwrap_or_default()
    }
}

fn unary(user: User, request: SimpleRequest) -> Result<Response<SimpleResponse>, Status> {
    echo(request.response_status)?;
    let mut response = Response::new(SimpleResponse {
        payload: payload(request.response_size)?,
        username: if request.fill_username { user.name } else { String::new() },
        oauth_scope: if request.fill_oauth_scope { user.scope } else { String::new() },
        server_id: if request.fill_server_id { std::process::id().to_string() } else { String::new() },
    });
    if request.response_compressed.is_some_and(|wanted| !wanted.value) {
        response.disable_compression();
    }
    Ok(response)
}

/// No two responses are equal, so a client sees whether one came from a cache.
fn cacheable(user: User, request: SimpleRequest) -> Result<Response<SimpleResponse>, Status> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    let mut response = unary(user, request)?;
    response.get_mut().payload = Some(Payload { r#type: 0, body: now.to_string().into_bytes() });
    Ok(response)
}

fn outputs(request: StreamingOutputCallRequest) -> Result<Response<Outputs>, Status> {
    echo(request.response_status)?;
    Ok(Response::new(Box::pin(tokio_stream::iter(request.response_parameters).then(output))))
}

async fn output(wanted: ResponseParameters) -> Result<StreamingOutputCallResponse, Status> {
    tokio::time::sleep(Duration::from_micros(wanted.interval_us.try_into().unwrap_or(0))).await;
    Ok(StreamingOutputCallResponse { payload: payload(wanted.size)? })
}

async fn inputs(
    mut requests: Streaming<StreamingInputCallRequest>,
) -> Result<Response<StreamingInputCallResponse>, Status> {
    let mut sum = 0;
    while let Some(request) = requests.message().await? {
        sum += request.payload.unwrap_or_default().body.len();
    }
    let aggregated_payload_size = sum.try_into().map_err(|_| Status::out_of_range("too long in sum"))?;
    Ok(Response::new(StreamingInputCallResponse { aggregated_payload_size }))
}

fn duplex(mut requests: Streaming<StreamingOutputCallRequest>) -> Response<Outputs> {
    let (answers, responses) = mpsc::channel(1);
    tokio::spawn(async move {
        let failed = answer_each(&mut requests, &answers).await;
        if let Err(status) = failed {
            _ = answers.send(Err(status)).await;
        }
    });
    Response::new(Box::pin(ReceiverStream::new(responses)))
}

async fn answer_each(
    requests: &mut Streaming<StreamingOutputCallRequest>,
    answers: &mpsc::Sender<Result<StreamingOutputCallResponse, Status>>,
) -> Result<(), Status> {
    while let Some(request) = requests.message().await? {
        echo(request.response_status)?;
        for wanted in request.response_parameters {
            let response = output(wanted).await?;
            answers.send(Ok(response)).await.map_err(|_| Status::cancelled("nobody reads"))?;
        }
    }
    Ok(())
}

fn echo(status: Option<EchoStatus>) -> Result<(), Status> {
    match status {
        Some(EchoStatus { code, message }) if code != 0 => Err(Status::new(Code::from_i32(code), message)),
        _ => Ok(()),
    }
}

fn payload(size: i32) -> Result<Option<Payload>, Status> {
    let size = usize::try_from(size).map_err(|_| Status::invalid_argument("a size is not negative"))?;
    Ok(Some(Payload { r#type: 0, body: vec![0; size] }))
}
