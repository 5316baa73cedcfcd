//! Calls of all kinds, counted by their client and by the server.

use std::collections::BTreeMap;

use secure_tests::kinds_service::Recorder;
use secure_tests::secured::Secured;
use secure_tests::server::call;
use secure_tests::services::kinds::v1::kinds_policy::Method;
use serde_json::json;
use tonic::Code;

use super::exported::Exported;

const CALLS: usize = 10_000;
/// So many that none presents enough bad tokens for its refusals to be delayed.
const CLIENTS: usize = 100;

/// The attributes that the semantic conventions name for `rpc.server.call.duration`, and our own.
const LABELS: [&str; 7] = [
    "error.type",
    "rpc.method",
    "rpc.response.status_code",
    "rpc.system.name",
    "secure.decision",
    "secure.outcome",
    "secure.reason",
];

/// One kind of call: a path and a credential.
type Case = (&'static str, Option<String>);

fn cases(secured: &Secured) -> Vec<Case> {
    let expired = secured.bearer_with(json!({ "roles": ["reader"], "exp": 1_000_000_000 }));
    let credentials = [None, Some("Bearer forged".to_owned()), Some(secured.bearer(&["reader"])), Some(expired)];
    let known = Method::ALL.iter().map(|method| method.path());
    let unknown = ["/kinds.v1.Kinds/Nothing", "/kinds.v2.Kinds/UnaryPublic", "/"];
    let paths = known.chain(unknown).collect::<Vec<_>>();
    paths.iter().flat_map(|path| credentials.iter().map(|credential| (*path, credential.clone()))).collect()
}

/// The answers that a client got: how often, by path and code.
type Answers = BTreeMap<(&'static str, String), f64>;

async fn load(secured: &Secured, cases: &[Case]) -> Answers {
    let mut tasks = tokio::task::JoinSet::new();
    for client in 0..CLIENTS {
        let (channel, cases) = (secured.channel().await, cases.to_vec());
        tasks.spawn(async move {
            let mut answers = Vec::new();
            for (path, credential) in cases.iter().cycle().skip(client).step_by(CLIENTS).take(CALLS / CLIENTS) {
                let metadata = credential.as_deref().map(|credential| ("authorization", credential));
                answers.push((*path, status(call(&channel, path, metadata.as_slice()).await)));
            }
            answers
        });
    }
    let mut answers = Answers::new();
    for answer in tasks.join_all().await.into_iter().flatten() {
        *answers.entry(answer).or_default() += 1.0;
    }
    answers
}

/// `/kinds.v1.Kinds/Get` as `kinds.v1.Kinds/Get`, and `_OTHER` for what no table has.
fn label(path: &str) -> &str {
    match Method::ALL.iter().any(|method| method.path() == path) {
        true => &path[1..],
        false => "_OTHER",
    }
}

fn status(code: Code) -> String {
    let name = format!("{code:?}");
    let mut status = String::new();
    for char in name.chars() {
        if char.is_uppercase() && !status.is_empty() && name != "Ok" {
            status.push('_');
        }
        status.push(char.to_ascii_uppercase());
    }
    status
}

#[tokio::test(flavor = "multi_thread")]
async fn server_and_client_count_the_same_calls() {
    let exported = Exported::new();
    let secured = Secured::start(&Recorder::default(), |server| server.telemetry(exported.telemetry.clone())).await;
    let answers = load(&secured, &cases(&secured)).await;
    let mut expected = BTreeMap::<_, f64>::new();
    for ((path, code), count) in &answers {
        *expected.entry((label(path), code.clone())).or_default() += count;
    }
    let values = exported.values();
    let durations = values.iter().filter(|((name, _), _)| name == "rpc.server.call.duration s");
    let counted = durations.map(|((_, labels), count)| {
        let of =
            |key: &str| labels.split('|').find_map(|label| label.strip_prefix(key)?.strip_prefix('=')).unwrap_or("");
        assert_eq!(of("rpc.system.name"), "grpc");
        ((of("rpc.method"), of("rpc.response.status_code").to_owned()), *count)
    });
    assert_eq!(counted.collect::<BTreeMap<_, _>>(), expected);
    assert_eq!(expected.values().sum::<f64>(), CALLS as f64);
}

#[tokio::test(flavor = "multi_thread")]
async fn decisions_are_counted_by_method_and_reason() {
    let exported = Exported::new();
    let secured = Secured::start(&Recorder::default(), |server| server.telemetry(exported.telemetry.clone())).await;
    let (channel, reader) = (secured.channel().await, secured.bearer(&["reader"]));
    let path = Method::UnaryReader.path();
    for credential in [reader.as_str(), reader.as_str(), "Bearer forged", &secured.bearer(&["writer"])] {
        call(&channel, path, &[("authorization", credential)]).await;
    }
    call(&channel, path, &[]).await;
    call(&channel, "/kinds.v1.Kinds/Nothing", &[]).await;
    let values = exported.values();
    let decisions = values.iter().filter(|((name, _), _)| name == "secure.decisions {decision}");
    let decisions = decisions.map(|((_, labels), count)| format!("{count} {labels}\n")).collect::<String>();
    expect_test::expect![[r#"
        1 rpc.method=_OTHER|secure.decision=unknown_method|secure.reason=unknown_method
        2 rpc.method=kinds.v1.Kinds/UnaryReader|secure.decision=allow
        1 rpc.method=kinds.v1.Kinds/UnaryReader|secure.decision=credential_missing|secure.reason=no_credential
        1 rpc.method=kinds.v1.Kinds/UnaryReader|secure.decision=credential_rejected|secure.reason=the token is no JWT, which has three parts (for opaque tokens: `authn::introspection`)
        1 rpc.method=kinds.v1.Kinds/UnaryReader|secure.decision=permission_denied|secure.reason=no_required_role
    "#]].assert_eq(&decisions);
}

#[tokio::test(flavor = "multi_thread")]
async fn labels_contain_no_text_of_a_client() {
    let exported = Exported::new();
    let secured = Secured::start(&Recorder::default(), |server| server.telemetry(exported.telemetry.clone())).await;
    let channel = secured.channel().await;
    let metadata = [("authorization", "Bearer forged"), ("x-request-id", "forged"), ("traceparent", "forged")];
    for path in ["/kinds.v1.Kinds/forged", "/forged.v1.Forged/forged", "/forged", Method::UnaryReader.path()] {
        call(&channel, path, &metadata).await;
    }
    let values = exported.values();
    assert!(values.len() > 3, "{values:?}");
    for (_, labels) in values.keys() {
        assert!(!labels.contains("forged"), "{labels}");
        for label in labels.split('|').filter(|label| !label.is_empty()) {
            assert!(LABELS.contains(&label.split('=').next().unwrap()), "{label}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn server_without_telemetry_exports_nothing() {
    let exported = Exported::new();
    let secured = Secured::start(&Recorder::default(), |server| server).await;
    call(&secured.channel().await, Method::UnaryPublic.path(), &[]).await;
    assert!(exported.values().is_empty());
}
