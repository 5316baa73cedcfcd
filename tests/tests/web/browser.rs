//! A page of another origin, in Chromium, with a client of gRPC-Web from npm: `tests/web`.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use expect_test::expect;
use http::{StatusCode, Uri, header};
use prost::Message;
use rcgen::{KeyPair, PublicKeyData};
use serde_json::json;
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::timeout;

use super::example::{Shop, root, skip};

/// What serves the page, and receives what the page saw.
struct PageServer {
    port: u16,
    outcomes: UnboundedReceiver<String>,
}

impl PageServer {
    fn start(listener: TcpListener, shop: &Shop) -> Self {
        let port = listener.local_addr().unwrap().port();
        let forged = shop.token("clerk") + "A";
        let tokens = json!({ "auditor": shop.token("auditor"), "clerk": shop.token("clerk"), "forger": forged });
        let settings = json!({ "server": shop.address, "tokens": tokens }).to_string();
        let (sender, outcomes) = unbounded_channel();
        let router = Router::new()
            .route("/settings.json", get(settings))
            .route("/descriptors.binpb", get(descriptors()))
            .route("/outcomes", post(receive))
            .fallback(file)
            .with_state(sender);
        tokio::spawn(axum::serve(listener, router).into_future());
        Self { port, outcomes }
    }

    /// What a page of this origin saw.
    async fn visit(&mut self, host: &str, shop: &Shop) -> String {
        let _browser = Browser::open(&format!("http://{host}:{}/index.html", self.port), shop);
        timeout(Duration::from_secs(60), self.outcomes.recv()).await.expect("the page ends").unwrap()
    }
}

async fn receive(State(outcomes): State<UnboundedSender<String>>, text: String) {
    outcomes.send(text).unwrap();
}

/// The page from `tests/web`, its modules from where `tests/web/install` put them.
async fn file(uri: Uri) -> impl IntoResponse {
    let path = uri.path().trim_start_matches('/');
    let directory = if path.starts_with("node_modules/") { installed() } else { "web".into() };
    let kind = if path.ends_with(".html") { "text/html" } else { "text/javascript" };
    match std::fs::read(directory.join(path)) {
        Ok(content) => (StatusCode::OK, [(header::CONTENT_TYPE, kind)], content),
        Err(_) => (StatusCode::NOT_FOUND, [(header::CONTENT_TYPE, kind)], Vec::new()),
    }
}

/// The catalog as pages may know it: without its rules.
fn descriptors() -> Vec<u8> {
    let includes = ["../examples/web/proto", "../proto"];
    // Read into types that know no extensions, a method forgets its rule.
    let descriptors = protox::compile(["catalog/v1/catalog.proto"], includes).unwrap();
    // The comments of the schema speak of clerks, too.
    let catalog = descriptors.file.iter().find(|file| file.name() == "catalog/v1/catalog.proto").unwrap();
    assert!(!String::from_utf8_lossy(&catalog.encode_to_vec()).contains("clerk"));
    descriptors.encode_to_vec()
}

/// Chromium, trusting the certificate of the shop's key. It ends with its value.
struct Browser(Child, #[expect(dead_code, reason = "its profile lives as long")] tempfile::TempDir);

impl Browser {
    fn open(page: &str, shop: &Shop) -> Self {
        let profile = tempfile::tempdir().unwrap();
        let flags = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ];
        let browser = Command::new("chromium")
            .args(flags)
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg(format!("--ignore-certificate-errors-spki-list={}", key_digest(&shop.directory)))
            .arg(page)
            .stderr(Stdio::null())
            .spawn();
        Self(browser.unwrap(), profile)
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

fn key_digest(directory: &Path) -> String {
    let key = KeyPair::from_pem(&std::fs::read_to_string(directory.join("tls.key")).unwrap()).unwrap();
    BASE64_STANDARD.encode(Sha256::digest(key.subject_public_key_info()))
}

fn installed() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join("web")
}

fn is_missing() -> bool {
    let chromium = Command::new("chromium").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    chromium.is_err() || !installed().join("node_modules").exists()
}

#[tokio::test(flavor = "multi_thread")]
async fn page_receives_the_status_of_every_outcome() {
    if is_missing() {
        return skip("a page needs Chromium and a client: run tests/web/install");
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let shop = Shop::open(&root("web-browser"), &format!("http://localhost:{port}"));
    let mut pages = PageServer::start(listener, &shop);
    let seen = pages.visit("localhost", &shop).await;
    expect![[r#"
        nobody lists: tea, cups
        nobody reserves: Unauthenticated, a valid credential is required, google.rpc.ErrorInfo
        auditor lists: tea, cups
        auditor reserves: PermissionDenied, permission denied, google.rpc.ErrorInfo
        clerk lists: tea, cups
        clerk reserves: clerk
        forger lists: Unauthenticated, a valid credential is required, google.rpc.ErrorInfo
        forger reserves: Unauthenticated, a valid credential is required, google.rpc.ErrorInfo
        a method that is not there: grpc-status 12
        the version: 0.1.0"#]]
    .assert_eq(&seen);
    expect![[r#"
        /catalog.v1.Catalog/List true
        /catalog.v1.Catalog/Reserve false
        /catalog.v1.Catalog/List true
        /catalog.v1.Catalog/Reserve false
        /catalog.v1.Catalog/List true
        /catalog.v1.Catalog/Reserve true
        /catalog.v1.Catalog/List false
        /catalog.v1.Catalog/Reserve false
        _OTHER false"#]]
    .assert_eq(&shop.take_events().join("\n"));

    let stranger = pages.visit("127.0.0.1", &shop).await;
    expect![[r#"
        nobody lists: Unknown, Failed to fetch
        nobody reserves: Unknown, Failed to fetch
        auditor lists: Unknown, Failed to fetch
        auditor reserves: Unknown, Failed to fetch
        clerk lists: Unknown, Failed to fetch
        clerk reserves: Unknown, Failed to fetch
        forger lists: Unknown, Failed to fetch
        forger reserves: Unknown, Failed to fetch
        a method that is not there: Unknown, Failed to fetch
        the version: Unknown, Failed to fetch"#]]
    .assert_eq(&stranger);
    assert!(shop.take_events().is_empty(), "no preflight got to the gate, and no call after it");
}
