//! `examples/mesh`: the shop behind a real Envoy. Its server and its proxy say the same, and so does a page in Chromium.

#[path = "../equal/tools.rs"]
mod tools;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use bytes::Bytes;
use h2::client::SendRequest;
use http::{HeaderMap, Request};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use secure_runtime::testing::TestIssuer;
use serde_json::json;
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tools::{Running, free_port, start, tool};

/// The shop, and Envoy in front of it.
struct Mesh {
    directory: TempDir,
    shop: u16,
    envoy: u16,
    origin: u16,
    admin: u16,
    _running: [Running; 2],
}

impl Mesh {
    async fn start() -> Option<Self> {
        let program = tool("envoy")?;
        assert!(cargo(&["build", "--quiet", "-p", "quickstart"]).status().unwrap().success());
        let directory = tempfile::tempdir().unwrap();
        let [shop, envoy, origin, admin] = [(); 4].map(|()| free_port());
        let path = directory.path();
        let mut serve = cargo(&["run", "--quiet", "-p", "quickstart", "--", "serve", "--addr"]);
        let serve = serve.arg(format!("127.0.0.1:{shop}")).arg("--out").arg(path).stdout(Stdio::null());
        let serving = start(serve, shop).await;
        while !path.join("auditor.token").exists() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        let settings = fs::read_to_string(root().join("examples/mesh/mesh.yaml")).unwrap();
        let settings = settings.replace("target/mesh", path.to_str().unwrap()).replace("50051", &shop.to_string());
        let settings = settings.replace("8443", &envoy.to_string()).replace("8000", &origin.to_string());
        fs::write(path.join("mesh.yaml"), settings).unwrap();
        export(path, &["--out", path.to_str().unwrap()]).unwrap();
        let mut proxy = Command::new(program);
        proxy.arg("-c").arg(path.join("envoy.yaml")).args(["--log-level", "error", "--base-id", &envoy.to_string()]);
        let address = format!("{{ address: 127.0.0.1, port_value: {admin} }}");
        proxy.arg("--config-yaml").arg(format!("admin: {{ address: {{ socket_address: {address} }} }}"));
        let proxying = start(&mut proxy, envoy).await;
        Some(Self { directory, shop, envoy, origin, admin, _running: [proxying, serving] })
    }

    fn token(&self, role: &str) -> String {
        fs::read_to_string(self.directory.path().join(format!("{role}.token"))).unwrap()
    }

    /// The code of a call, at the port of the shop or of Envoy.
    async fn call(&self, port: u16, path: &str, token: Option<&str>) -> u32 {
        let request = Request::post(format!("https://localhost{path}")).header("content-type", "application/grpc");
        let request = request.header("te", "trailers");
        let request =
            token.into_iter().fold(request, |it, token| it.header("authorization", format!("Bearer {token}")));
        let mut connection = self.connect(port).await.ready().await.unwrap();
        let (response, mut body) = connection.send_request(request.body(()).unwrap(), false).unwrap();
        // A refusal may come before the message is sent.
        let _ = body.send_data(Bytes::from_static(&[0; 5]), true);
        let response = response.await.unwrap();
        let code = |headers: &HeaderMap| headers.get("grpc-status").map(|it| it.to_str().unwrap().parse().unwrap());
        if let Some(code) = code(response.headers()) {
            return code;
        }
        let mut body = response.into_body();
        while let Some(data) = body.data().await {
            body.flow_control().release_capacity(data.unwrap().len()).unwrap();
        }
        body.trailers().await.unwrap().as_ref().and_then(code).unwrap()
    }

    /// What Envoy's `/config_dump` says.
    fn dump(&self) -> String {
        let url = format!("http://127.0.0.1:{}/config_dump", self.admin);
        String::from_utf8(Command::new("curl").arg("-s").arg(url).output().unwrap().stdout).unwrap()
    }

