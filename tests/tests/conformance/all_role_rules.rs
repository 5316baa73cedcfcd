//! Every rule over five roles against every caller, under several hierarchies, by compiled tables.

use std::collections::BTreeSet;

use secure_runtime::Principal;
use secure_runtime::codegen::Method;
use secure_runtime::testing::matrix;
use secure_tests::schemas::{HIERARCHIES, ROLES, roles};

use crate::manifest::said;

#[allow(missing_docs, reason = "the messages of a test need no docs")]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/every/every.rs"));
}

pub(crate) use generated::every;

/// Every set of roles, by its bits, and nobody.
fn callers() -> impl Iterator<Item = (&'static str, Option<Principal>)> {
    let holding = |set: u8| Principal::new("https://id.example.com", "somebody").roles(roles(set));
    let somebody = (0..32).map(move |set| (&*set.to_string().leak(), Some(holding(set))));
    [("nobody", None)].into_iter().chain(somebody)
}

/// The bits of all that a set of roles holds.
fn held(set: u8, includes: Option<[u8; 5]>) -> u8 {
    let of = |bit: usize| if set & (1 << bit) == 0 { 0 } else { includes.map_or(0, |includes| includes[bit]) };
    match (0..ROLES.len()).fold(set, |held, bit| held | of(bit)) {
        all if all == set => set,
        more => held(more, includes),
    }
}

fn expected(method: &str, caller: &str, includes: Option<[u8; 5]>) -> &'static str {
    let caller = caller.parse::<u8>().ok();
    match (method, caller) {
        ("Is_public", _) => "ALLOW",
        ("Is_denied", _) => "PERMISSION_DENIED",
        (_, None) => "CREDENTIAL_MISSING",
        ("Is_authenticated", Some(_)) => "ALLOW",
        (method, Some(set)) => {
            let required = method.strip_prefix("Roles").unwrap().parse::<u8>().unwrap();
            if held(set, includes) & required == 0 { "PERMISSION_DENIED" } else { "ALLOW" }
        }
    }
}

fn check<M: Method>(hierarchy: &str) {
    let (_, includes) = HIERARCHIES.into_iter().find(|(name, _)| *name == hierarchy).unwrap();
    assert_eq!(M::SERVICE, format!("every.{hierarchy}.Every"));
    let matrix = matrix::<M>(callers());
    let mut cells = BTreeSet::new();
    for cell in matrix.cells() {
        let method = cell.method.path().rsplit('/').next().unwrap();
        assert_eq!(
            said(cell.decision),
            expected(method, cell.caller, includes),
            "{hierarchy} {method} {}",
            cell.caller
        );
        cells.insert((method, cell.caller));
    }
    assert_eq!(cells.len(), (3 + 31) * (1 + 32), "{hierarchy}");
}

macro_rules! hierarchies {
    ($($name:ident)*) => {
        #[test]
        fn every_rule_over_five_roles_decides_every_caller_as_declared() {
            let checked = [$((stringify!($name), check::<every::$name::every_policy::Method> as fn(&str))),*];
            assert_eq!(checked.map(|(name, _)| name), HIERARCHIES.map(|(name, _)| name));
            checked.into_iter().for_each(|(name, check)| check(name));
        }
    };
}

hierarchies! { free flat chain tree diamond }
