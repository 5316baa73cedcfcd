//! Chains of open connections, and the passing of time.

use std::fs;
use std::future::ready;
use std::path::Path;
use std::pin::pin;
use std::thread;

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer, DnType, IsCa, KeyIdMethod,
    KeyPair,
};
use tokio::time::Instant;

use super::*;
use crate::ServerTls;
use crate::tls::live::Settings;
use crate::tls::{ClientRoots, PeerCertificates};

type Ca = CertifiedIssuer<'static, KeyPair>;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn ca_params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params
}

fn root() -> Ca {
    CertifiedIssuer::self_signed(ca_params("root"), KeyPair::generate().unwrap()).unwrap()
}

/// A client certificate and its issuer, which expires after `life`.
fn chain(root: &Ca, life: Duration) -> [CertificateDer<'static>; 2] {
    let mut params = ca_params("intermediate");
    params.not_after = (SystemTime::now() + life).into();
    let issuer = CertifiedIssuer::signed_by(params, KeyPair::generate().unwrap(), root).unwrap();
    [leaf(&issuer), issuer.der().clone()]
}

fn leaf(issuer: &Ca) -> CertificateDer<'static> {
    let params = CertificateParams::new(["localhost".to_owned()]).unwrap();
    params.signed_by(&KeyPair::generate().unwrap(), issuer).unwrap().der().clone()
}

/// An empty revocation list whose next update is due after `life`.
fn list(ca: &Ca, life: Duration) -> String {
    let list = CertificateRevocationListParams {
        this_update: SystemTime::now().into(),
        next_update: (SystemTime::now() + life).into(),
        crl_number: 1.into(),
        issuing_distribution_point: None,
        revoked_certs: Vec::new(),
        key_identifier_method: KeyIdMethod::Sha256,
    };
    list.signed_by(ca).unwrap().pem().unwrap()
}

fn settings(roots: ClientRoots) -> Settings<ServerSettings> {
    let key = KeyPair::generate().unwrap();
    let own = CertificateParams::new(["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
    let tls = ServerTls::from_pem(own.pem(), key.serialize_pem()).unwrap().require_client_certificates(roots);
    tls.reload_interval(Duration::from_millis(10)).start().unwrap()
}

fn trust(settings: &Settings<ServerSettings>, chain: &[CertificateDer<'static>]) -> Trust {
    Trust::new(Arc::clone(settings.live()), &settings.live().current(), chain)
}

#[test]
fn chain_is_refused_after_the_expiry_of_an_intermediate_certificate() {
    let root = root();
    let settings = settings(ClientRoots::from_pem(root.pem()).unwrap());
    for life in [Duration::from_secs(60), DAY] {
        let (chain, now) = (chain(&root, life), SystemTime::now());
        let trust = trust(&settings, &chain);
        for time in [now, now + life - Duration::from_secs(2)] {
            assert!(trust.covers(&chain, time));
        }
        assert!(!trust.covers(&chain, now + life + Duration::from_secs(2)));
        assert!(!trust.covers(&chain, now), "the connection has ended");
    }
}

#[test]
fn chain_beside_a_certificate_that_cannot_be_read_is_verified_again_each_hour() {
    let root = root();
    let settings = settings(ClientRoots::from_pem(root.pem()).unwrap());
    let [leaf, issuer] = chain(&root, DAY);
    let (chain, now) = ([leaf, issuer, CertificateDer::from(b"unreadable".as_slice())], SystemTime::now());
    let trust = trust(&settings, &chain);
    for hours in 0..3 {
        let time = now + MAX_AGE * hours;
        assert!(trust.covers(&chain, time));
        assert_eq!(trust.verify_at.load(Ordering::Relaxed), seconds(time + MAX_AGE));
    }
}

#[test]
fn chain_is_refused_after_the_next_update_of_its_revocation_list() {
    let root = root();
    let (chain, now) = ([leaf(&root)], SystemTime::now());
    for life in [Duration::from_secs(60), DAY] {
        let roots = ClientRoots::from_pem(root.pem()).unwrap().revocation_lists_from_pem(list(&root, life)).unwrap();
        let settings = settings(roots);
        let trust = trust(&settings, &chain);
        for time in [now, now + life - Duration::from_secs(2)] {
            assert!(trust.covers(&chain, time));
        }
        assert!(!trust.covers(&chain, now + life + Duration::from_secs(2)));
    }
}

#[tokio::test(start_paused = true)]
async fn connection_without_calls_ends_within_a_minute_of_the_removal_of_its_ca() {
    let (root, directory) = (root(), tempfile::tempdir().unwrap());
    let file = directory.path().join("ca.crt");
    let write = |path: &Path, ca: &Ca| fs::write(path, ca.pem()).unwrap();
    write(&file, &root);
    let settings = settings(ClientRoots::from_pem_file(&file).unwrap());
    let chain = [leaf(&root)];
    let peer = PeerCertificates::trusted(&chain, trust(&settings, &chain));
    let mut refused = pin!(peer.refused());
    tokio::select! {
        biased;
        () = &mut refused => panic!("it is trusted"),
        () = ready(()) => {}
    }
    write(&file, &self::root());
    for _ in 0..1_000 {
        if settings.live().newest() > 1 {
            break;
        }
        thread::sleep(Duration::from_millis(10));
    }
    let start = Instant::now();
    refused.await;
    assert!(start.elapsed() <= CHECK_INTERVAL, "{:?}", start.elapsed());
}
