//! Deadlines that the server sets, and layers that end calls.

use std::time::Duration;

use secure_runtime::server::Limits;
use secure_runtime::{Credentials, SecureChannel, Server};
use tokio::time::{sleep, timeout};
use tonic::{Code, Request};
use tower::limit::ConcurrencyLimitLayer;
use tower::load_shed::LoadShedLayer;
use tower::timeout::TimeoutLayer;

use secure_tests::pki::Ca;
use secure_tests::probe::{Running, call_open};
use secure_tests::services::lab::probe_client::ProbeClient;
use secure_tests::tls::{client_tls, server_tls};

const LIMIT: Duration = Duration::from_millis(300);
const HOUR: Duration = Duration::from_secs(60 * 60);

struct Site {
    server: Running,
    channel: SecureChannel,
}

impl Site {
    async fn start(tell: impl FnOnce(Server) -> Server) -> Self {
        let ca = Ca::new("ca");
        let server = Running::start_with(server_tls(&ca.issue()), tell).await;
        let channel = SecureChannel::connect(&server.uri(), client_tls(&ca)).await.unwrap();
        Self { server, channel }
    }

    fn client(&self) -> ProbeClient {
        ProbeClient::new(self.channel.clone(), Credentials::bearer("clerk").unwrap())
    }

    /// A unary call and a stream that would never end do.
    async fn ends_calls(&self, deadline: Option<Duration>) {
        let request = || {
            let mut request = Request::new(String::new());
            deadline.inspect(|deadline| request.set_timeout(*deadline));
            request
        };
        let hanging = self.client().hang(request()).await.unwrap_err();
        assert_eq!(hanging.code(), Code::DeadlineExceeded);
        let mut messages = self.client().follow(request()).await.unwrap().into_inner();
        assert_eq!(messages.message().await.unwrap().unwrap(), "first");
        assert_eq!(messages.message().await.unwrap_err().code(), Code::DeadlineExceeded);
        sleep(Duration::from_millis(50)).await;
        assert_eq!(self.server.running_handlers(), 0);
    }
}

#[tokio::test]
async fn deadline_of_a_client_is_limited_by_the_server() {
    let site = Site::start(|server| server.limits(Limits::default().max_deadline(LIMIT))).await;
    timeout(Duration::from_secs(10), site.ends_calls(Some(HOUR))).await.expect("calls end at the limit");
    // A call without a deadline has none.
    assert!(call_open(&site.channel, "600").await.is_ok());
}

#[tokio::test]
async fn call_without_a_deadline_gets_the_default_of_the_server() {
    let site = Site::start(|server| server.limits(Limits::default().default_deadline(LIMIT))).await;
    timeout(Duration::from_secs(10), site.ends_calls(None)).await.expect("calls end at the deadline");
    // A client may ask for more.
    let mut request = Request::new("600".to_owned());
    request.set_timeout(HOUR);
    assert!(site.client().open(request).await.is_ok());
}

#[tokio::test]
async fn timeout_layer_answers_with_deadline_exceeded() {
    let site = Site::start(|server| server.layer(TimeoutLayer::new(LIMIT))).await;
    let late = timeout(Duration::from_secs(10), call_open(&site.channel, "60000")).await.expect("it is ended");
    assert_eq!(late.unwrap_err().code(), Code::DeadlineExceeded);
    assert!(call_open(&site.channel, "").await.is_ok());
}

#[tokio::test]
async fn load_shedding_layer_answers_with_resource_exhausted() {
    let site = Site::start(|server| server.layer(LoadShedLayer::new()).layer(ConcurrencyLimitLayer::new(1))).await;
    let channel = site.channel.clone();
    let running = tokio::spawn(async move { call_open(&channel, "600").await });
    sleep(Duration::from_millis(200)).await;
    assert_eq!(call_open(&site.channel, "").await.unwrap_err().code(), Code::ResourceExhausted);
    running.await.unwrap().unwrap();
    assert!(call_open(&site.channel, "").await.is_ok());
}
