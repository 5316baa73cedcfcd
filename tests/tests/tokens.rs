//! Every method of every kind, with every kind of token, over TLS.

use secure_runtime::authz::Access;
use secure_tests::kinds_service::Recorder;
use secure_tests::secured::Secured;
use secure_tests::server::call;
use secure_tests::services::kinds::v1::kinds_policy::Method;
use secure_tests::tokens::{callers, declared};
use tonic::Code;

#[tokio::test]
async fn every_call_ends_as_declared() {
    let recorder = Recorder::default();
    let server = Secured::start(&recorder, |server| server).await;
    let (channel, callers) = (server.channel().await, callers(&server));
    for &method in Method::ALL {
        for (caller, credential, worth) in &callers {
            let metadata = credential.as_deref().map(|credential| ("authorization", credential));
            let expected = declared(method.rule().access(), *worth);
            assert_eq!(call(&channel, method.path(), metadata.as_slice()).await, expected, "{method:?} with {caller}");
            let seen = recorder.take();
            assert_eq!(seen.len(), usize::from(expected == Code::Ok), "{method:?} with {caller}");
            for seen in seen {
                let identity = worth.identity().filter(|_| method.rule().access() != Access::Anonymous);
                assert_eq!(seen.caller.as_deref(), identity, "{method:?} with {caller}");
                assert!(!seen.metadata.contains_key("authorization"), "{method:?} with {caller}");
            }
        }
    }
}
