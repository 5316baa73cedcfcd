//! Certificates, keys and roots that are refused when they are loaded.

use secure_runtime::ServerTls;
use secure_runtime::tls::{ClientCertificate, ClientRoots, ServerRoots, TlsError};

use secure_tests::pki::{Ca, Issued};

fn refusal(chain: &str, key: &str) -> TlsError {
    ServerTls::from_pem(chain, key).unwrap_err()
}

#[test]
fn certificate_and_key_are_read_from_a_directory() {
    let Issued { chain, key } = Ca::new("ca").issue();
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("tls.crt"), chain).unwrap();
    std::fs::write(directory.path().join("tls.key"), key).unwrap();
    ServerTls::from_pem_dir(directory.path()).unwrap().without_client_certificates();
    ClientCertificate::from_pem_dir(directory.path()).unwrap();
}

#[test]
fn a_missing_file_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let error = ServerTls::from_pem_dir(directory.path()).unwrap_err();
    assert!(matches!(&error, TlsError::Read { file, .. } if file.path().unwrap().ends_with("tls.crt")));
    assert!(error.to_string().contains("tls.crt"), "{error}");
}

#[test]
fn unusable_certificate_is_refused_when_it_is_loaded() {
    let ca = Ca::new("ca");
    let (one, other) = (ca.issue(), ca.issue());
    let expired = ca.issue_expired();
    let future = ca.issue_as(|params| params.not_before = rcgen::date_time_ymd(2999, 1, 1));
    let intermediate = ca.issue_as(|params| params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained));
    let nameless = ca.issue_as(|params| params.subject_alt_names.clear());
    let for_clients =
        ca.issue_as(|params| params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth]);

    assert!(matches!(refusal("", &one.key), TlsError::NoCertificate { .. }));
    assert!(matches!(refusal(&one.chain, ""), TlsError::NoKey { .. }));
    assert!(matches!(refusal(&one.chain, &format!("{}{}", one.key, other.key)), TlsError::SeveralKeys { .. }));
    assert!(matches!(refusal(&one.chain, &other.key), TlsError::KeyMismatch { .. }));
    assert!(matches!(refusal(&expired.chain, &expired.key), TlsError::Expired { .. }));
    assert!(matches!(refusal(&future.chain, &future.key), TlsError::NotYetValid { .. }));
    assert!(matches!(refusal(&intermediate.chain, &intermediate.key), TlsError::CaCertificate { .. }));
    assert!(matches!(refusal(&for_clients.chain, &for_clients.key), TlsError::Certificate { .. }));
    assert!(matches!(refusal(&garbage("CERTIFICATE"), &one.key), TlsError::Certificate { .. }));
    assert!(matches!(refusal(&(one.chain.clone() + &garbage("CERTIFICATE")), &one.key), TlsError::Certificate { .. }));
    assert!(matches!(refusal(&one.chain, &garbage("PRIVATE KEY")), TlsError::Key { .. }));
    assert!(matches!(refusal(&nameless.chain, &nameless.key), TlsError::NoAlternativeName { .. }));
    assert!(ClientCertificate::from_pem(&nameless.chain, &nameless.key).is_ok());
    assert!(ClientCertificate::from_pem(&for_clients.chain, &for_clients.key).is_ok());
    assert!(matches!(ClientCertificate::from_pem(&expired.chain, &expired.key), Err(TlsError::Expired { .. })));
}

#[test]
fn malformed_or_missing_root_is_refused() {
    let ca = Ca::new("ca").pem();
    let broken = ca.clone() + &garbage("CERTIFICATE");
    assert!(ClientRoots::from_pem(ca.repeat(2)).is_ok());
    assert!(matches!(ClientRoots::from_pem(""), Err(TlsError::NoCertificate { .. })));
    assert!(matches!(ClientRoots::from_pem("no PEM at all"), Err(TlsError::NoCertificate { .. })));
    assert!(matches!(ClientRoots::from_pem(&broken), Err(TlsError::Root { number: 2, .. })));
    assert!(matches!(ServerRoots::from_pem(&broken), Err(TlsError::Root { number: 2, .. })));
    assert!(matches!(ServerRoots::from_pem_file("/nowhere/ca.crt"), Err(TlsError::Read { .. })));
}

#[test]
fn debug_output_and_errors_have_no_private_key() {
    let Issued { chain, key } = Ca::new("ca").issue();
    let broken = key.replacen("KEY-----\n", "KEY", 1);
    let secret = key.lines().nth(1).unwrap();
    let loaded = ServerTls::from_pem(&chain, &key).unwrap();
    let error = refusal(&chain, &broken);
    assert!(matches!(error, TlsError::NotPem { .. }), "{error:?}");
    for printed in [
        format!("{loaded:?}"),
        format!("{:?}", loaded.without_client_certificates()),
        format!("{:?}", ClientCertificate::from_pem(&chain, &key)),
        format!("{error:?} {error}"),
    ] {
        assert!(!printed.contains(secret) && !printed.contains("PRIVATE"), "{printed}");
        assert!(printed.len() < 200, "{printed}");
    }
}

/// PEM that holds no such thing as it says.
fn garbage(label: &str) -> String {
    format!("-----BEGIN {label}-----\nAAAA\n-----END {label}-----\n")
}
