//! Rules between names that are fine by themselves: the table of contents.

mod names;
mod similar;
mod tonic;

use crate::diagnostic::Diagnostics;
use crate::policy::Policy;
use crate::{Client, Options};

/// Lets a policy pass whose names are as distinct in Rust as in the `.proto`.
pub(crate) fn all(policy: Policy, options: &Options) -> Result<Policy, Diagnostics> {
    let mut found = Diagnostics::default();
    for rule in RULES {
        rule(&policy, &mut found);
    }
    if options.client == Client::Tonic {
        tonic::methods_differ(&policy, &mut found);
    }
    found.gate(policy)
}

pub(crate) use similar::similar_roles;

const RULES: &[fn(&Policy, &mut Diagnostics)] = &[
    names::methods_differ,
    names::no_method_is_all,
    names::modules_differ,
    names::roles_differ,
    names::packages_differ,
    names::files_differ,
];
