//! Code for admins is called from a clerk's method.
use secure_runtime::{Caller, Holds};
use secure_tests::services::shop::v1::{orders_policy::rpc, policy_roles};

fn close_the_shop(_by: &impl Holds<policy_roles::Admin>) {}

fn pack(caller: Caller<rpc::Pack>) {
    close_the_shop(&caller);
}

fn get_as_clerk_or_admin(caller: Caller<rpc::Get>) {
    close_the_shop(&caller);
}

fn main() {}
