//! Manifests of the examples have the form of their kinds, in Kubernetes, cert-manager and Istio.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::tools::installed;

const MANIFESTS: [&str; 2] = ["orders.yaml", "mesh/strict.yaml"];

fn check(path: &Path) -> Option<Output> {
    let (kubeconform, schemas) = (installed("kubeconform")?, installed("schemas")?);
    let location = schemas.join("{{.ResourceKind}}-{{.ResourceAPIVersion}}.json");
    let mut command = Command::new(kubeconform);
    Some(command.args(["-strict", "-schema-location"]).arg(location).arg(path).output().unwrap())
}

#[test]
fn manifests_of_the_example_are_valid() {
    for name in MANIFESTS {
        let path = Path::new("../examples/kubernetes").join(name);
        let Some(checked) = check(&path) else { return };
        assert!(checked.status.success(), "{name}: {checked:?}");
    }
}

#[test]
fn mistakes_in_a_manifest_are_found() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("orders.yaml");
    let text = fs::read_to_string("../examples/kubernetes/orders.yaml").unwrap();
    for (right, wrong) in [
        ("containerPort:", "containerport:"),
        ("dnsNames:", "dnsName:"),
        ("policyTypes: [\"Ingress\"]", "policyTypes: \"Ingress\""),
        ("terminationGracePeriodSeconds: 45", "terminationGracePeriodSeconds: 45s"),
        ("issuerRef:", "issuer:"),
    ] {
        assert!(text.contains(right), "{right}");
        fs::write(&path, text.replace(right, wrong)).unwrap();
        let Some(checked) = check(&path) else { return };
        assert!(!checked.status.success(), "{wrong}");
    }
}

/// What the example's README tells of the program is what the manifest asks of it.
#[test]
fn pod_has_time_to_drain_and_probes_the_plaintext_port() {
    let text = fs::read_to_string("../examples/kubernetes/orders.yaml").unwrap();
    let seconds = |name: &str| {
        let line = text.lines().find_map(|line| line.trim().strip_prefix(name)).unwrap();
        line.trim().parse::<u64>().unwrap()
    };
    let drain = 30;
    assert!(seconds("terminationGracePeriodSeconds:") > drain + seconds("seconds:"));
    assert_eq!(text.matches("grpc:\n              port: 50052").count(), 2, "both probes");
    assert!(text.contains("\"--probes\", \"0.0.0.0:50052\""));
}
