//! A server and its clients under load. Certificates and keys are replaced, some tokens are invalid, and every answer
//! is checked. `SECURE_SOAK_SECONDS=60` makes it longer.

use std::collections::VecDeque;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use secure_runtime::authn::jwt::{Algorithm, Audience, Issuer, Jwt, KeySet};
use secure_runtime::server::Limits;
use secure_runtime::testing::TestIssuer;
use secure_runtime::{Credentials, Gate, SecureChannel, Server, ServerTls};
use secure_tests::kinds_service::Recorder;
use secure_tests::mount::mounted;
use secure_tests::pki::Ca;
use secure_tests::secured::good_claims;
use secure_tests::services::kinds::v1::Message;
use secure_tests::services::kinds::v1::kinds_client::KindsClient;
use secure_tests::services::kinds::v1::kinds_server::KindsServer;
use secure_tests::tls::client_tls;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};
use tonic::Code;

const NAME: &str = "https://id.example.com";
const CONNECTIONS: usize = 64;
const CALLS_OF_A_CONNECTION: usize = 16;

/// Certificates and keys are read again at any moment.
const FILES_BEING_READ: usize = 8;

/// After a quarter of the time, all buffers have their size. The rest is the latencies of this test (16 bytes a call), and
/// what the allocator keeps. A leak of 200 bytes in each call is more than that in a minute.
const MAX_GROWTH_MIB: f64 = 24.0;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_is_right_while_certificates_and_keys_are_replaced() {
    let _alone = super::ALONE.lock().await;
    let duration = super::seconds("SECURE_SOAK_SECONDS", 5.0);
    let directory = tempfile::tempdir().unwrap();
    let mut rotation = Rotation::start(directory.path().join("keys.json"));
    let ca = Ca::new("ca");
    let mut mount = mounted(&ca);
    let recorder = Recorder::default();
    let uri = serve(mount.directory(), &rotation.path, &recorder).await;
    let mut channels = Vec::new();
    for _ in 0..CONNECTIONS {
        channels.push(SecureChannel::connect(&uri, client_tls(&ca)).await.unwrap());
    }
    let end = Instant::now() + duration;
    let before = own();
    let mut early = None;
    let mut callers = JoinSet::new();
    for number in 0..CONNECTIONS * CALLS_OF_A_CONNECTION {
        let channel = channels[number % CONNECTIONS].clone();
        callers.spawn(calls(channel, number, Arc::clone(&rotation.tokens), end));
    }
    let (mut certificates, mut keys, mut seconds) = (0, 0, 0);
    while Instant::now() < end {
        sleep(Duration::from_secs(1)).await;
        seconds += 1;
        mount.swap_certificate(&ca.issue(), &ca.pem());
        certificates += 1;
        if seconds % 5 == 0 {
            rotation.rotate();
            keys += 1;
        }
        recorder.take();
        if Instant::now() + duration * 3 / 4 >= end {
            early.get_or_insert_with(own);
        }
    }
    let mut all = Counts::default();
    for counts in callers.join_all().await {
        all.add(counts);
    }
    recorder.take();
    let after = own();
    all.latencies.sort_unstable();
    let percentile = |percent: usize| all.latencies[(all.latencies.len() - 1) * percent / 100].as_secs_f64() * 1_000.0;
    println!("calls {}, of them refused {}, wrong {}", all.latencies.len(), all.refused, all.wrong.len());
    println!("p50 {:.1} ms, p99 {:.1} ms; {certificates} certificates, {keys} keys", percentile(50), percentile(99));
    let early = early.expect("the soak takes longer than a second");
    println!("MiB {:.1} -> {:.1} -> {:.1}, files {} -> {}", before.0, early.0, after.0, before.1, after.1);
    assert!(all.wrong.is_empty(), "{} wrong answers: {:?}", all.wrong.len(), all.wrong.first());
    assert!(all.refused > 0 && all.latencies.len() > all.refused);
    assert!(after.1 <= before.1 + FILES_BEING_READ, "files are left open");
    let grown = after.0 - early.0;
    assert!(grown <= MAX_GROWTH_MIB, "the memory grew by {grown:.1} MiB after the first quarter");
}

