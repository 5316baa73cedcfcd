//! A real Envoy.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use secure_runtime::testing::TestIssuer;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::calls::{self, Call};
use crate::client::{Client, claims};
use crate::exports::{self, Settings};
use crate::pki::Ca;
use crate::tools::{Running, free_port, start, tool};
use crate::{assert_equal, random};

/// An Envoy with an export. Where its server would be, it answers itself.
struct Envoy {
    ca: Ca,
    issuer: TestIssuer,
    settings: Settings,
    port: u16,
    _running: Running,
    _directory: TempDir,
}

impl Envoy {
    async fn start(authenticate: bool, calls: &[Call]) -> Option<Self> {
        let envoy = tool("envoy")?;
        let (ca, issuer, port) = (Ca::new(), TestIssuer::new("https://id.example.com"), free_port());
        let directory = tempfile::tempdir().unwrap();
        let settings = listening(Settings::new(&issuer.jwks(), authenticate), directory.path(), &ca, port);
        let export = exports::export("envoy", &settings, calls);
        let mut config = serde_json::from_str::<Value>(&exports::read(&export, "envoy.json")).unwrap();
        let manager = &mut config["static_resources"]["listeners"][0]["filter_chains"][0]["filters"][0]["typed_config"];
        manager["route_config"]["virtual_hosts"][0]["routes"] =
            json!([{ "match": { "prefix": "/" }, "direct_response": { "status": 200 } }]);
        let path = directory.path().join("envoy.json");
        fs::write(&path, config.to_string()).unwrap();
        let mut command = Command::new(envoy);
        command.arg("--config-path").arg(path).args(["--log-level", "error", "--concurrency", "1", "--base-id"]);
        command.arg(port.to_string()).stderr(Stdio::inherit());
        let running = start(&mut command, port).await;
        Some(Self { ca, issuer, settings, port, _running: running, _directory: directory })
    }

    fn client(&self) -> Client<'_> {
        Client::new(&self.ca, &self.issuer, self.port)
    }
}

/// Settings of a listener with TLS that asks for client certificates.
fn listening(mut settings: Settings, directory: &Path, ca: &Ca, port: u16) -> Settings {
    let issued = ca.issue(&["localhost"]);
    let file = |name: &str, text: &str| {
        let path = directory.join(name);
        fs::write(&path, text).unwrap();
        path
    };
    let roots = file("ca.crt", &ca.pem());
    settings.0["envoy"] = json!({ "grpc_web": true, "cors_origins": ["https://shop.example.com"], "listener": {
        "address": "127.0.0.1", "port": port,
        "certificate": file("tls.crt", &issued.certificate), "key": file("tls.key", &issued.key), "client_roots": roots,
        "upstream": { "address": "127.0.0.1", "port": 1, "roots": roots, "name": "localhost" },
    } });
    settings
}

