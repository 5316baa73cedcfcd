//! Certificates, keys, roots and revocation lists that are replaced while the server runs.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime};

use rcgen::{PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_ED25519, SanType, date_time_ymd};
use rustls::ClientConfig;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use secure_runtime::server::Limits;
use secure_runtime::tls::{ClientCertificate, ClientRoots, ServerRoots, TlsError, TlsStatus, TlsWatch};
use secure_runtime::{ClientTls, Credentials, SecureChannel, ServerTls};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tonic::Status;

use secure_tests::http2::{Http2, grpc_status};
use secure_tests::mount::{Mount, mounted};
use secure_tests::pki::{Ca, Issued};
use secure_tests::probe::{Running, call_who};
use secure_tests::tls::{client_tls, handshake, raw_config_of};

const INTERVAL: Duration = Duration::from_millis(10);

fn server_of(mount: &Mount) -> ServerTls {
    let roots = ClientRoots::from_pem_file(mount.path("ca.crt")).unwrap();
    let tls = ServerTls::from_pem_dir(mount.directory()).unwrap();
    tls.require_client_certificates(roots).reload_interval(INTERVAL)
}

fn client_of(mount: &Mount) -> ClientTls {
    let roots = ServerRoots::from_pem_file(mount.path("ca.crt")).unwrap();
    let certificate = ClientCertificate::from_pem_dir(mount.directory()).unwrap();
    ClientTls::with_roots(roots).client_certificate(certificate).reload_interval(INTERVAL)
}

async fn who(channel: &SecureChannel) -> Result<String, Status> {
    call_who(channel, Credentials::bearer("clerk").unwrap()).await
}

async fn until(watch: &mut TlsWatch, what: &str, holds: impl Fn(&TlsStatus) -> bool) -> TlsStatus {
    let reached = async {
        loop {
            let status = watch.status();
            if holds(&status) {
                return status;
            }
            watch.changed().await.expect("the settings are in use");
        }
    };
    timeout(Duration::from_secs(20), reached).await.unwrap_or_else(|_| panic!("{what}: {:?}", watch.status()))
}

/// A client that calls all the time, on one channel and on new connections.
struct Caller {
    is_over: Arc<AtomicBool>,
    calls: Arc<AtomicUsize>,
    tasks: Vec<JoinHandle<()>>,
}

impl Caller {
    async fn start(server: &Running, tls: ClientTls) -> Self {
        let (is_over, calls) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let channel = SecureChannel::connect(&server.uri(), tls.clone()).await.unwrap();
        let on_one = {
            let (is_over, calls) = (Arc::clone(&is_over), Arc::clone(&calls));
            tokio::spawn(async move {
                while !is_over.load(Ordering::Relaxed) {
                    who(&channel).await.expect("a good call on a channel");
                    calls.fetch_add(1, Ordering::Relaxed);
                }
            })
        };
        let on_new_ones = {
            let (is_over, calls, address) = (Arc::clone(&is_over), Arc::clone(&calls), server.uri());
            tokio::spawn(async move {
                while !is_over.load(Ordering::Relaxed) {
                    let channel = SecureChannel::connect(&address, tls.clone()).await.expect("a good connection");
                    who(&channel).await.expect("a good call on a new connection");
                    calls.fetch_add(1, Ordering::Relaxed);
                }
            })
        };
        Self { is_over, calls, tasks: vec![on_one, on_new_ones] }
    }

    /// How many calls were made. None of them failed.
    async fn stop(self) -> usize {
        self.is_over.store(true, Ordering::Relaxed);
        for task in self.tasks {
            task.await.expect("no call failed");
        }
        self.calls.load(Ordering::Relaxed)
    }
}

