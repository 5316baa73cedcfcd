//! Panics in code that users provide for the gate.

use std::time::Duration;

use bytes::Bytes;
use secure_runtime::audit::AuditEvent;
use secure_runtime::call_policy::RuledCall;
use secure_runtime::{CallHead, Gate, PrincipalId};
use tokio::time::timeout;

use secure_tests::http2::{Http2, grpc_status};
use secure_tests::pki::Ca;
use secure_tests::probe::{Running, by_name};
use secure_tests::tls::{handshake, raw_config, server_tls};

/// Fails as code with a bug does.
fn check(name: &str) {
    assert_ne!(name, "unexpected");
}

fn gates() -> [(&'static str, Gate); 3] {
    let authenticator = Gate::new(|head: &CallHead<'_>| {
        check(head.bearer().unwrap().unwrap().as_str());
        by_name(head)
    });
    let policy = Gate::new(by_name).call_policy(|call: &RuledCall<'_>| {
        check(call.principal.map(|caller| caller.id().subject()).unwrap());
        Ok(()).into()
    });
    let audit =
        Gate::new(by_name).audit(|event: &AuditEvent<'_>| check(event.principal.map(PrincipalId::subject).unwrap()));
    [("authenticator", authenticator), ("call policy", policy), ("audit logger", audit)]
}

#[tokio::test]
async fn panic_in_a_gate_ends_its_call_and_no_other_call_of_the_connection() {
    let ca = Ca::new("ca");
    for (part, gate) in gates() {
        let server = Running::start_gated(server_tls(&ca.issue()), gate, |server| server).await;
        let config = raw_config(&ca, &[&rustls::version::TLS13], &[b"h2"]);
        let mut client = Http2::over(handshake(server.address, config).await.unwrap()).await;
        let (running, mut requests) = client.open("/lab.Probe/Collect", Some("clerk")).unwrap();
        for _ in 0..3 {
            let failed = client.call("/lab.Probe/Who", Some("unexpected")).await;
            assert_eq!(failed.as_deref(), Some("13"), "{part}");
        }
        assert_eq!(client.call("/lab.Probe/Who", Some("clerk")).await.as_deref(), Some("0"), "{part}");
        requests.send_data(Bytes::from_static(&[0; 5]), true).unwrap();
        let ended = timeout(Duration::from_secs(5), grpc_status(running)).await.expect("it ends");
        assert_eq!(ended.as_deref(), Some("0"), "{part}");
    }
}
