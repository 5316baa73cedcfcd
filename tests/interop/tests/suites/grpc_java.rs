//! gRPC's interop tests in Java, whose client calls our server: by Netty, and by OkHttp, which speaks TLS 1.2 alone.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use secure_interop::conformance::server::Rules;

use crate::program::{installed, run};
use crate::served::Served;

/// All cases but `cacheable_unary`, which needs a caching proxy between client and server.
const CASES: [&str; 20] = [
    "cancel_after_begin",
    "cancel_after_first_response",
    "client_compressed_streaming_noprobe",
    "client_compressed_unary_noprobe",
    "client_streaming",
    "custom_metadata",
    "empty_stream",
    "empty_unary",
    "large_unary",
    "pick_first_unary",
    "ping_pong",
    "server_compressed_streaming",
    "server_compressed_unary",
    "server_streaming",
    "special_status_message",
    "status_code_and_message",
    "timeout_on_sleeping_server",
    "unimplemented_method",
    "unimplemented_service",
    "very_large_request",
];

#[tokio::test(flavor = "multi_thread")]
async fn java_client_passes_every_case_on_public_methods() {
    let Some(libraries) = installed("java") else { return };
    let served = Served::start(Rules::Public).await;
    assert_eq!(failed(&libraries, &served, &CASES, &[]).await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn java_client_with_a_token_passes_every_case_on_protected_methods() {
    let Some(libraries) = installed("java") else { return };
    let served = Served::start(Rules::Protected).await;
    let token = format!("--additional_metadata=authorization:Bearer {}", served.token());
    assert_eq!(failed(&libraries, &served, &CASES, &[&token]).await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn java_client_on_okhttp_is_served_if_tls_1_2_is_allowed() {
    let Some(libraries) = installed("java") else { return };
    let served = Served::start_with(Rules::Public, |tls| tls.allow_tls12()).await;
    assert_eq!(failed(&libraries, &served, &["empty_unary", "ping_pong"], &["--use_okhttp=true"]).await, [""; 0]);
}

/// The cases that fail, and how.
async fn failed(libraries: &Path, served: &Served, cases: &[&str], arguments: &[&str]) -> Vec<String> {
    let mut keytool = Command::new("keytool");
    keytool.args(["-importcert", "-noprompt", "-alias", "ca", "-storetype", "PKCS12", "-storepass", PASSWORD]);
    keytool.arg("-file").arg(served.path("ca.pem")).arg("-keystore").arg(served.path("trust.p12"));
    let ended = run(keytool, Duration::from_secs(60)).await;
    assert!(ended.success, "{}", ended.output);
    let mut failed = Vec::new();
    for case in cases {
        let mut command = java(libraries, &served.path("trust.p12"));
        command.args(["--use_tls=true", "--use_test_ca=false", "--server_host=127.0.0.1"]).args(arguments);
        command.arg("--server_host_override=localhost");
        command.arg(format!("--server_port={}", served.address.port())).arg(format!("--test_case={case}"));
        let ended = run(command, Duration::from_secs(120)).await;
        if !ended.success {
            failed.push(format!("{case}: {}", ended.output));
        }
    }
    failed
}

fn java(libraries: &Path, trust: &Path) -> Command {
    let mut command = Command::new("java");
    command.args(["-Xmx256m", "-XX:TieredStopAtLevel=1"]); // it starts sooner
    command.arg(format!("-XX:SharedArchiveFile={}", libraries.join("classes.jsa").display()));
    command.arg(format!("-Djavax.net.ssl.trustStore={}", trust.display()));
    command.arg(format!("-Djavax.net.ssl.trustStorePassword={PASSWORD}"));
    command.arg("-cp").arg(libraries.join("*")).arg("io.grpc.testing.integration.TestServiceClient");
    command
}

const PASSWORD: &str = "changeit"; // PKCS #12 wants one; there is nothing secret in it
