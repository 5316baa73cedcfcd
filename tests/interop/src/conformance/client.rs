//! A client under test. It reads from standard input what to call, and writes the outcome to standard output.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use prost::Message;
use secure_runtime::tls::{ClientCertificate, ServerRoots};
use secure_runtime::{ClientTls, Credentials, SecureChannel, danger};
use tokio::io::{stdin, stdout};
use tokio::sync::{Notify, Semaphore};
use tokio::time::sleep;
use tokio_stream::{Stream, StreamExt};
use tonic::metadata::MetadataMap;
use tonic::{Request, Response, Status, Streaming};

use super::{RpcStatus, from_list, read, to_list, write};
use crate::Outcome;
use crate::messages::connectrpc::conformance::v1::client_compat_request::cancel::CancelTiming;
use crate::messages::connectrpc::conformance::v1::client_compat_response::Result as Told;
use crate::messages::connectrpc::conformance::v1::*;
use crate::protected::connectrpc::conformance::v1::conformance_service_client::ConformanceServiceClient;

/// Calls what the suite asks for, until it asks for nothing more.
///
/// # Errors
///
/// The suite cannot be understood.
pub async fn run() -> Outcome {
    let (mut input, mut output) = (stdin(), stdout());
    while let Some(test) = read::<ClientCompatRequest>(&mut input).await? {
        let result = match connect(&test).await {
            Ok(client) => Told::Response(within_its_time(&client, &test).await),
            Err(error) => Told::Error(ClientErrorResult { message: error.to_string() }),
        };
        write(&mut output, &ClientCompatResponse { test_name: test.test_name, result: Some(result) }).await?;
    }
    Ok(())
}

async fn connect(
    test: &ClientCompatRequest,
) -> Result<ConformanceServiceClient, Box<dyn std::error::Error + Send + Sync>> {
    let address = format!("{}:{}", test.host, test.port);
    let mut channel = if test.server_tls_cert.is_empty() {
        danger::connect_plaintext(&format!("http://{address}"), "the suite asks for it").await?
    } else {
        let mut tls = ClientTls::with_roots(ServerRoots::from_pem(&test.server_tls_cert)?);
        if let Some(own) = &test.client_tls_creds {
            tls = tls.client_certificate(ClientCertificate::from_pem(&own.cert, &own.key)?);
        }
        SecureChannel::connect(&format!("https://{address}"), tls).await?
    };
    if test.message_receive_limit > 0 {
        channel = channel.max_decoding_message_size(usize::try_from(test.message_receive_limit)?);
    }
    Ok(ConformanceServiceClient::new(channel, Credentials::none()))
}

/// A call that the test cancels is dropped. One that does not end is reported as DATA_LOSS, which no test expects.
async fn within_its_time(client: &ConformanceServiceClient, test: &ClientCompatRequest) -> ClientResponseResult {
    let (mut result, pace) = (ClientResponseResult::default(), Arc::new(Pace::of(test)));
    let end = async {
        match timing(test) {
            Some(CancelTiming::AfterCloseSendMs(after)) => {
                pace.sent.notified().await;
                sleep(Duration::from_millis((*after).into())).await;
                Status::cancelled("by the test")
            }
            Some(CancelTiming::BeforeCloseSend(())) => {
                pace.sent.notified().await;
                sleep(Duration::from_millis(100)).await;
                Status::cancelled("by the test")
            }
            Some(CancelTiming::AfterNumResponses(_)) | None => {
                sleep(Duration::from_secs(5)).await;
                Status::data_loss("the call did not end")
            }
        }
    };
    let status = tokio::select! {
        () = call(client, test, &pace, &mut result) => return result,
        status = end => status,
    };
    ClientResponseResult { error: Some(error(&status)), ..result }
}

fn timing(test: &ClientCompatRequest) -> Option<&CancelTiming> {
    test.cancel.as_ref()?.cancel_timing.as_ref()
}

/// When requests are sent: in full duplex each after the response to the last, else at once.
struct Pace {
    turns: Semaphore,
    /// Notified when the last request is sent, and in full duplex is answered.
    sent: Notify,
}

impl Pace {
    fn of(test: &ClientCompatRequest) -> Self {
        let is_full_duplex = test.stream_type == FULL_DUPLEX;
        let turns = if is_full_duplex { 1 } else { test.request_messages.len() + 1 };
        Self { turns: Semaphore::new(turns), sent: Notify::new() }
    }

    async fn turn(&self) {
        self.turns.acquire().await.expect("nobody closes it").forget();
    }
}

const FULL_DUPLEX: i32 = 5;

