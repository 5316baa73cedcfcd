//! Random schemas and random calls. Generator and runtime decide as the documentation of the options says.

use proptest::collection::vec;
use proptest::option::{of, weighted};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::strategy::ValueTree as _;
use serde_json::{Value, json};

use crate::generator::generate;
use crate::manifest::{Actor, Caller, Certificate, Fields, Identity, Manifest, Proof};
use crate::model::{Answer, Owner, Rule, Schema, Tenant};
use crate::reference;

const ROLES: [&str; 6] = ["clerk", "auditor", "manager", "orders:read", "support", "root"];
const SCOPES: [&str; 3] = ["read", "write", "read:all"];
const PEERS: [&str; 4] =
    ["spiffe://a.example/**", "spiffe://a.example/ns/x/**", "spiffe://a.example/ns/x/one", "cart.internal"];
const NAMES: [&str; 8] = [
    "spiffe://a.example/ns/x/one",
    "spiffe://a.example/ns/x/one/more",
    "spiffe://a.example/ns/x",
    "spiffe://a.example/ns/xy/one",
    "spiffe://a.example.org/ns/x/one",
    "spiffe://b.example/ns/x/one",
    "cart.internal",
    "a.cart.internal",
];
const DNS_NAMES: [&str; 3] = ["cart.internal", "a.cart.internal", "b.internal"];
const ACTORS: [&str; 3] = [
    "https://id.example.com#cart",
    "https://id.example.com#spiffe://a.example/ns/x/**",
    "https://id.example.org#till#7",
];
const ISSUERS: [&str; 2] = ["https://id.example.com", "https://id.example.org"];
const ACTING: [&str; 5] =
    ["cart", "till#7", "spiffe://a.example/ns/x/one", "spiffe://a.example/ns/x/", "spiffe://a.example/ns/xy/one"];
const FIELDS: [&str; 3] = ["name", "number", "nested.id"];

fn some_of(from: &'static [&'static str]) -> impl Strategy<Value = Vec<&'static str>> {
    // Most often none: what narrows is rare, and one is enough.
    prop_oneof![3 => Just(Vec::new()), 2 => subsequence(from, 1..=from.len()).prop_shuffle()]
}

fn answers() -> impl Strategy<Value = Answer> {
    prop_oneof![
        1 => Just(Answer::Anonymous),
        1 => Just(Answer::Public),
        1 => Just(Answer::Denied),
        3 => Just(Answer::Authenticated),
        5 => subsequence(&ROLES, 1..=3).prop_shuffle().prop_map(Answer::RequiredRoles),
    ]
}

fn tenants() -> impl Strategy<Value = Tenant> {
    let claims = prop_oneof![Just(vec!["tenant"]), Just(vec!["org", "id"])];
    let tenant = (select(&FIELDS), claims, some_of(&ROLES));
    tenant.prop_map(|(field, claim, exempt_roles)| Tenant { field, claim, exempt_roles })
}

fn owners() -> impl Strategy<Value = Owner> {
    (select(&FIELDS), some_of(&ROLES)).prop_map(|(field, exempt_roles)| Owner { field, exempt_roles })
}

fn rules() -> impl Strategy<Value = Rule> {
    let credentials = some_of(&["BOUND_JWT", "JWT", "MTLS"]);
    let narrows = (some_of(&SCOPES), credentials, some_of(&PEERS), weighted(0.2, tenants()), weighted(0.2, owners()));
    let actors = weighted(0.4, some_of(&ACTORS));
    (answers(), narrows, actors).prop_map(|(answer, (scopes, credentials, peers, tenant, owner), actors)| {
        let idle = Rule {
            scopes: vec![],
            credentials: vec![],
            peers: vec![],
            actors: None,
            tenant: None,
            owner: None,
            answer,
        };
        match idle.answer {
            Answer::Anonymous | Answer::Denied => idle,
            Answer::Public => Rule { actors, ..idle },
            Answer::Authenticated | Answer::RequiredRoles(_) => {
                Rule { scopes, credentials, peers, actors, tenant, owner, ..idle }
            }
        }
    })
}

/// Roles in any order, each of which includes any of those before it.
fn vocabularies() -> impl Strategy<Value = Vec<(&'static str, Vec<&'static str>)>> {
    (Just(ROLES.to_vec()).prop_shuffle(), vec(any::<u8>(), ROLES.len()), any::<bool>()).prop_map(
        |(roles, masks, reversed)| {
            let includes = |index: usize, mask: u8| (0..index).filter(move |bit| mask & (1 << bit) != 0);
            let included = |index, mask| includes(index, mask).map(|index| roles[index]).collect();
            let values = roles.iter().zip(masks).enumerate();
            let mut values = values.map(|(index, (role, mask))| (*role, included(index, mask))).collect::<Vec<_>>();
            if reversed {
                values.reverse();
            }
            values
        },
    )
}