#[tokio::test(flavor = "multi_thread")]
async fn envoy_and_server_decide_equally() {
    for authenticate in [false, true] {
        let calls = calls::vectors().into_iter().chain(random::calls());
        let fits =
            |call: &Call| if authenticate { !call.is_nobody_with_certificate() } else { !call.is_by_certificate() };
        let calls = calls.filter(fits).collect::<Vec<_>>();
        let Some(envoy) = Envoy::start(authenticate, &calls).await else { return };
        let mut client = envoy.client();
        let mut decisions = Vec::new();
        for call in &calls {
            let answer = client.call(call, "application/proto").await;
            assert!([200, 401, 403].contains(&answer.status.as_u16()), "{answer:?}: {call:?}");
            decisions.push(answer.status == 200);
        }
        assert_equal("envoy", &envoy.settings, &calls, &decisions);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn envoy_refuses_malformed_tokens_and_paths() {
    let calls = calls::vectors();
    let Some(envoy) = Envoy::start(true, &calls).await else { return };
    let mut client = envoy.client();
    let (public, authenticated) = ("/vector0.v1.Orders/Public", "/vector0.v1.Orders/Authenticated");
    let good = claims(&calls.iter().find(|call| claims(&call.caller).is_some()).unwrap().caller).unwrap();
    let with = |name: &str, value: Value| {
        let mut claims = good.clone();
        claims[name] = value;
        envoy.issuer.token(claims)
    };
    let without = |name: &str| {
        let mut claims = good.clone();
        claims.as_object_mut().unwrap().remove(name);
        envoy.issuer.sign(json!({ "alg": "EdDSA", "kid": "EdDSA", "typ": "at+jwt" }), claims)
    };
    let stranger = TestIssuer::new("https://id.example.com");
    let cart = || Some(vec!["spiffe://example.org/ns/shop/sa/cart".to_owned()]);
    let rows = [
        (public, None, Some(envoy.issuer.token(good.clone())), 200),
        (authenticated, None, Some(envoy.issuer.token(good.clone())), 200),
        (authenticated, cart(), None, 200),
        (public, None, Some("garbage".to_owned()), 401),
        (authenticated, None, Some(stranger.token(good.clone())), 401),
        (authenticated, cart(), Some(stranger.token(good.clone())), 401),
        (authenticated, None, Some(with("exp", json!(1))), 401),
        (authenticated, None, Some(with("aud", json!("billing"))), 403),
        (authenticated, None, Some(with("iss", json!("https://id.example.org"))), 401),
        (authenticated, None, Some(without("exp")), 401),
        (authenticated, None, Some(without("sub")), 403),
        (authenticated, None, Some(with("sub", json!(""))), 403),
        ("/vector0.v1.Orders/Roles", None, Some(with("roles", json!("clerk"))), 403),
        ("/vector0.v1.Orders/Roles", None, Some(with("roles", json!([["clerk"]]))), 403),
        ("/vector0.v1.Orders/public", None, None, 401),
        ("//vector0.v1.Orders/Public", None, None, 401),
        ("/vector0.v1.Orders/%50ublic", None, None, 401),
        ("/vector0.v1.Orders/Public/", None, None, 401),
        ("/vector0.v1.Orders/Public;x", None, None, 401),
        ("/vector0.v1.Orders/Nope", None, Some(envoy.issuer.token(good.clone())), 403),
        // Two identities are none, and a URI is the name of who has a DNS name beside it.
        ("/vector3.v1.Orders/Dns", Some(vec!["spiffe://example.org/x".into(), "cart.shop.internal".into()]), None, 403),
        ("/vector3.v1.Orders/Dns", Some(vec!["cart.shop.internal".into()]), None, 200),
        ("/vector3.v1.Orders/Path", Some(vec!["spiffe://example.org/ns/shop//x".into()]), None, 403),
        ("/vector3.v1.Orders/Path", Some(vec!["spiffe://example.org/ns/shop/../x".into()]), None, 403),
        ("/vector3.v1.Orders/Path", Some(vec!["spiffe://example.org/ns/shop/x".into()]), None, 200),
    ];
    for (path, certificate, token, status) in rows {
        let answer = client.send(certificate.clone(), path, token.as_deref(), "application/proto").await;
        assert_eq!(answer.status, status, "{path} {certificate:?} {token:?}");
    }
}

#[test]
fn envoy_loads_7_000_methods_in_2_seconds() {
    let Some(envoy) = tool("envoy") else { return };
    let calls = (0..7_000).map(|number| {
        let caller = serde_json::from_value(json!({ "principal": null, "certificate": null })).unwrap();
        let rule =
            json!({ "required_roles": ["admin", format!("role{}", number % 100)], "required_scopes": ["orders:read"] });
        Call::new(format!("/shop.v1.Service{}/Method{number}", number % 300), rule, caller, Default::default())
    });
    let (ca, directory) = (Ca::new(), tempfile::tempdir().unwrap());
    let issuer = TestIssuer::new("https://id.example.com");
    let settings = listening(Settings::new(&issuer.jwks(), false), directory.path(), &ca, 1);
    let export = exports::export("envoy", &settings, &calls.collect::<Vec<_>>());
    let path = export.path().join("envoy.json");
    // The time of the processor: the machine may be busy with something else.
    let script = r#"TIMEFORMAT="%U %S"; time "$0" --mode validate --log-level error --config-path "$1" > /dev/null"#;
    let ran = Command::new("bash").args(["-c", script]).arg(envoy).arg(&path).output().unwrap();
    assert!(ran.status.success(), "{ran:?}");
    let times = String::from_utf8(ran.stderr).unwrap();
    let seconds = times.split_whitespace().map(|time| time.parse::<f64>().unwrap()).sum::<f64>();
    println!("{} bytes in {seconds:.2} s", fs::metadata(&path).unwrap().len());
    assert!(seconds < 2.0);
}