/// `SECURE_RELOADS=1000` swaps more often.
fn swaps() -> usize {
    std::env::var("SECURE_RELOADS").map_or(60, |number| number.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn constantly_swapped_certificates_fail_no_call() {
    let ca = Ca::new("ca");
    let (mut servers, mut clients) = (mounted(&ca), mounted(&ca));
    let (tls, client) = (server_of(&servers), client_of(&clients));
    let mut watch = tls.watch();
    let server = Running::start(tls, Limits::default()).await;
    let caller = Caller::start(&server, client.clone()).await;
    let mut last = String::new();
    for number in 0..swaps() {
        // Another type of key each time, and sometimes faster than anybody reads.
        let before = watch.status().revision;
        let algorithm = [&PKCS_ECDSA_P256_SHA256, &PKCS_ECDSA_P384_SHA384, &PKCS_ED25519][number % 3];
        let issued = ca.issue_for(algorithm, |_| {});
        servers.swap_certificate(&issued, &ca.pem());
        clients.swap_certificate(&ca.issue(), &ca.pem());
        last = issued.chain;
        if number % 3 > 0 {
            until(&mut watch, "the next revision", |status| status.revision > before).await;
        }
    }
    eventually(|| async { presented(&server, raw_config_of(&ca, &ca.issue())).await == der(&last) }).await;
    assert!(caller.stop().await > 10);
    assert_eq!(watch.status().last_error, None);
    assert!(client.watch().status().revision > 2);
}

/// A way to replace the files of a directory. It gets the directory, and a valid new pair.
type Fault = fn(&Path, &Issued);

const FAULTS: &[(&str, Fault)] = &[
    ("empty certificate", |at, _| fs::write(at.join("tls.crt"), "").unwrap()),
    ("empty key", |at, _| fs::write(at.join("tls.key"), "").unwrap()),
    ("empty roots", |at, _| fs::write(at.join("ca.crt"), "").unwrap()),
    ("NUL", |at, _| fs::write(at.join("tls.crt"), [0; 1_000]).unwrap()),
    ("no text", |at, _| fs::write(at.join("tls.key"), [0xff; 1_000]).unwrap()),
    ("10 MiB", |at, new| fs::write(at.join("tls.crt"), new.chain.repeat(10 * 1024 * 1024 / new.chain.len())).unwrap()),
    ("10 MiB of roots", |at, new| {
        fs::write(at.join("ca.crt"), new.chain.repeat(10 * 1024 * 1024 / new.chain.len())).unwrap();
    }),
    ("a directory", |at, _| {
        fs::remove_file(at.join("tls.key")).unwrap();
        fs::create_dir(at.join("tls.key")).unwrap();
    }),
    ("a link that leads nowhere", |at, _| {
        fs::remove_file(at.join("tls.crt")).unwrap();
        symlink("nowhere", at.join("tls.crt")).unwrap();
    }),
    ("a link to itself", |at, _| {
        fs::remove_file(at.join("tls.crt")).unwrap();
        symlink("tls.crt", at.join("tls.crt")).unwrap();
    }),
    ("a device", |at, _| {
        fs::remove_file(at.join("ca.crt")).unwrap();
        symlink("/dev/zero", at.join("ca.crt")).unwrap();
    }),
    ("gone", |at, _| fs::remove_file(at.join("tls.key")).unwrap()),
    ("all gone", |at, _| {
        ["tls.crt", "tls.key", "ca.crt"].iter().for_each(|name| fs::remove_file(at.join(name)).unwrap())
    }),
    ("certificate before key", |at, new| fs::write(at.join("tls.crt"), &new.chain).unwrap()),
    ("key before certificate", |at, new| fs::write(at.join("tls.key"), &new.key).unwrap()),
    ("half a certificate", |at, new| fs::write(at.join("tls.crt"), &new.chain[..new.chain.len() / 2]).unwrap()),
    ("half a key", |at, new| fs::write(at.join("tls.key"), &new.key[..new.key.len() / 2]).unwrap()),
    ("two keys", |at, new| fs::write(at.join("tls.key"), new.key.repeat(2)).unwrap()),
    ("expired pair", |at, _| write_pair(at, &Ca::new("ca").issue_expired())),
    ("a CA as certificate", |at, _| {
        write_pair(
            at,
            &Ca::new("ca").issue_as(|params| params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained)),
        );
    }),
    ("a certificate without a name", |at, _| {
        write_pair(at, &Ca::new("ca").issue_as(|params| params.subject_alt_names.clear()));
    }),
    ("roots that are a key", |at, new| fs::write(at.join("ca.crt"), &new.key).unwrap()),
];

fn write_pair(at: &Path, issued: &Issued) {
    fs::write(at.join("tls.crt"), &issued.chain).unwrap();
    fs::write(at.join("tls.key"), &issued.key).unwrap();
}

/// Writes good files in place of whatever is there.
fn repair(at: &Path, issued: &Issued, roots: &str) {
    for (name, contents) in [("tls.crt", &*issued.chain), ("tls.key", &*issued.key), ("ca.crt", roots)] {
        let path = at.join(name);
        _ = fs::remove_dir(&path);
        let new = at.join("new");
        fs::write(&new, contents).unwrap();
        fs::rename(new, path).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_files_keep_the_last_certificate_until_good_ones_return() {
    let ca = Ca::new("ca");
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    repair(at, &ca.issue(), &ca.pem());
    let roots = ClientRoots::from_pem_file(at.join("ca.crt")).unwrap();
    let tls = ServerTls::from_pem_dir(at).unwrap().require_client_certificates(roots).reload_interval(INTERVAL);
    let mut watch = tls.watch();
    let server = Running::start(tls, Limits::default()).await;
    let Issued { chain, key } = ca.issue();
    let client = client_tls(&ca).client_certificate(ClientCertificate::from_pem(chain, key).unwrap());
    let caller = Caller::start(&server, client).await;
    let raw = raw_config_of(&ca, &ca.issue());
    for (fault, make) in FAULTS {
        let (before, good) = (presented(&server, Arc::clone(&raw)).await, watch.status());
        make(at, &ca.issue());
        let broken = until(&mut watch, fault, |status| status.last_error.is_some()).await;
        assert_eq!((broken.revision, broken.not_after), (good.revision, good.not_after), "{fault}");
        assert!(!broken.last_error.unwrap().contains("BEGIN"), "{fault}");
        assert_eq!(presented(&server, Arc::clone(&raw)).await, before, "{fault}");
        let renewed = ca.issue();
        repair(at, &renewed, &ca.pem());
        until(&mut watch, fault, |status| status.last_error.is_none() && status.revision > good.revision).await;
        assert_eq!(presented(&server, Arc::clone(&raw)).await, der(&renewed.chain), "{fault}");
    }
    assert!(caller.stop().await > FAULTS.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn certificate_that_is_not_valid_yet_is_used_when_it_is() {
    let ca = Ca::new("ca");
    let mut servers = mounted(&ca);
    let tls = server_of(&servers);
    let mut watch = tls.watch();
    let server = Running::start(tls, Limits::default()).await;
    let good = until(&mut watch, "it serves", |status| status.revision == 1).await;
    let renewed = ca.issue_as(|params| params.not_before = (SystemTime::now() + Duration::from_secs(3)).into());
    servers.swap_certificate(&renewed, &ca.pem());
    let refused = until(&mut watch, "it is refused", |status| status.last_error.is_some()).await;
    assert_eq!(refused.revision, good.revision);
    let used = |status: &TlsStatus| status.last_error.is_none() && status.revision > good.revision;
    until(&mut watch, "it is used", used).await;
    assert_eq!(presented(&server, raw_config_of(&ca, &ca.issue())).await, der(&renewed.chain));
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_are_overwritten_byte_by_byte_fail_no_call() {
    let ca = Ca::new("ca");
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    repair(at, &ca.issue(), &ca.pem());
    let tls = ServerTls::from_pem_dir(at).unwrap().without_client_certificates().reload_interval(INTERVAL);
    let server = Running::start(tls, Limits::default()).await;
    let caller = Caller::start(&server, client_tls(&ca)).await;
    let renewed = ca.issue();
    for (name, contents) in [("tls.key", &renewed.key), ("tls.crt", &renewed.chain)] {
        for end in 0..contents.len() {
            fs::write(at.join(name), &contents[..=end]).unwrap();
            if end % 8 == 0 {
                sleep(Duration::from_millis(2)).await;
            }
        }
    }
    let config = raw_config_of(&ca, &ca.issue());
    eventually(|| async { presented(&server, Arc::clone(&config)).await == der(&renewed.chain) }).await;
    assert!(caller.stop().await > 0);
}

/// Old CA, both, new CA: first both sides trust both, then certificates are renewed, then the old CA goes.
#[tokio::test(flavor = "multi_thread")]
async fn a_ca_is_replaced_without_a_failed_call() {
    let (old, new) = (Ca::new("old"), Ca::new("new"));
    let (mut servers, mut clients) = (mounted(&old), mounted(&old));
    let (server_tls, client_tls) = (server_of(&servers), client_of(&clients));
    let (mut at_server, mut at_client) = (server_tls.watch(), client_tls.watch());
    let server = Running::start(server_tls, Limits::default()).await;
    let stale = raw_config_of(&old, &old.issue());
    let mut stale = http2(&server, stale).await;
    let caller = Caller::start(&server, client_tls).await;
    let both = old.pem() + &new.pem();
    let (old_pair, new_pair) = (old.issue(), new.issue());
    for (step, (pair, roots)) in (2..).zip([(&old_pair, both.clone()), (&new_pair, both), (&new_pair, new.pem())]) {
        servers.swap_certificate(pair, &roots);
        clients.swap_certificate(pair, &roots);
        for watch in [&mut at_server, &mut at_client] {
            until(watch, "the next step", |status| status.revision == step).await;
        }
        let expected = if step < 4 { "0" } else { "16" };
        assert_eq!(status(&mut stale).await.as_deref(), Some(expected), "the old certificate in step {step}");
        sleep(Duration::from_millis(50)).await;
    }
    timeout(Duration::from_secs(2), stale.connection).await.expect("the connection is closed").unwrap().unwrap();
    assert!(caller.stop().await > 0);
    let refused = handshake_error(&server, raw_config_of(&new, &old.issue())).await;
    assert!(refused.contains("UnknownCA"), "{refused}");
}

#[tokio::test]
async fn client_of_a_removed_ca_is_refused_and_its_connection_closed() {
    let (kept, gone) = (Ca::new("kept"), Ca::new("gone"));
    let mut mount = Mount::of_certificate(&kept.issue(), &(kept.pem() + &gone.pem()));
    let tls = server_of(&mount);
    let mut watch = tls.watch();
    let server = Running::start(tls, Limits::default()).await;
    let mut good = http2(&server, raw_config_of(&kept, &kept.issue())).await;
    let mut bad = http2(&server, raw_config_of(&kept, &gone.issue())).await;
    assert_eq!((status(&mut good).await.as_deref(), status(&mut bad).await.as_deref()), (Some("0"), Some("0")));
    mount.swap_certificate(&kept.issue(), &kept.pem());
    until(&mut watch, "the new roots", |status| status.revision == 2).await;
    assert_eq!(status(&mut bad).await.as_deref(), Some("16"));
    timeout(Duration::from_secs(2), bad.connection).await.expect("the connection is closed").unwrap().unwrap();
    for _ in 0..3 {
        assert_eq!(status(&mut good).await.as_deref(), Some("0"));
    }
}

/// The CA is still trusted, but by roots that are not accepted for the name of the client.
#[tokio::test]
async fn client_outside_the_new_scope_of_its_ca_is_refused() {
    let (mesh, partners) = (Ca::new("mesh"), Ca::new("partners"));
    let id = || SanType::URI("spiffe://example.org/cart".try_into().unwrap());
    let cart = mesh.issue_as(|params| params.subject_alt_names = vec![id()]);
    let own = mesh.issue();
    let (in_mesh, in_partners) = (mesh.pem(), partners.pem());
    let both = in_partners.clone() + &in_mesh;
    let files = |mesh, partners| -> [(&str, &str); 4] {
        [("tls.crt", &own.chain), ("tls.key", &own.key), ("mesh.crt", mesh), ("partners.crt", partners)]
    };
    let mut mount = Mount::new(&files(&in_mesh, &in_partners));
    let roots = |name: &str| ClientRoots::from_pem_file(mount.path(name)).unwrap();
    let roots = roots("mesh.crt").for_trust_domain("example.org").unwrap().and(roots("partners.crt"));
    let tls = ServerTls::from_pem_dir(mount.directory()).unwrap();
    let tls = tls.require_client_certificates(roots).reload_interval(INTERVAL);
    let mut watch = tls.watch();
    let server = Running::start(tls, Limits::default()).await;
    let mut client = http2(&server, raw_config_of(&mesh, &cart)).await;
    assert_eq!(status(&mut client).await.as_deref(), Some("0"));
    mount.swap(&files(&in_partners, &both));
    until(&mut watch, "the new roots", |status| status.revision == 2).await;
    assert_eq!(status(&mut client).await.as_deref(), Some("16"));
    timeout(Duration::from_secs(2), client.connection).await.expect("the connection is closed").unwrap().unwrap();
}

#[tokio::test]
async fn a_certificate_that_is_revoked_is_refused_on_open_and_new_connections() {
    let ca = Ca::new("ca");
    let issue = |serial: u64| ca.issue_as(|params| params.serial_number = Some(serial.into()));
    let directory = tempfile::tempdir().unwrap();
    let lists = directory.path().join("ca.crl");
    fs::write(&lists, ca.revocation_list(&[7])).unwrap();
    let mount = mounted(&ca);
    let roots = ClientRoots::from_pem_file(mount.path("ca.crt")).unwrap();
    let roots = roots.revocation_lists_from_pem_file(&lists).unwrap();
    let tls = ServerTls::from_pem_dir(mount.directory()).unwrap();
    let tls = tls.require_client_certificates(roots).reload_interval(INTERVAL);
    let mut watch = tls.watch();
    let server = Running::start(tls, Limits::default()).await;
    let config = |serial| raw_config_of(&ca, &issue(serial));
    assert!(handshake_error(&server, config(7)).await.contains("CertificateRevoked"));
    let mut revoked = http2(&server, config(8)).await;
    assert_eq!(status(&mut revoked).await.as_deref(), Some("0"));
    fs::write(&lists, "no list").unwrap();
    until(&mut watch, "no list", |status| status.last_error.is_some()).await;
    assert_eq!(status(&mut revoked).await.as_deref(), Some("0"));
    fs::write(&lists, ca.revocation_list(&[7, 8])).unwrap();
    until(&mut watch, "the new list", |status| status.revision == 2).await;
    assert_eq!(status(&mut revoked).await.as_deref(), Some("16"));
    assert!(handshake_error(&server, config(8)).await.contains("CertificateRevoked"));
    assert_eq!(status(&mut http2(&server, config(9)).await).await.as_deref(), Some("0"));
    fs::write(&lists, ca.revocation_list_until(2001, &[])).unwrap();
    until(&mut watch, "the list that is out of date", |status| status.revision == 3).await;
    let refused = handshake_error(&server, config(9)).await;
    assert!(refused.contains("alert"), "{refused}");
}

/// rustls reads the first list of an issuer, and no other.
#[tokio::test]
async fn newest_revocation_list_of_an_issuer_counts_wherever_it_is_in_the_file() {
    let ca = Ca::new("ca");
    let list = |year, number: u64, revoked: &[u64]| {
        ca.revocation_list_as(revoked, |list| {
            list.this_update = date_time_ymd(year, 1, 1);
            list.crl_number = number.into();
        })
    };
    let other = Ca::new("another").revocation_list(&[8, 9]);
    for (older, newer) in [
        (list(2020, 5, &[7]), list(2021, 1, &[8])),
        (list(2021, 9, &[7]), list(2021, 10, &[8])),
        (list(2021, 1, &[]), list(2021, 1, &[8])),
    ] {
        for lists in [[&other, &older, &newer], [&newer, &older, &other]] {
            let roots = ClientRoots::from_pem(ca.pem()).unwrap();
            let roots = roots.revocation_lists_from_pem(lists.map(String::as_str).concat()).unwrap();
            let own = ca.issue();
            let tls = ServerTls::from_pem(&own.chain, &own.key).unwrap().require_client_certificates(roots);
            let server = Running::start(tls, Limits::default()).await;
            let client =
                |serial: u64| raw_config_of(&ca, &ca.issue_as(|params| params.serial_number = Some(serial.into())));
            assert!(handshake_error(&server, client(8)).await.contains("CertificateRevoked"));
            assert_eq!(status(&mut http2(&server, client(7)).await).await.as_deref(), Some("0"));
        }
    }
}

#[test]
fn invalid_revocation_list_is_refused_at_the_start() {
    let ca = Ca::new("ca");
    let roots = || ClientRoots::from_pem(ca.pem()).unwrap();
    assert!(roots().revocation_lists_from_pem(ca.revocation_list(&[])).is_ok());
    assert!(matches!(roots().revocation_lists_from_pem(""), Err(TlsError::NoRevocationList { .. })));
    assert!(matches!(roots().revocation_lists_from_pem(ca.pem()), Err(TlsError::NoRevocationList { .. })));
    let garbage = "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n";
    assert!(matches!(roots().revocation_lists_from_pem(garbage), Err(TlsError::Settings { .. })));
}

#[tokio::test]
async fn connection_ends_when_an_intermediate_certificate_expires() {
    let (ca, expiry) = (Ca::new("ca"), SystemTime::now() + Duration::from_secs(4));
    let intermediate = ca.intermediate(expiry);
    let mut certificate = intermediate.issue();
    certificate.chain += &intermediate.pem();
    ends_at(expiry, &ca, ClientRoots::from_pem(ca.pem()).unwrap(), &certificate).await;
}

#[tokio::test]
async fn connection_ends_when_its_revocation_list_is_out_of_date() {
    let (ca, expiry) = (Ca::new("ca"), SystemTime::now() + Duration::from_secs(4));
    let list = ca.revocation_list_as(&[], |list| list.next_update = expiry.into());
    let roots = ClientRoots::from_pem(ca.pem()).unwrap().revocation_lists_from_pem(list).unwrap();
    ends_at(expiry, &ca, roots, &ca.issue()).await;
}

/// Makes one call, and waits for the end of the connection, without calls and with one that runs.
async fn ends_at(expiry: SystemTime, ca: &Ca, roots: ClientRoots, certificate: &Issued) {
    let own = ca.issue();
    let tls = ServerTls::from_pem(&own.chain, &own.key).unwrap().require_client_certificates(roots);
    let server = Running::start(tls, Limits::default().drain_timeout(Duration::from_secs(1))).await;
    let config = raw_config_of(ca, certificate);
    let (mut idle, mut busy) = (http2(&server, config.clone()).await, http2(&server, config).await);
    assert_eq!(status(&mut idle).await.as_deref(), Some("0"));
    let (answer, _requests) = busy.open("/lab.Probe/Collect", Some("clerk")).unwrap();
    for client in [idle, busy] {
        _ = timeout(Duration::from_secs(8), client.connection).await.expect("the connection is closed").unwrap();
        assert!(SystemTime::now() + Duration::from_secs(1) > expiry);
    }
    assert_eq!(grpc_status(answer).await, None);
}

/// The client comes back with its new certificate before a call can fail.
#[tokio::test]
async fn a_connection_is_closed_before_its_certificate_expires() {
    let ca = Ca::new("ca");
    let server =
        Running::start(server_of(&mounted(&ca)), Limits::default().drain_timeout(Duration::from_secs(1))).await;
    let lifetime = Duration::from_secs(5);
    let start = Instant::now();
    let issued = ca.issue_as(|params| params.not_after = (SystemTime::now() + lifetime).into());
    let mut client = http2(&server, raw_config_of(&ca, &issued)).await;
    assert_eq!(status(&mut client).await.as_deref(), Some("0"));
    _ = timeout(lifetime, client.connection).await.expect("it is closed").unwrap();
    assert!(start.elapsed() > Duration::from_secs(2), "{:?}", start.elapsed());
}

#[tokio::test]
async fn watch_reports_the_status_before_and_after_the_start() {
    let ca = Ca::new("ca");
    let mount = mounted(&ca);
    let tls = server_of(&mount);
    let mut watch = tls.watch();
    assert_eq!(watch.status(), TlsStatus::default());
    let server = Running::start(tls, Limits::default()).await;
    let status = until(&mut watch, "the start", |status| status.revision == 1).await;
    assert!(status.not_after.unwrap() > SystemTime::now());
    server.task.abort();
    let ended = async { while watch.changed().await.is_some() {} };
    timeout(Duration::from_secs(5), ended).await.expect("nobody uses the settings any more");
}

async fn http2(server: &Running, config: Arc<ClientConfig>) -> Http2 {
    Http2::over(handshake(server.address, config).await.unwrap()).await
}

/// The status of one call of a protected method; `None` if the connection is closed.
async fn status(http2: &mut Http2) -> Option<String> {
    http2.call("/lab.Probe/Who", Some("clerk")).await
}

/// The certificate that the server presents, as DER.
async fn presented(server: &Running, config: Arc<ClientConfig>) -> Vec<u8> {
    let stream = handshake(server.address, config).await.unwrap();
    stream.get_ref().1.peer_certificates().unwrap()[0].to_vec()
}

/// Why the server refuses a client. The client learns it when it reads.
async fn handshake_error(server: &Running, config: Arc<ClientConfig>) -> String {
    use tokio::io::AsyncReadExt;
    let mut stream = handshake(server.address, config).await.unwrap();
    let read = async {
        loop {
            match stream.read(&mut [0; 64]).await {
                Ok(0) => return "closed".to_owned(),
                Ok(_) => {}
                Err(error) => return error.to_string(),
            }
        }
    };
    timeout(Duration::from_secs(5), read).await.expect("the client is refused")
}

fn der(chain: &str) -> Vec<u8> {
    CertificateDer::from_pem_slice(chain.as_bytes()).unwrap().to_vec()
}

async fn eventually<F: Future<Output = bool>>(holds: impl Fn() -> F) {
    for _ in 0..500 {
        if holds().await {
            return;
        }
        sleep(Duration::from_millis(10)).await;
    }
    panic!("not in 5 seconds");
}