fn schemas() -> impl Strategy<Value = Schema> {
    (of(vocabularies()), of(rules()), vec((rules(), any::<bool>()), 4)).prop_map(|(vocabulary, default, methods)| {
        // Without a default, silence does not generate.
        let methods = methods.into_iter().map(|(rule, silent)| (default.is_none() || !silent).then_some(rule));
        Schema { vocabulary, methods: methods.collect(), default }
    })
}

fn values() -> impl Strategy<Value = Value> {
    prop_oneof![3 => Just(json!("7")), 3 => Just(json!(7)), 1 => Just(json!("07")), 1 => Just(json!("")), 1 => Just(json!(0))]
}

fn claims() -> impl Strategy<Value = Value> {
    let odd = prop_oneof![Just(json!(7.0)), Just(json!(true)), Just(json!(null)), Just(json!(["7"])), Just(json!("8"))];
    let value = prop_oneof![4 => values(), 1 => odd];
    (of(value.clone()), of(value)).prop_map(|(tenant, id)| json!({ "tenant": tenant, "org": { "id": id } }))
}

fn callers() -> impl Strategy<Value = Caller> {
    let proofs =
        prop_oneof![3 => Just(Proof::Jwt), 2 => Just(Proof::BoundJwt), 1 => Just(Proof::Mtls), 1 => Just(Proof::Other)];
    let scopes = prop_oneof![Just(SCOPES.to_vec()), some_of(&SCOPES)];
    let subjects = select(&["7", "7", "07", "8", "0"]);
    let actors = weighted(0.2, (select(&ISSUERS), select(&ACTING)));
    let identity = (subjects, proofs, weighted(0.2, Just(())), subsequence(&ROLES, 0..=3), scopes, claims(), actors);
    let identity = identity.prop_map(|(subject, proven_by, foreign, roles, scopes, claims, actor)| Identity {
        issuer: "https://id.example.com".to_owned(),
        subject: subject.to_owned(),
        proven_by,
        foreign: foreign.is_some(),
        actor: actor.map(|(issuer, subject)| Actor { issuer: issuer.to_owned(), subject: subject.to_owned() }),
        roles: roles.into_iter().map(str::to_owned).collect(),
        scopes: scopes.into_iter().map(str::to_owned).collect(),
        claims: claims.as_object().unwrap().clone(),
    });
    let name = weighted(0.9, select(&NAMES).prop_map(str::to_owned));
    let others = prop_oneof![4 => Just(Vec::new()), 1 => subsequence(&DNS_NAMES, 2..=3)];
    let certificate = (name, others).prop_map(|(name, others)| match others.as_slice() {
        [] => Certificate { name, names: Vec::new() },
        _ => Certificate { name: None, names: others.into_iter().map(str::to_owned).collect() },
    });
    let certificate = weighted(0.7, certificate);
    (weighted(0.9, identity), certificate).prop_map(|(principal, certificate)| Caller { principal, certificate })
}

fn requests() -> impl Strategy<Value = Fields> {
    let fields = FIELDS.map(|field| of(values().prop_map(move |value| (field.to_owned(), value))));
    Vec::from(fields).prop_map(|fields| fields.into_iter().flatten().collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_calls_are_decided_as_documented(schema in schemas(), calls in vec((callers(), requests()), 60)) {
        let output = generate(&[("random.proto", &schema.to_string())]);
        let manifest = serde_json::from_value::<Manifest>(output.service("random.v1.Service")).unwrap();
        prop_assert_eq!(manifest.methods.len(), schema.methods.len());
        for method in 0..schema.methods.len() {
            let rule = &manifest.methods[&format!("Method{method}")];
            for (caller, request) in &calls {
                let documented = reference::decide(&schema, method, caller, request);
                prop_assert_eq!(rule.decide(caller, request), documented, "Method{} {:?} {:?}", method, caller, request);
            }
        }
    }
}

/// A property that only ever sees refusals shows nothing.
#[test]
fn random_calls_have_every_decision() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut counts = std::collections::BTreeMap::<_, usize>::new();
    let cases = (schemas(), vec((callers(), requests()), 60));
    for _ in 0..100 {
        let (schema, calls) = cases.new_tree(&mut runner).unwrap().current();
        for (caller, request) in &calls {
            for method in 0..schema.methods.len() {
                let narrowed = schema.methods[method].as_ref().or(schema.default.as_ref()).unwrap();
                let has_request_conditions = narrowed.tenant.is_some() || narrowed.owner.is_some();
                *counts
                    .entry((reference::decide(&schema, method, caller, request), has_request_conditions))
                    .or_default() += 1;
            }
        }
    }
    println!("{counts:?}");
    assert_eq!(counts.len(), 6);
    assert!(counts.values().all(|count| *count > 400), "{counts:?}");
}
