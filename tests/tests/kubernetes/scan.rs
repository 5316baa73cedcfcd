//! `sslscan`: which versions and ciphers a server offers.

use std::path::Path;

use secure_runtime::server::Limits;
use secure_runtime::{Gate, ServerTls};
use secure_tests::pki::Ca;
use secure_tests::probe::{Running, by_name};
use tokio::process::Command;

use crate::tools::on_path;

async fn scan(program: &Path, change: impl FnOnce(ServerTls) -> ServerTls) -> String {
    let own = Ca::new("ca").issue();
    let tls = ServerTls::from_pem(&own.chain, &own.key).unwrap().without_client_certificates();
    let limits = |server: secure_runtime::Server| server.limits(Limits::default());
    let server = Running::start_gated(change(tls), Gate::new(by_name), limits).await;
    let scanned = Command::new(program).args(["--no-colour", &server.address.to_string()]).output().await.unwrap();
    assert!(scanned.status.success(), "{scanned:?}");
    String::from_utf8(scanned.stdout).unwrap()
}

/// The versions that the report calls enabled.
fn versions(report: &str) -> Vec<&str> {
    let lines = report.lines().filter_map(|line| line.trim_end().strip_suffix("enabled"));
    lines.map(str::trim).filter(|version| version.starts_with("TLSv") || version.starts_with("SSLv")).collect()
}

#[tokio::test]
async fn only_tls_1_3_is_offered() {
    let Some(program) = on_path("sslscan") else { return };
    let report = scan(&program, |tls| tls).await;
    assert_eq!(versions(&report), ["TLSv1.3"], "{report}");
    let ciphers = report.lines().filter(|line| line.starts_with("Accepted") || line.starts_with("Preferred"));
    let ciphers = ciphers.collect::<Vec<_>>();
    assert!(!ciphers.is_empty() && ciphers.iter().all(|line| line.contains("TLSv1.3")), "{ciphers:?}");
}

#[tokio::test]
async fn tls_1_2_is_offered_after_its_setting_and_without_old_ciphers() {
    let Some(program) = on_path("sslscan") else { return };
    let report = scan(&program, ServerTls::allow_tls12).await;
    assert_eq!(versions(&report), ["TLSv1.2", "TLSv1.3"], "{report}");
    for weak in ["CBC", " RC4", "3DES", "NULL", "EXPORT", "AES128-SHA", "AES256-SHA "] {
        let accepted = report.lines().filter(|line| line.contains("bits")).any(|line| line.contains(weak));
        assert!(!accepted, "{weak}: {report}");
    }
}
