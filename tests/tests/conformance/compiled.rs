//! Compiled tables are equal to the manifests that people review.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use secure_runtime::authz::{Access, Credential};
use secure_runtime::codegen::{Method, Rpc};
use secure_runtime::testing::decide_request;
use secure_tests::services::bank::v1::{Account, Branch, Transfer, bank_policy};
use secure_tests::services::{bench, kinds, lab, odd, other, proofs, rootless_policy, shop};
use serde_json::{Map, Value, json};

use crate::all_role_rules::every;
use crate::generator::rules;
use crate::manifest::{Caller, Fields, Identity, Manifest, MethodRule, Proof, said};
use crate::schemas::digest;

/// The services of the manifest in a directory of `OUT_DIR`.
fn services(directory: &str) -> Map<String, Value> {
    let text = fs::read_to_string(Path::new(env!("OUT_DIR")).join(directory).join("policy.json")).unwrap();
    serde_json::from_str::<Value>(&text).unwrap()["services"].as_object().unwrap().clone()
}

/// The rules of each service of a directory.
fn manifests(directory: &str) -> BTreeMap<String, Manifest> {
    let rules = services(directory).into_iter().map(|(name, service)| (name.clone(), rules(&name, &service)));
    rules.map(|(name, rules)| (name, serde_json::from_value(rules).unwrap())).collect()
}

/// Checks one table, and takes its manifest away.
fn check<M: Method>(services: &mut Map<String, Value>) {
    let service = services.remove(M::SERVICE).unwrap_or_else(|| panic!("no manifest of {}", M::SERVICE));
    let rules = rules(M::SERVICE, &service);
    assert_eq!(service["digest"], M::POLICY_DIGEST);
    assert_eq!(digest(&rules), M::POLICY_DIGEST);
    let manifest = serde_json::from_value::<Manifest>(rules).unwrap();
    let written = manifest.methods.iter().map(|(name, rule)| (format!("/{}/{name}", manifest.service), table(rule)));
    let compiled = M::ALL.iter().map(|method| (method.path().to_owned(), row(method.rule())));
    assert_eq!(compiled.collect::<BTreeMap<_, _>>(), written.collect());
    for method in M::ALL {
        let name = method.path().rsplit('/').next().unwrap();
        assert_eq!(service["methods"][name]["declared_at"], method.declared_at());
        assert_eq!(M::from_path(method.path()), Some(*method));
    }
}

/// Whatever is a set in both.
type Row = (String, [BTreeSet<String>; 3], Option<BTreeSet<String>>, bool);

fn row(rule: secure_runtime::authz::Rule) -> Row {
    let set = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<BTreeSet<_>>();
    let answer = match rule.access() {
        Access::AnyRole(roles) => format!("{:?}", set(roles)),
        access => format!("{access:?}"),
    };
    let credentials = rule.required_credentials().iter().map(|credential| match credential {
        Credential::BoundJwt => "BOUND_JWT".to_owned(),
        Credential::Jwt => "JWT".to_owned(),
        Credential::Mtls => "MTLS".to_owned(),
        credential => panic!("{credential:?}"),
    });
    let narrowed = [credentials.collect(), set(rule.required_scopes()), set(rule.allowed_peers())];
    (answer, narrowed, rule.allowed_actors().map(set), rule.has_request_conditions())
}

fn table(rule: &MethodRule) -> Row {
    let set = |texts: &[String]| texts.iter().cloned().collect::<BTreeSet<_>>();
    let flags = [
        ("Anonymous", rule.ignore_credentials),
        ("Public", rule.public),
        ("Authenticated", rule.authenticated),
        ("Denied", rule.denied),
    ];
    let answer = match flags.into_iter().find(|(_, is_so)| *is_so) {
        Some((answer, _)) => answer.to_owned(),
        None => format!("{:?}", set(&rule.required_roles)),
    };
    let narrowed = [set(&rule.required_credentials), set(&rule.required_scopes), set(&rule.peers)];
    let actors = rule.delegation.as_ref().map(|it| set(&it.actors));
    (answer, narrowed, actors, rule.tenant.is_some() || rule.owner.is_some())
}

#[test]
fn every_compiled_table_equals_its_manifest() {
    let mut services = services("");
    check::<bank_policy::Method>(&mut services);
    check::<bench::v1::echo_policy::Method>(&mut services);
    check::<kinds::v1::kinds_policy::Method>(&mut services);
    check::<lab::probe_policy::Method>(&mut services);
    check::<odd::r#type::v1::odd_policy::Method>(&mut services);
    check::<odd::r#type::v1::send_policy::Method>(&mut services);
    check::<odd::r#type::v1::method_policy::Method>(&mut services);
    check::<odd::r#type::v1::abc_service_x_policy::Method>(&mut services);
    check::<other::v1::odd_policy::Method>(&mut services);
    check::<proofs::v1::proofs_policy::Method>(&mut services);
    check::<rootless_policy::Method>(&mut services);
    check::<shop::v1::orders_policy::Method>(&mut services);
    assert_eq!(services, Map::new(), "no table was compared with these");
    let mut services = self::services("every");
    check::<every::free::every_policy::Method>(&mut services);
    check::<every::flat::every_policy::Method>(&mut services);
    check::<every::chain::every_policy::Method>(&mut services);
    check::<every::tree::every_policy::Method>(&mut services);
    check::<every::diamond::every_policy::Method>(&mut services);
    assert_eq!(services, Map::new(), "no table was compared with these");
}

