//! gRPC's own engine (gRFC A43), in a server of grpc-go.

use std::fs;
use std::process::Command;

use secure_runtime::testing::TestIssuer;

use crate::calls::{self, Call};
use crate::client::Client;
use crate::exports::{self, Settings};
use crate::pki::Ca;
use crate::tools::{free_port, start, tool};
use crate::{assert_equal, random};

#[tokio::test(flavor = "multi_thread")]
async fn grpc_decides_as_the_server() {
    let with_tokens = Settings::new("{}", true);
    for settings in [with_tokens.without_tokens(), with_tokens] {
        let has_tokens = settings.0.get("tokens").is_some();
        let fits = |call: &Call| {
            !call.is_nobody_with_certificate() && (has_tokens || crate::client::claims(&call.caller).is_none())
        };
        let calls = calls::vectors().into_iter().chain(random::calls()).filter(fits).collect::<Vec<_>>();
        let Some(server) = tool("grpc") else { return };
        let export = exports::export("grpc", &settings, &calls);
        let (ca, issuer, port) = (Ca::new(), TestIssuer::new("https://id.example.com"), free_port());
        let issued = ca.issue(&["localhost"]);
        let directory = tempfile::tempdir().unwrap();
        for (name, text) in [("ca.crt", ca.pem()), ("tls.crt", issued.certificate), ("tls.key", issued.key)] {
            fs::write(directory.path().join(name), text).unwrap();
        }
        let mut command = Command::new(server);
        command.arg(directory.path()).arg(export.path().join("policy.json")).arg(port.to_string());
        let _running = start(&mut command, port).await;
        let mut client = Client::new(&ca, &issuer, port);
        let mut decisions = Vec::new();
        for call in &calls {
            let answer = client.call(call, "application/grpc").await;
            let code = answer.code.as_deref().unwrap_or_default();
            assert!(["0", "7"].contains(&code), "{answer:?}: {call:?}");
            decisions.push(code == "0");
        }
        assert_equal("grpc", &settings, &calls, &decisions);
    }
}
