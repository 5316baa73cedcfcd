//! Our client against a server of another maker: the cases of gRPC's interop tests that a client decides.

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use secure_runtime::{Credentials, SecureChannel};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::ReceiverStream;
use tonic::metadata::{MetadataMap, MetadataValue};
use tonic::{Code, Request, Status};

use crate::messages::grpc::testing::*;
use crate::protected::grpc::testing::test_service_client::TestServiceClient;
use crate::protected::grpc::testing::unimplemented_service_client::UnimplementedServiceClient;

/// How a case ended: nothing, or what was wrong.
pub type Outcome = Result<(), String>;

type Case<'a> = (&'static str, Pin<Box<dyn Future<Output = Outcome> + Send + 'a>>);

/// Runs every case, and gives those that failed.
pub async fn failures(channel: SecureChannel, credentials: Credentials) -> Vec<String> {
    let tests = TestServiceClient::new(channel.clone(), credentials.clone());
    let none = UnimplementedServiceClient::new(channel, credentials);
    let mut failed = Vec::new();
    for (name, case) in cases(&tests, &none) {
        let outcome = timeout(Duration::from_secs(10), case).await;
        if let Err(why) = outcome.unwrap_or_else(|_| Err("did not end".to_owned())) {
            failed.push(format!("{name}: {why}"));
        }
    }
    failed
}

fn cases<'a>(tests: &'a TestServiceClient, none: &'a UnimplementedServiceClient) -> Vec<Case<'a>> {
    let special = "\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n";
    vec![
        ("empty_unary", Box::pin(empty_unary(tests))),
        ("large_unary", Box::pin(large_unary(tests))),
        ("client_streaming", Box::pin(client_streaming(tests))),
        ("server_streaming", Box::pin(server_streaming(tests))),
        ("ping_pong", Box::pin(ping_pong(tests))),
        ("empty_stream", Box::pin(empty_stream(tests))),
        ("status_code_and_message", Box::pin(status(tests, "test status message"))),
        ("special_status_message", Box::pin(status(tests, special))),
        ("custom_metadata", Box::pin(custom_metadata(tests))),
        ("unimplemented_method", Box::pin(unimplemented(tests.unimplemented_call(Empty {})))),
        ("unimplemented_service", Box::pin(unimplemented(none.unimplemented_call(Empty {})))),
        ("cancel_after_begin", Box::pin(cancel_after_begin(tests))),
        ("cancel_after_first_response", Box::pin(cancel_after_first_response(tests))),
        ("timeout_on_sleeping_server", Box::pin(timeout_on_sleeping_server(tests))),
    ]
}

fn text(status: Status) -> String {
    format!("{status:?}")
}

fn expect(holds: bool, otherwise: impl Debug) -> Outcome {
    if holds { Ok(()) } else { Err(format!("{otherwise:?}")) }
}

