//! Random rules and callers, the same ones in each run.

use serde_json::{Value, json};

use crate::calls::Call;
use crate::manifest::Caller;

/// 200 rules, each called by 10 callers.
pub(crate) fn calls() -> Vec<Call> {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut calls = Vec::new();
    for number in 0..200 {
        let rule = random.rule();
        for _ in 0..10 {
            let path = format!("/random.v1.Orders/Method{number}");
            let request = serde_json::from_value(
                json!({ "tenant_id": random.one(&["acme", "umbra"]), "owner": random.one(&["7", "8"]) }),
            );
            calls.push(Call::new(path, rule.clone(), random.caller(), request.unwrap()));
        }
    }
    calls
}

/// What the settings of the tests give to certificates.
pub(crate) fn roles_of(name: Option<&str>) -> &'static [&'static str] {
    match name {
        Some("spiffe://example.org/ns/shop/sa/cart") => &["clerk", "auditor"],
        Some("backup.example.org") => &["admin"],
        _ => &[],
    }
}

const ROLES: [&str; 5] = ["clerk", "auditor", "admin", "orders:read", "clerk \"é\""];
const SCOPES: [&str; 3] = ["read", "write", "read:all"];
const PEERS: [&str; 5] = [
    "spiffe://example.org/**",
    "spiffe://example.org/ns/shop/**",
    "spiffe://example.org/ns/shop/sa/cart",
    "backup.example.org",
    "spiffe://other.example/**",
];
const NAMES: [&str; 7] = [
    "spiffe://example.org/ns/shop/sa/cart",
    "spiffe://example.org/ns/shop",
    "spiffe://example.org/ns/shopping/sa/cart",
    "spiffe://other.example/ns/shop/sa/cart",
    "spiffe://example.org.evil/ns/shop/sa/cart",
    "backup.example.org",
    "a.backup.example.org",
];

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % below as u64).unwrap()
    }

    fn one(&mut self, of: &[&'static str]) -> &'static str {
        of[self.next(of.len())]
    }

    /// Each with this chance in percent.
    fn some(&mut self, of: &[&'static str], percent: usize) -> Vec<&'static str> {
        of.iter().copied().filter(|_| self.next(100) < percent).collect()
    }

    fn rule(&mut self) -> Value {
        let mut rule = match self.next(10) {
            0 => return json!({ "public": true }),
            1 => return json!({ "denied": true }),
            2..=4 => json!({ "authenticated": true }),
            _ => json!({ "required_roles": sorted(self.some(&ROLES, 40), "clerk") }),
        };
        for (member, of, percent) in [
            ("required_scopes", &SCOPES[..], 12),
            ("required_credentials", &["BOUND_JWT", "JWT", "MTLS"][..], 12),
            ("peers", &PEERS[..], 12),
        ] {
            let some = self.some(of, percent);
            if !some.is_empty() {
                rule[member] = json!(sorted(some, ""));
            }
        }
        match self.next(6) {
            0 => rule["delegation"] = json!({ "mode": "ALLOWED" }),
            1 => rule["delegation"] = json!({ "actors": ["https://id.example.com#cart"], "mode": "ALLOWED" }),
            _ => {}
        }
        if self.next(8) == 0 {
            rule["tenant"] = json!({ "field": "tenant_id", "claim": ["tenant"] });
        }
        if self.next(8) == 0 {
            rule["owner"] = json!({ "field": "owner", "exempt_roles": sorted(self.some(&ROLES, 30), "admin") });
        }
        rule
    }

    fn caller(&mut self) -> Caller {
        let name = (self.next(10) > 0).then(|| self.one(&NAMES));
        let has_certificate = self.next(10) < 6;
        let certificate = has_certificate.then(|| json!({ "name": name }));
        let claims = json!({ "tenant": self.one(&["acme", "umbra"]) });
        let actor = match self.next(5) {
            0 => json!({ "issuer": "https://id.example.com", "subject": self.one(&["cart", "till"]) }),
            _ => Value::Null,
        };
        let principal = match self.next(10) {
            0..=5 => json!({
                "actor": actor,
                "issuer": "https://id.example.com", "subject": self.one(&["7", "8"]), "proven_by": "JWT",
                "roles": self.some(&ROLES, 40), "scopes": self.some(&SCOPES, 70), "claims": claims,
            }),
            _ => match name.filter(|_| has_certificate) {
                Some(name) => {
                    json!({ "issuer": "certificates", "subject": name, "proven_by": "MTLS", "roles": roles_of(Some(name)) })
                }
                None => Value::Null,
            },
        };
        serde_json::from_value(json!({ "principal": principal, "certificate": certificate })).unwrap()
    }
}

fn sorted(mut texts: Vec<&'static str>, least: &'static str) -> Vec<&'static str> {
    if texts.is_empty() && !least.is_empty() {
        texts.push(least);
    }
    texts.sort_unstable();
    texts
}
