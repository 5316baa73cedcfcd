//! Call policies: they can refuse calls that a rule admits, and admit no call that a rule refuses.

use std::future::pending;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use secure_runtime::audit::AuditEvent;
use secure_runtime::call_policy::{PolicyAnswer, PolicyRefusal, Rate, RateLimit, RuledCall};
use secure_runtime::{Authentication, Authenticator, CallHead, Decision, Gate, Principal};
use secure_tests::callers::by_roles;
use secure_tests::kinds_service::Recorder;
use secure_tests::server::{call, refusal, serve_plaintext};
use secure_tests::services::kinds::v1::kinds_policy::Method;
use secure_tests::services::kinds::v1::kinds_server::KindsServer;
use tonic::Code;
use tonic::transport::Channel;
use tonic_types::StatusExt;

const READER: &[(&str, &str)] = &[("authorization", "Bearer roles.reader")];
const ONE: NonZeroU32 = NonZeroU32::new(1).unwrap();

/// A server whose gate is changed by the test, its handlers' log and its audit log.
struct Site {
    channel: Channel,
    handlers: Recorder,
    events: Arc<Mutex<Vec<String>>>,
}

impl Site {
    async fn start(with_policies: impl FnOnce(Gate) -> Gate) -> Self {
        Self::authenticating(by_roles, with_policies).await
    }

    async fn authenticating(authenticator: impl Authenticator, with_policies: impl FnOnce(Gate) -> Gate) -> Self {
        let (handlers, events) = (Recorder::default(), Arc::new(Mutex::new(Vec::new())));
        let log = Arc::clone(&events);
        let gate = Gate::new(authenticator).audit(move |event: &AuditEvent<'_>| {
            let outcome = match event.decision {
                Decision::Allow => "admitted",
                Decision::Deny(denial) => denial.name(),
            };
            log.lock().unwrap().push(format!("{outcome} {:?}", event.reason));
        });
        let kinds = KindsServer::new(handlers.clone(), with_policies(gate));
        Self { channel: serve_plaintext(|server| server.add(kinds)).await, handlers, events }
    }

    async fn read(&self) -> Code {
        call(&self.channel, Method::UnaryReader.path(), READER).await
    }

    fn take_events(&self) -> Vec<String> {
        std::mem::take(&mut self.events.lock().unwrap())
    }
}

fn refuse_with(refusal: PolicyRefusal) -> impl Fn(&RuledCall<'_>) -> PolicyAnswer + Send + Sync + 'static {
    move |_: &RuledCall<'_>| refusal.into()
}

fn refuse_later(refusal: PolicyRefusal) -> impl Fn(&RuledCall<'_>) -> PolicyAnswer + Send + Sync + 'static {
    move |_: &RuledCall<'_>| {
        PolicyAnswer::pending(async move {
            tokio::task::yield_now().await;
            Err(refusal)
        })
    }
}

fn admit_later(_: &RuledCall<'_>) -> PolicyAnswer {
    PolicyAnswer::pending(async {
        tokio::task::yield_now().await;
        Ok(())
    })
}

#[tokio::test]
async fn credential_that_expires_while_a_policy_decides_reaches_no_handler() {
    let soon = |_: &CallHead<'_>| {
        let expiry = SystemTime::now() + Duration::from_millis(200);
        Authentication::from(Principal::new("i", "s").roles(["reader"]).expires_at(expiry))
    };
    let slow = |_: &RuledCall<'_>| {
        PolicyAnswer::pending(async {
            tokio::time::sleep(Duration::from_millis(500)).await;
            Ok(())
        })
    };
    let site = Site::authenticating(soon, |gate| gate.call_policy(slow)).await;
    assert_eq!(site.read().await, Code::Unauthenticated);
    assert!(site.handlers.take().is_empty());
    assert_eq!(site.take_events(), ["credential_expired Some(\"credential_expired\")"]);
}

#[tokio::test]
async fn refusal_of_a_policy_is_the_answer_and_is_audited() {
    let rows = [
        (PolicyRefusal::exhausted("quota", None), Code::ResourceExhausted, "resource_exhausted Some(\"quota\")"),
        (PolicyRefusal::unavailable("maintenance"), Code::Unavailable, "unavailable Some(\"maintenance\")"),
        (PolicyRefusal::denied("embargo"), Code::PermissionDenied, "permission_denied Some(\"embargo\")"),
    ];
    for (refusal, code, event) in rows {
        for site in [
            Site::start(|gate| gate.call_policy(refuse_with(refusal))).await,
            Site::start(|gate| gate.call_policy(refuse_later(refusal))).await,
            Site::start(|gate| gate.call_policy(admit_later).call_policy(refuse_with(refusal))).await,
            Site::start(|gate| gate.call_policy(refuse_with(refusal)).call_policy(admit_later)).await,
        ] {
            assert_eq!(site.read().await, code);
            assert_eq!(site.take_events(), [event]);
            assert!(site.handlers.take().is_empty());
        }
    }
}