#[test]
fn every_method_of_every_schema_is_in_a_manifest_under_its_own_name() {
    let protos = [
        "bank/v1/bank.proto",
        "bench/v1/echo.proto",
        "kinds/v1/kinds.proto",
        "lab/probe.proto",
        "odd/type/v1/odd.proto",
        "other/v1/other.proto",
        "proofs/v1/proofs.proto",
        "rootless.proto",
        "shop/v1/shop.proto",
    ];
    let descriptors = protox::compile(protos, ["../examples/quickstart/proto", "proto", "../proto"]).unwrap();
    let mut written = BTreeSet::new();
    for file in &descriptors.file {
        let package = if file.package().is_empty() { String::new() } else { format!("{}.", file.package()) };
        for service in &file.service {
            let paths = service.method.iter().map(|method| format!("/{package}{}/{}", service.name(), method.name()));
            written.extend(paths);
        }
    }
    let services = manifests("").into_values();
    let path = |service: &str, name: &str| format!("/{service}/{name}");
    let listed = services.flat_map(|it| it.methods.into_keys().map(move |name| path(&it.service, &name)));
    assert_eq!(listed.collect::<BTreeSet<_>>(), written);
}

/// Every request that differs in something that a request condition of the bank looks at, with the same as fields.
fn transfers() -> Vec<(Transfer, Fields)> {
    let mut transfers = Vec::new();
    for branch in [None, Some(""), Some("north"), Some("south")] {
        for text in ["", "7", "8"] {
            for owner in [None, Some(0), Some(7), Some(8)] {
                for branch_number in [0, 4, -4] {
                    let id = branch.map(|id| Account { branch: Some(Branch { id: id.to_owned() }) });
                    let transfer = Transfer { account: id, r#type: text.to_owned(), owner, branch_number };
                    let fields = json!({ "account.branch.id": branch.unwrap_or_default(), "type": text,
                        "owner": owner.unwrap_or_default(), "branch_number": branch_number });
                    transfers.push((transfer, serde_json::from_value(fields).unwrap()));
                }
            }
        }
    }
    transfers
}

fn tellers() -> impl Iterator<Item = Caller> {
    let roles = [&["teller"][..], &["manager"], &["*:read", "teller"], &["director"]];
    let claims =
        [json!({ "branch": { "id": "north" }, "branch_number": 4 }), json!({ "branch_number": -4 }), json!({})];
    let somebody = |roles: &[&str], claims: &Value| Identity {
        issuer: "https://id.example.com".to_owned(),
        subject: "7".to_owned(),
        proven_by: Proof::Jwt,
        foreign: false,
        actor: None,
        roles: roles.iter().map(|role| (*role).to_owned()).collect(),
        scopes: Vec::new(),
        claims: claims.as_object().unwrap().clone(),
    };
    roles.into_iter().flat_map(move |roles| {
        let somebody = claims.iter().map(|claims| somebody(roles, claims)).collect::<Vec<_>>();
        somebody.into_iter().map(|principal| Caller { principal: Some(principal), certificate: None })
    })
}

/// The path of a method, after its compiled request conditions and its manifest decided about every request alike.
fn check_request_conditions<R>(manifest: &Manifest) -> &'static str
where
    R: Rpc<Method = bank_policy::Method, Request = Transfer>,
{
    let path = R::METHOD.path();
    let rule = &manifest.methods[path.rsplit('/').next().unwrap()];
    assert_eq!(
        R::REQUEST_CONDITIONS.len(),
        usize::from(rule.tenant.is_some()) + usize::from(rule.owner.is_some()),
        "{path}"
    );
    let mut outcomes = BTreeSet::new();
    for caller in tellers() {
        let principal = caller.principal.as_ref().map(Identity::principal);
        for (transfer, fields) in transfers() {
            let compiled = said(decide_request(R::REQUEST_CONDITIONS, principal.as_ref(), &transfer));
            assert_eq!(compiled, rule.decide(&caller, &fields), "{path} {caller:?} {transfer:?}");
            outcomes.insert(compiled);
        }
    }
    assert_eq!(outcomes.len(), 2, "{path} says the same to everybody");
    path
}

#[test]
fn every_compiled_request_condition_equals_its_manifest() {
    let manifests = manifests("");
    let manifest = manifests["bank.v1.Bank"].clone();
    let checked = [
        check_request_conditions::<bank_policy::rpc::Open>(&manifest),
        check_request_conditions::<bank_policy::rpc::OpenAll>(&manifest),
        check_request_conditions::<bank_policy::rpc::Balance>(&manifest),
        check_request_conditions::<bank_policy::rpc::Trade>(&manifest),
    ];
    let conditional = manifests.into_values().flat_map(|Manifest { service, methods }| {
        let conditional = methods.into_iter().filter(|(_, rule)| rule.tenant.is_some() || rule.owner.is_some());
        conditional.map(|(name, _)| format!("/{service}/{name}")).collect::<Vec<_>>()
    });
    assert_eq!(conditional.collect::<BTreeSet<_>>(), checked.map(str::to_owned).into());
}
