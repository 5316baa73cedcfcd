//! A vocabulary of roles in another crate. A service of this crate uses its roles, and proves them to code of that
//! crate.

use secure_runtime::Caller;
use secure_runtime::authz::Holds;
use secure_tests::services::staff::v1::policy_roles::Teller;

#[allow(dead_code, unnameable_types, unreachable_pub, reason = "nobody needs all that is generated")]
#[allow(missing_docs, reason = "the messages of a test need no docs")]
mod bank {
    include!(concat!(env!("OUT_DIR"), "/across/bank.v1.rs"));
}

/// Whatever a crate that knows nothing of this bank may demand.
fn needs_a_teller(_: &impl Holds<Teller>) {}

#[test]
fn rule_of_one_crate_proves_a_role_of_another() {
    fn of_the_bank(caller: &Caller<bank::bank_policy::rpc::Open>) {
        needs_a_teller(caller);
    }
    _ = of_the_bank;
}

#[test]
fn roles_of_another_crate_are_not_declared_again() {
    let generated = include_str!(concat!(env!("OUT_DIR"), "/across/bank.v1.secure.rs"));
    assert!(!generated.contains("mod policy_roles"));
    assert!(generated.contains("implies: [::secure_tests::services::staff::v1::policy_roles::Teller]"));
}