#[tokio::test]
async fn admitting_policies_change_no_decision() {
    let site =
        Site::start(|gate| gate.call_policy(admit_later).call_policy(|_: &RuledCall<'_>| PolicyAnswer::admit())).await;
    let path = Method::UnaryReader.path();
    assert_eq!(site.read().await, Code::Ok);
    assert_eq!(call(&site.channel, path, &[("authorization", "Bearer roles.writer")]).await, Code::PermissionDenied);
    assert_eq!(call(&site.channel, path, &[]).await, Code::Unauthenticated);
    assert_eq!(
        site.take_events(),
        ["admitted None", "permission_denied Some(\"no_required_role\")", "credential_missing Some(\"no_credential\")"]
    );
}

#[tokio::test]
async fn policy_sees_only_calls_that_their_rules_admit() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    let site = Site::start(|gate| {
        gate.call_policy(move |call: &RuledCall<'_>| {
            let subject = call.principal.map(|principal| principal.id().subject().to_owned());
            log.lock().unwrap().push((call.method, subject, call.connection.is_some()));
            PolicyAnswer::admit()
        })
    })
    .await;
    site.read().await;
    for credential in ["Bearer forged", "Bearer roles.writer"] {
        call(&site.channel, Method::UnaryReader.path(), &[("authorization", credential)]).await;
    }
    assert_eq!(*seen.lock().unwrap(), [(Method::UnaryReader.path(), Some("somebody".to_owned()), true)]);
}

#[tokio::test]
async fn call_that_its_client_gives_up_while_a_policy_waits_is_recorded_as_cancelled() {
    let site = Site::start(|gate| gate.call_policy(|_: &RuledCall<'_>| PolicyAnswer::pending(pending()))).await;
    let call = call(&site.channel, Method::UnaryReader.path(), READER);
    tokio::time::timeout(Duration::from_millis(50), call).await.unwrap_err();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(site.take_events(), ["cancelled Some(\"cancelled\")"]);
}

#[tokio::test]
async fn call_over_its_rate_gets_the_time_to_try_again() {
    let site = Site::start(|gate| gate.call_policy(RateLimit::per_principal(Rate::per_minute(ONE)))).await;
    assert_eq!(site.read().await, Code::Ok);
    let status = refusal(&site.channel, Method::UnaryReader.path(), READER).await;
    assert_eq!(status.code(), Code::ResourceExhausted);
    let wait = status.get_details_retry_info().unwrap().retry_delay.unwrap();
    assert!(wait > Duration::from_secs(30) && wait <= Duration::from_secs(60), "{wait:?}");
    assert_eq!(status.get_details_error_info().unwrap().reason, "RESOURCE_EXHAUSTED");
    assert_eq!(site.take_events(), ["admitted None", "resource_exhausted Some(\"rate_limited\")"]);
}

#[tokio::test]
async fn rate_of_one_method_does_not_limit_others() {
    let limit = RateLimit::per_issuer(Rate::per_hour(ONE)).methods([Method::UnaryReader.path()]);
    let site = Site::start(|gate| gate.call_policy(limit)).await;
    assert_eq!(site.read().await, Code::Ok);
    assert_eq!(site.read().await, Code::ResourceExhausted);
    for _ in 0..3 {
        assert_eq!(call(&site.channel, Method::UnaryAuthenticated.path(), READER).await, Code::Ok);
    }
}

#[tokio::test]
async fn each_method_has_a_rate_of_its_own_if_asked_for() {
    let site = Site::start(|gate| gate.call_policy(RateLimit::per_principal(Rate::per_hour(ONE)).each_method())).await;
    assert_eq!(site.read().await, Code::Ok);
    assert_eq!(call(&site.channel, Method::UnaryAuthenticated.path(), READER).await, Code::Ok);
    assert_eq!(site.read().await, Code::ResourceExhausted);
}

#[tokio::test]
async fn ignored_credential_gives_a_caller_no_rate_of_its_own() {
    let site = Site::start(|gate| gate.call_policy(RateLimit::per_principal(Rate::per_hour(ONE)))).await;
    assert_eq!(call(&site.channel, Method::UnaryAnonymous.path(), READER).await, Code::Ok);
    assert_eq!(call(&site.channel, Method::UnaryAnonymous.path(), &[]).await, Code::ResourceExhausted);
}
