//! A limit on how many credentials are verified for one address.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use secure_runtime::audit::AuditEvent;
use secure_runtime::authn::LimitedByAddress;
use secure_runtime::authn::jwt::Jwt;
use secure_runtime::call_policy::Rate;
use secure_runtime::testing::TestIssuer;
use secure_runtime::{Authentication, Authenticator, CallHead, Gate, Principal};
use secure_tests::kinds_service::Recorder;
use secure_tests::secured::{good_claims, jwt};
use secure_tests::server::{call, refusal, serve_plaintext};
use secure_tests::services::kinds::v1::kinds_policy::Method;
use secure_tests::services::kinds::v1::kinds_server::KindsServer;
use serde_json::json;
use tonic::Code;
use tonic::transport::Channel;
use tonic_types::StatusExt;

const LIMIT: NonZeroU32 = NonZeroU32::new(3).unwrap();

/// Tokens, and how often one was verified or looked at.
struct Counting(Jwt, Arc<AtomicUsize>);

impl Authenticator for Counting {
    fn authenticate(&self, head: &CallHead<'_>) -> Authentication {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.authenticate(head)
    }

    fn recall(&self, head: &CallHead<'_>) -> Option<Principal> {
        self.0.recall(head)
    }
}

struct Site {
    channel: Channel,
    issuer: TestIssuer,
    verified: Arc<AtomicUsize>,
    reasons: Arc<Mutex<Vec<Option<&'static str>>>>,
}

impl Site {
    async fn start() -> Self {
        let (verified, reasons) = (Arc::<AtomicUsize>::default(), Arc::new(Mutex::new(Vec::new())));
        let (log, issuer) = (Arc::clone(&reasons), TestIssuer::new("https://id.example.com"));
        let tokens = Counting(jwt(&issuer), Arc::clone(&verified));
        let gate = Gate::new(LimitedByAddress::new(tokens, Rate::per_hour(LIMIT)))
            .audit(move |event: &AuditEvent<'_>| log.lock().unwrap().push(event.reason));
        let kinds = KindsServer::new(Recorder::default(), gate);
        Self { channel: serve_plaintext(|server| server.add(kinds)).await, issuer, verified, reasons }
    }

    fn bearer(issuer: &TestIssuer, subject: &str) -> String {
        format!("Bearer {}", issuer.token(good_claims(json!({ "roles": ["reader"], "sub": subject }))))
    }

    async fn read(&self, authorization: &str) -> Code {
        call(&self.channel, Method::UnaryReader.path(), &[("authorization", authorization)]).await
    }

    /// Sends tokens signed with another key, until they are not verified any more.
    async fn forge(&self) {
        let forger = TestIssuer::new(self.issuer.name());
        for number in 0..10 {
            self.read(&Self::bearer(&forger, &number.to_string())).await;
        }
    }
}

#[tokio::test]
async fn forged_tokens_of_an_address_are_refused_before_they_are_verified() {
    let site = Site::start().await;
    site.forge().await;
    assert_eq!(site.verified.load(Ordering::Relaxed), 3);
    let reasons = std::mem::take(&mut *site.reasons.lock().unwrap());
    assert!(reasons[..3].iter().all(|reason| *reason != Some("rate_limited_by_address")), "{reasons:?}");
    assert_eq!(reasons[3..], [Some("rate_limited_by_address"); 7]);
    let forged = Site::bearer(&TestIssuer::new(site.issuer.name()), "mallory");
    let status = refusal(&site.channel, Method::UnaryReader.path(), &[("authorization", &forged)]).await;
    assert_eq!(status.code(), Code::ResourceExhausted);
    let wait = status.get_details_retry_info().and_then(|info| info.retry_delay).unwrap();
    assert!(wait > Duration::from_secs(60), "{wait:?}");
    // Calls without a credential cost nothing.
    assert_eq!(call(&site.channel, Method::UnaryPublic.path(), &[]).await, Code::Ok);
}

#[tokio::test]
async fn authenticated_caller_is_not_limited_by_forged_tokens_of_its_address() {
    let site = Site::start().await;
    let good = Site::bearer(&site.issuer, "somebody");
    assert_eq!(site.read(&good).await, Code::Ok);
    site.forge().await;
    for _ in 0..20 {
        assert_eq!(site.read(&good).await, Code::Ok);
    }
    assert_eq!(site.verified.load(Ordering::Relaxed), 3);
    // A token that nobody has verified yet is one more that may be forged.
    assert_eq!(site.read(&Site::bearer(&site.issuer, "newcomer")).await, Code::ResourceExhausted);
}
