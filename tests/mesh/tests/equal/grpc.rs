//! gRPC's own engine (gRFC A43), in a server of grpc-go.

use std::fs;
use std::path::Path;
use std::process::Command;

use secure_runtime::testing::TestIssuer;

use crate::calls::{self, Call};
use crate::client::Client;
use crate::exports::{self, Settings};
use crate::pki::Ca;
use crate::tools::{free_port, start, tool};
use crate::{assert_equal, random};

#[tokio::test(flavor = "multi_thread")]
async fn grpc_authz_policy_and_server_decide_equally() {
    let with_tokens = Settings::new("{}", true);
    for settings in [with_tokens.without_tokens(), with_tokens] {
        let has_tokens = settings.0.get("tokens").is_some();
        let fits = |call: &Call| {
            // It does not see tokens, nor who acts by them.
            let is_delegated = call.caller.principal.as_ref().is_some_and(|it| it.actor.is_some());
            !is_delegated
                && !call.is_nobody_with_certificate()
                && (has_tokens || crate::client::claims(&call.caller).is_none())
        };
        let calls = calls::vectors().into_iter().chain(random::calls()).filter(fits).collect::<Vec<_>>();
        let export = exports::export("grpc", &settings, &calls);
        let Some(decisions) = decide(&export.path().join("policy.json"), &calls).await else { return };
        assert_equal("grpc", &settings, &calls, &decisions);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn policy_that_is_imported_and_exported_decides_as_before() {
    let directory = tempfile::tempdir().unwrap();
    let [proto, original, settings] =
        ["shop.proto", "original.json", "settings.yaml"].map(|name| directory.path().join(name));
    let rpcs =
        ["Ping", "Get", "Put", "Wipe", "List"].map(|name| format!("rpc {name}(Order) returns (Order);\n")).concat();
    let text = format!("syntax = \"proto3\";\npackage shop.v1;\nmessage Order {{}}\nservice Orders {{\n{rpcs}}}\n");
    let policy = serde_json::json!({
        "name": "shop",
        "deny_rules": [{ "name": "closed", "request": { "paths": ["*/Wipe"] } }],
        "allow_rules": [
            { "name": "open", "request": { "paths": ["/shop.v1.Orders/Ping"] } },
            { "name": "cart", "source": { "principals": ["spiffe://example.org/ns/shop/*", "backup.example.org"] },
              "request": { "paths": ["/shop.v1.Orders/Get", "/shop.v1.Orders/P*"] } },
            { "name": "other", "source": { "principals": ["spiffe://other.example/ns/shop/sa/cart"] },
              "request": { "paths": ["*/Put", "*/Wipe"] } },
        ],
    });
    fs::write(&proto, &text).unwrap();
    fs::write(&original, policy.to_string()).unwrap();
    fs::write(&settings, "{ certificates: { authenticate: true } }").unwrap();
    let run =
        |arguments: &[&str]| protoc_gen_secure::cli::run(arguments.iter().map(Into::into).collect()).unwrap().text;
    let [directory_text, proto_text, original_text, settings_text] =
        [directory.path(), &proto, &original, &settings].map(|path| path.to_str().unwrap());
    let patch = run(&["import", "grpc", "--from", original_text, "-I", directory_text, proto_text]);
    let patch = diffy::Patch::from_str(&patch).unwrap();
    fs::write(&proto, diffy::apply(&text, &patch).unwrap()).unwrap();
    run(&["export", "grpc", "--settings", settings_text, "--out", directory_text, "-I", directory_text, proto_text]);

    let methods = ["Ping", "Get", "Put", "Wipe", "List", "Nope"].map(|name| format!("/shop.v1.Orders/{name}"));
    let callers = random::calls().into_iter().filter(|call| crate::client::claims(&call.caller).is_none());
    let called = |call: Call| methods.clone().map(|path| Call { path, ..call.clone() });
    let calls = callers.take(300).flat_map(called).collect::<Vec<_>>();
    let Some(before) = decide(&original, &calls).await else { return };
    let after = decide(&directory.path().join("policy.json"), &calls).await.unwrap();
    let differ = calls.iter().zip(before.iter().zip(&after)).filter(|(_, (before, after))| before != after);
    assert_eq!(differ.map(|(call, _)| format!("{call:?}")).collect::<Vec<_>>(), [""; 0]);
    assert!(before.iter().filter(|admits| **admits).count() > 300 && before.contains(&false));
}

/// What grpc-go says with a policy.
async fn decide(policy: &Path, calls: &[Call]) -> Option<Vec<bool>> {
    let server = tool("grpc")?;
    let (ca, issuer, port) = (Ca::new(), TestIssuer::new("https://id.example.com"), free_port());
    let issued = ca.issue(&["localhost"]);
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in [("ca.crt", ca.pem()), ("tls.crt", issued.certificate), ("tls.key", issued.key)] {
        fs::write(directory.path().join(name), text).unwrap();
    }
    let mut command = Command::new(server);
    let _running = start(command.arg(directory.path()).arg(policy).arg(port.to_string()), port).await;
    let mut client = Client::new(&ca, &issuer, port);
    let mut decisions = Vec::new();
    for call in calls {
        let answer = client.call(call, "application/grpc").await;
        let code = answer.code.as_deref().unwrap_or_default();
        assert!(["0", "7"].contains(&code), "{answer:?}: {call:?}");
        decisions.push(code == "0");
    }
    Some(decisions)
}
