//! The claims of a principal, as a handler would read them.

use secure_runtime::Principal;
use secure_runtime::codegen::{Caller, Entry, Method, Rpc, Rule, WithoutRequestConditions, entry};
use serde_json::{Map, Value};

/// A service of one method that any authenticated caller may call.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
struct Read;

impl Method for Read {
    const SERVICE: &'static str = "fuzz.Claims";
    const ALL: &'static [Self] = &[Self];
    const POLICY_DIGEST: &'static str = "";

    const TABLE: &'static [Entry] = &[entry("/fuzz.Claims/Read", Rule::authenticated(), "")];
    const BY_PATH: &'static [usize] = &[0];

    fn index(self) -> usize {
        0
    }
}

impl Rpc for Read {
    type Method = Self;
    type Caller = Caller<Self>;
    type Request = ();
    type Response = ();
    const METHOD: Self = Self;
}

impl WithoutRequestConditions for Read {}

/// All of them.
pub fn of(principal: Principal) -> Map<String, Value> {
    let caller = principal.admit::<Read>().expect("it is authenticated");
    caller.claims().expect("claims are an object")
}