    async fn connect(&self, port: u16) -> SendRequest<Bytes> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(self.directory.path().join("ca.crt")).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let mut config = config.with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = vec![b"h2".to_vec()];
        let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap();
        let (requests, connection) = h2::client::handshake(stream).await.unwrap();
        tokio::spawn(connection);
        requests
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn cargo(arguments: &[&str]) -> Command {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(arguments).current_dir(root());
    cargo
}

/// The command of the README, with the settings of a directory.
fn export(directory: &Path, flags: &[&str]) -> Result<String, String> {
    let protos = root().join("examples/quickstart/proto");
    let mut arguments = vec!["export".into(), "envoy".into(), "--settings".into(), directory.join("mesh.yaml").into()];
    arguments.extend(flags.iter().map(Into::into));
    arguments.extend(["-I".into(), protos.clone().into(), protos.join("shop/v1/shop.proto").into()]);
    protoc_gen_secure::cli::run(arguments).map(|printed| printed.text).map_err(|error| error.to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn server_and_proxy_decide_equally() {
    let Some(mesh) = Mesh::start().await else { return };
    let [clerk, admin, auditor] = ["clerk", "admin", "auditor"].map(|role| mesh.token(role));
    let forged =
        TestIssuer::new("https://id.example.com").token(json!({ "sub": "7", "aud": "orders", "roles": ["admin"] }));
    let callers = [None, Some(clerk), Some(admin), Some(auditor), Some(forged), Some("garbage".to_owned())];
    let mut admitted = 0;
    for method in ["Ping", "WhoAmI", "Get", "Watch", "Import", "Pack"] {
        for token in &callers {
            let path = format!("/shop.v1.Orders/{method}");
            let [direct, proxied] = [mesh.shop, mesh.envoy].map(|port| mesh.call(port, &path, token.as_deref()));
            let (direct, proxied) = (direct.await, proxied.await);
            assert_eq!(direct, proxied, "{method} {token:?}");
            admitted += usize::from(![7, 16].contains(&direct));
        }
    }
    // 4 ping, 3 are authenticated, and 2 + 2 + 1 + 1 have the role.
    assert_eq!(admitted, 13);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_calls_through_the_proxy() {
    let Some(mesh) = Mesh::start().await else { return };
    if Command::new("chromium").arg("--version").stdout(Stdio::null()).status().is_err() {
        assert!(std::env::var_os("CI").is_none(), "a page needs Chromium");
        return;
    }
    let mut pages = Command::new("python3");
    pages.args(["-m", "http.server", "--bind", "127.0.0.1", "--directory"]).arg(root().join("examples/mesh/page"));
    let _pages =
        start(pages.arg(mesh.origin.to_string()).stderr(Stdio::null()).stdout(Stdio::null()), mesh.origin).await;
    let tokens =
        json!({ "clerk": mesh.token("clerk"), "auditor": mesh.token("auditor"), "forger": mesh.token("clerk") + "A" });
    let settings = json!({ "server": format!("https://localhost:{}", mesh.envoy), "tokens": tokens }).to_string();
    let settings = settings.bytes().map(|byte| format!("%{byte:02x}")).collect::<String>();
    let profile = tempfile::tempdir().unwrap();
    // The certificate is a throw-away one.
    let flags = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--ignore-certificate-errors"];
    let seen = Command::new("chromium")
        .args(flags)
        .args(["--virtual-time-budget=20000", "--dump-dom"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(format!("http://localhost:{}/index.html#{settings}", mesh.origin))
        .output()
        .unwrap();
    let seen = String::from_utf8_lossy(&seen.stdout).into_owned();
    let outcomes = [
        "nobody Ping: 0",
        "nobody WhoAmI: 16",
        "nobody Get: 16",
        "nobody Nope: 16",
        "clerk Ping: 0",
        "clerk WhoAmI: 0",
        "clerk Get: 5",
        "clerk Nope: 7",
        "auditor Ping: 0",
        "auditor WhoAmI: 0",
        "auditor Get: 7",
        "auditor Nope: 7",
        "forger Ping: 16",
        "forger WhoAmI: 16",
        "forger Get: 16",
        "forger Nope: 16",
    ];
    assert!(seen.contains(&outcomes.join("\n")), "{seen}");
}

#[tokio::test(flavor = "multi_thread")]
async fn configuration_of_the_running_proxy_equals_the_rules() {
    let Some(mesh) = Mesh::start().await else { return };
    let dump = mesh.directory.path().join("dump.json");
    let check = || export(mesh.directory.path(), &["--check", dump.to_str().unwrap()]);
    let running = mesh.dump();
    fs::write(&dump, &running).unwrap();
    assert!(check().unwrap().ends_with("is what the rules say\n"));
    fs::write(&dump, running.replace("\"auditor\"", "\"visitor\"")).unwrap();
    assert_eq!(check().unwrap_err(), "drift[differs]: `shop.v1.Orders/Watch` is not as the rules say");
    fs::write(&dump, running.replace("require_expiration", "stat_prefix")).unwrap();
    assert_eq!(check().unwrap_err(), "drift[differs]: `JwtAuthentication` is not as the rules say");
}
