//! A generated service in a server of tonic or axum. Protected methods refuse every call, and a warning names the fix.

use secure_runtime::Gate;
use secure_runtime::audit::AuditEvent;
use secure_runtime::authz::Access;
use secure_tests::callers::by_roles;
use secure_tests::kinds_service::Recorder;
use secure_tests::log::Log;
use secure_tests::server::call;
use secure_tests::services::kinds::v1::kinds_policy::Method;
use secure_tests::services::kinds::v1::kinds_server::KindsServer;
use secure_tests::tokens::{Worth, declared};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::{Channel, Endpoint};

async fn bind() -> (TcpListener, Channel) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let uri = format!("http://{}", listener.local_addr().unwrap());
    (listener, Endpoint::from_shared(uri).unwrap().connect_lazy())
}

async fn only_anonymous_calls_of_public_methods_pass(channel: &Channel, recorder: &Recorder) {
    for &method in Method::ALL {
        let access = method.rule().access();
        assert_eq!(call(channel, method.path(), &[]).await, declared(access, Worth::Nothing), "{method:?}");
        assert_eq!(
            recorder.take().len(),
            usize::from(matches!(access, Access::Anonymous | Access::Public)),
            "{method:?}"
        );
        let credential = [("authorization", "Bearer roles.reader.writer")];
        assert_eq!(call(channel, method.path(), &credential).await, declared(access, Worth::Refused), "{method:?}");
        assert_eq!(recorder.take().len(), usize::from(access == Access::Anonymous), "{method:?}");
    }
}

#[tokio::test]
async fn protected_methods_refuse_on_an_unknown_connection_and_one_warning_names_the_fix() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().with_writer(log.clone()).finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();

    let recorder = Recorder::default();
    let (listener, channel) = bind().await;
    let server = tonic::transport::Server::builder().add_service(kinds(&recorder));
    tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
    only_anonymous_calls_of_public_methods_pass(&channel, &recorder).await;
    holds_one_warning(&log, "a bare tonic server");

    let (listener, channel) = bind().await;
    let router = axum::Router::new().route_service("/kinds.v1.Kinds/{*method}", kinds(&recorder));
    tokio::spawn(axum::serve(listener, router).into_future());
    only_anonymous_calls_of_public_methods_pass(&channel, &recorder).await;
    holds_one_warning(&log, "axum");
}

fn kinds(recorder: &Recorder) -> KindsServer<Recorder> {
    KindsServer::new(recorder.clone(), Gate::new(by_roles).audit(|_: &AuditEvent<'_>| {}))
}

#[track_caller]
fn holds_one_warning(log: &Log, server: &str) {
    let text = log.take();
    assert_eq!(text.matches("serve it with `secure_runtime::Server`").count(), 1, "{server}: {text}");
    assert!(!text.contains("roles.reader"), "{server}: {text}");
}
