//! A type claims to be the proof of a role.
use secure_runtime::{Holds, PrincipalId};
use secure_tests::services::shop::v1::policy_roles;

struct Me(PrincipalId);

impl Holds<policy_roles::Admin> for Me {
    fn id(&self) -> &PrincipalId {
        &self.0
    }
}

fn main() {}