/// Calls, and tells in `result` what came back so far.
async fn call(
    client: &ConformanceServiceClient,
    test: &ClientCompatRequest,
    pace: &Arc<Pace>,
    result: &mut ClientResponseResult,
) {
    if matches!(test.method(), "Unary" | "IdempotentUnary" | "ServerStream") {
        sleep(Duration::from_millis(test.request_delay_ms.into())).await;
        pace.sent.notify_one();
    }
    match test.method() {
        "Unary" => *result = one(client.unary(request(test, first(test))).await),
        "IdempotentUnary" => *result = one(client.idempotent_unary(request(test, first(test))).await),
        "Unimplemented" => *result = one(client.unimplemented(request(test, first(test))).await),
        "ServerStream" => many(client.server_stream(request(test, first(test))).await, test, pace, result).await,
        "ClientStream" => *result = one(client.client_stream(request(test, each(test, pace))).await),
        "BidiStream" => many(client.bidi_stream(request(test, each(test, pace))).await, test, pace, result).await,
        other => *result = failed(&Status::data_loss(format!("no method `{other}`"))),
    }
}

fn request<T>(test: &ClientCompatRequest, message: T) -> Request<T> {
    let mut request = Request::new(message);
    *request.metadata_mut() = MetadataMap::from_headers(from_list(&test.request_headers));
    if let Some(timeout) = test.timeout_ms {
        request.set_timeout(Duration::from_millis(timeout.into()));
    }
    request
}

fn first<T: Message + Default>(test: &ClientCompatRequest) -> T {
    messages(test).next().unwrap_or_default()
}

/// Every request of a stream, which stays open if the test cancels it before its end.
fn each<T: Message + Default + 'static>(
    test: &ClientCompatRequest,
    pace: &Arc<Pace>,
) -> Pin<Box<dyn Stream<Item = T> + Send>> {
    let (delay, pace) = (Duration::from_millis(test.request_delay_ms.into()), Arc::clone(pace));
    let messages = messages(test).map(Some).chain([None]).collect::<Vec<Option<T>>>();
    let messages = tokio_stream::iter(messages).then(move |message| {
        let pace = Arc::clone(&pace);
        async move {
            pace.turn().await;
            match message {
                Some(_) => sleep(delay).await,
                None => pace.sent.notify_one(),
            }
            message
        }
    });
    let messages = messages.filter_map(|message| message);
    match timing(test) {
        Some(CancelTiming::BeforeCloseSend(())) => Box::pin(messages.chain(tokio_stream::pending())),
        _ => Box::pin(messages),
    }
}

fn messages<T: Message + Default>(test: &ClientCompatRequest) -> impl Iterator<Item = T> {
    test.request_messages.iter().map(|any| T::decode(&*any.value).expect("the suite sends messages"))
}

fn one(answer: Result<Response<ConformanceResponse>, Status>) -> ClientResponseResult {
    match answer {
        Err(status) => failed(&status),
        Ok(response) => {
            // tonic merges the trailers of a unary response into its metadata.
            let headers = to_list(response.metadata());
            ClientResponseResult {
                response_headers: headers.clone(),
                response_trailers: headers,
                payloads: vec![response.into_inner().payload.unwrap_or_default()],
                error: None,
            }
        }
    }
}

async fn many(
    answer: Result<Response<Streaming<ConformanceResponse>>, Status>,
    test: &ClientCompatRequest,
    pace: &Pace,
    result: &mut ClientResponseResult,
) {
    let (metadata, mut responses, _) = match answer {
        Ok(response) => response.into_parts(),
        Err(status) => return *result = failed(&status),
    };
    let most = match timing(test) {
        Some(CancelTiming::AfterNumResponses(most)) => *most as usize,
        _ => usize::MAX,
    };
    result.response_headers = to_list(&metadata);
    let status = loop {
        if result.payloads.len() >= most {
            break Status::cancelled("by the test");
        }
        match responses.message().await {
            Ok(Some(response)) => {
                result.payloads.push(response.payload.unwrap_or_default());
                pace.turns.add_permits(1);
            }
            Ok(None) => {
                let trailers = responses.trailers().await.ok().flatten().unwrap_or_default();
                return result.response_trailers = to_list(&trailers);
            }
            Err(status) => break status,
        }
    };
    result.response_trailers = to_list(status.metadata());
    result.error = Some(error(&status));
}

fn failed(status: &Status) -> ClientResponseResult {
    let headers = to_list(status.metadata());
    ClientResponseResult {
        response_headers: headers.clone(),
        response_trailers: headers,
        payloads: Vec::new(),
        error: Some(error(status)),
    }
}

fn error(status: &Status) -> Error {
    let details = RpcStatus::decode(status.details()).unwrap_or_default().details;
    Error { code: status.code() as i32, message: Some(status.message().to_owned()), details }
}