fn payload(size: usize) -> Option<Payload> {
    Some(Payload { r#type: 0, body: vec![0; size] })
}

async fn empty_unary(tests: &TestServiceClient) -> Outcome {
    tests.empty_call(Empty {}).await.map(drop).map_err(text)
}

async fn large_unary(tests: &TestServiceClient) -> Outcome {
    let request = SimpleRequest { response_size: 314_159, payload: payload(271_828), ..Default::default() };
    let response = tests.unary_call(request).await.map_err(text)?.into_inner();
    expect(response.payload.is_some_and(|payload| payload.body.len() == 314_159), "another size")
}

async fn client_streaming(tests: &TestServiceClient) -> Outcome {
    let requests = [27_182, 8, 1_828, 45_904].map(|size| StreamingInputCallRequest { payload: payload(size) });
    let response = tests.streaming_input_call(tokio_stream::iter(requests)).await.map_err(text)?.into_inner();
    expect(response.aggregated_payload_size == 74_922, response)
}

const SIZES: [i32; 4] = [31_415, 9, 2_653, 58_979];

/// A request for responses of these sizes.
fn asking_for(sizes: &[i32]) -> StreamingOutputCallRequest {
    let response_parameters = sizes.iter().map(|&size| ResponseParameters { size, interval_us: 0 }).collect();
    StreamingOutputCallRequest { response_parameters, ..Default::default() }
}

fn size(response: Option<StreamingOutputCallResponse>) -> Option<usize> {
    Some(response?.payload?.body.len())
}

async fn server_streaming(tests: &TestServiceClient) -> Outcome {
    let mut responses = tests.streaming_output_call(asking_for(&SIZES)).await.map_err(text)?.into_inner();
    let mut sizes = Vec::new();
    while let Some(response) = responses.message().await.map_err(text)? {
        sizes.extend(size(Some(response)));
    }
    expect(sizes == SIZES.map(|size| size as usize), sizes)
}

async fn ping_pong(tests: &TestServiceClient) -> Outcome {
    let (ask, requests) = mpsc::channel(SIZES.len());
    // grpc-go sends no headers before its first message, and the call waits for headers.
    ask.try_send(ping(SIZES[0])).map_err(|error| error.to_string())?;
    let mut responses = tests.full_duplex_call(ReceiverStream::new(requests)).await.map_err(text)?.into_inner();
    for (at, wanted) in SIZES.into_iter().enumerate() {
        if at > 0 {
            ask.try_send(ping(wanted)).map_err(|error| error.to_string())?;
        }
        let received = size(responses.message().await.map_err(text)?);
        expect(received == Some(wanted as usize), received)?;
    }
    drop(ask);
    expect(responses.message().await.map_err(text)?.is_none(), "one more response")
}

fn ping(size: i32) -> StreamingOutputCallRequest {
    StreamingOutputCallRequest { payload: payload(100), ..asking_for(&[size]) }
}

async fn empty_stream(tests: &TestServiceClient) -> Outcome {
    let mut responses = tests.full_duplex_call(tokio_stream::empty()).await.map_err(text)?.into_inner();
    expect(responses.message().await.map_err(text)?.is_none(), "a response")
}

async fn status(tests: &TestServiceClient, message: &str) -> Outcome {
    let is_echo = |status: &Status| status.code() == Code::Unknown && status.message() == message;
    let response_status = Some(EchoStatus { code: 2, message: message.to_owned() });
    let request = SimpleRequest { response_status: response_status.clone(), ..Default::default() };
    let status = tests.unary_call(request).await.err().ok_or("no error")?;
    expect(is_echo(&status), &status)?;
    let request = StreamingOutputCallRequest { response_status, ..Default::default() };
    let status = match tests.full_duplex_call(tokio_stream::once(request)).await {
        Err(status) => status,
        Ok(responses) => responses.into_inner().next().await.and_then(Result::err).ok_or("no error")?,
    };
    expect(is_echo(&status), &status)
}

async fn custom_metadata(tests: &TestServiceClient) -> Outcome {
    let request = SimpleRequest { response_size: 1, payload: payload(1), ..Default::default() };
    let response = tests.unary_call(with_metadata(request)).await.map_err(text)?;
    // tonic merges the trailers of a unary response into its metadata.
    expect_echoes(response.metadata(), response.metadata())?;
    let requests = with_metadata(tokio_stream::once(asking_for(&[1])));
    let (initial, mut responses, _) = tests.full_duplex_call(requests).await.map_err(text)?.into_parts();
    while responses.message().await.map_err(text)?.is_some() {}
    let trailing = responses.trailers().await.map_err(text)?.unwrap_or_default();
    expect_echoes(&initial, &trailing)
}

fn with_metadata<T>(message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert(INITIAL, MetadataValue::from_static("test_initial_metadata_value"));
    request.metadata_mut().insert_bin(TRAILING, MetadataValue::from_bytes(&[0xab; 3]));
    request
}

fn expect_echoes(initial: &MetadataMap, trailing: &MetadataMap) -> Outcome {
    let first = initial.get(INITIAL).is_some_and(|value| value == "test_initial_metadata_value");
    let last = trailing.get_bin(TRAILING).and_then(|value| value.to_bytes().ok());
    expect(first && last.as_deref() == Some(&[0xab; 3]), (initial, trailing))
}

const INITIAL: &str = "x-grpc-test-echo-initial";
const TRAILING: &str = "x-grpc-test-echo-trailing-bin";

async fn unimplemented<T: Debug>(call: impl Future<Output = Result<T, Status>>) -> Outcome {
    match call.await {
        Err(status) => expect(status.code() == Code::Unimplemented, status),
        Ok(response) => Err(format!("{response:?}")),
    }
}

async fn cancel_after_begin(tests: &TestServiceClient) -> Outcome {
    let call = tests.streaming_input_call(tokio_stream::pending());
    expect(timeout(Duration::from_millis(20), call).await.is_err(), "an answer")?;
    empty_unary(tests).await
}

async fn cancel_after_first_response(tests: &TestServiceClient) -> Outcome {
    let requests = tokio_stream::once(asking_for(&[31_415])).chain(tokio_stream::pending());
    let mut responses = tests.full_duplex_call(requests).await.map_err(text)?.into_inner();
    expect(responses.message().await.map_err(text)?.is_some(), "no response")?;
    drop(responses);
    empty_unary(tests).await
}

async fn timeout_on_sleeping_server(tests: &TestServiceClient) -> Outcome {
    let mut request = Request::new(tokio_stream::once(ping_of_nothing()).chain(tokio_stream::pending()));
    request.set_timeout(Duration::from_millis(1));
    let outcome = match tests.full_duplex_call(request).await {
        Err(status) => Err(status),
        Ok(responses) => responses.into_inner().message().await,
    };
    expect(outcome.as_ref().is_err_and(|status| status.code() == Code::DeadlineExceeded), outcome)
}

fn ping_of_nothing() -> StreamingOutputCallRequest {
    StreamingOutputCallRequest { payload: payload(27_182), ..Default::default() }
}