async fn serve(certificates: &Path, keys: &Path, recorder: &Recorder) -> String {
    let tls = ServerTls::from_pem_dir(certificates).unwrap().without_client_certificates();
    let keys = KeySet::from_jwks_file(keys).unwrap();
    let jwt = Jwt::new(Issuer::new(NAME).unwrap(), Audience::new("kinds").unwrap(), keys);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let uri = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    let server = Server::new(tls.reload_interval(Duration::from_millis(100))).limits(Limits::default());
    tokio::spawn(server.add(KindsServer::new(recorder.clone(), Gate::new(jwt))).serve(listener));
    uri
}

/// Tokens, and the status that each of them gets.
type Tokens = Vec<(String, Code)>;

/// Keys that are published before they are used, and withdrawn after that.
struct Rotation {
    path: PathBuf,
    number: usize,
    issuers: VecDeque<(String, TestIssuer)>,
    tokens: Arc<RwLock<Tokens>>,
}

impl Rotation {
    fn start(path: PathBuf) -> Self {
        let mut rotation = Self { path, number: 0, issuers: VecDeque::new(), tokens: Arc::default() };
        rotation.rotate();
        rotation
    }

    fn rotate(&mut self) {
        self.issuers.push_back((format!("key-{}", self.number), TestIssuer::new(NAME)));
        self.number += 1;
        // A key file is read every 10 s. A key signs 15 s after it was published, and stays for 15 s after that.
        if self.issuers.len() > 7 {
            self.issuers.pop_front();
        }
        let keys = self.issuers.iter().map(|(kid, issuer)| {
            let mut jwk = issuer.jwk(Algorithm::EdDsa);
            jwk["kid"] = json!(kid);
            jwk
        });
        let new = self.path.with_extension("new");
        fs::write(&new, json!({ "keys": keys.collect::<Vec<_>>() }).to_string()).unwrap();
        fs::rename(new, &self.path).unwrap();
        let (kid, issuer) = &self.issuers[self.issuers.len().saturating_sub(4)];
        *self.tokens.write().unwrap() = tokens(kid, issuer);
    }
}

/// Of 40 tokens, one has a bad signature, one is for another service, and one has another role.
fn tokens(kid: &str, issuer: &TestIssuer) -> Tokens {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let token = |number: usize, audience: &str, role: &str| {
        let claims = good_claims(json!({
            "iss": NAME, "iat": now, "exp": now + 3_600, "aud": audience, "roles": [role], "sub": format!("caller-{number}")
        }));
        issuer.sign(json!({ "alg": "EdDSA", "kid": kid, "typ": "at+jwt" }), claims)
    };
    let good = (0..37).map(|number| (token(number, "kinds", "reader"), Code::Ok));
    let other = TestIssuer::new(NAME);
    let forged = token(40, "kinds", "reader");
    let (parts, _) = forged.rsplit_once('.').unwrap();
    let forged = other.sign_parts(Algorithm::EdDsa, parts);
    let bad = [
        (forged, Code::Unauthenticated),
        (token(38, "others", "reader"), Code::Unauthenticated),
        (token(39, "kinds", "writer"), Code::PermissionDenied),
    ];
    good.chain(bad).collect()
}

#[derive(Default)]
struct Counts {
    latencies: Vec<Duration>,
    refused: usize,
    wrong: Vec<String>,
}

impl Counts {
    fn add(&mut self, other: Self) {
        self.latencies.extend(other.latencies);
        self.refused += other.refused;
        self.wrong.extend(other.wrong);
    }
}

async fn calls(channel: SecureChannel, first: usize, tokens: Arc<RwLock<Tokens>>, end: Instant) -> Counts {
    let mut counts = Counts::default();
    for number in first.. {
        let start = Instant::now();
        if start >= end {
            break;
        }
        let (token, expected) = {
            let tokens = tokens.read().unwrap();
            tokens[number % tokens.len()].clone()
        };
        let client = KindsClient::new(channel.clone(), Credentials::bearer(&token).unwrap());
        let answer = client.unary_reader(Message::default()).await;
        counts.latencies.push(start.elapsed());
        let code = answer.as_ref().map_or_else(tonic::Status::code, |_| Code::Ok);
        let is_right =
            code == expected && answer.as_ref().map_or(true, |answer| answer.get_ref().text == "UnaryReader");
        counts.refused += usize::from(code != Code::Ok);
        if !is_right {
            counts.wrong.push(format!("{expected:?}: {answer:?}"));
        }
    }
    counts
}

/// The memory of this process in MiB, and its open files.
fn own() -> (f64, usize) {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let kib: f64 = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB")?.parse().ok())
        .expect("a size");
    (kib / 1024.0, fs::read_dir("/proc/self/fd").unwrap().count())
}
