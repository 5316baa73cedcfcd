//! Who may call the methods of a service, in numbers.

use std::fmt;

use crate::authz::Access;
use crate::method::Method;

/// The policy of one service. Generated code lists those of a package in `SERVICES`, for
/// [`Server::expect_services`](crate::Server::expect_services).
#[derive(Clone, Copy, Debug)]
pub struct ServiceTable {
    name: &'static str,
    digest: Option<&'static str>,
    access: AccessOf,
}

#[derive(Clone, Copy, Debug)]
enum AccessOf {
    /// Of each method.
    Methods(fn() -> Vec<Access>),
    /// Of the whole service.
    Service(Access),
}

impl ServiceTable {
    /// The generated table of a service.
    pub const fn of<M: Method>() -> Self {
        Self { name: M::SERVICE, digest: Some(M::POLICY_DIGEST), access: AccessOf::Methods(access_of_methods::<M>) }
    }

    /// A vendored service, with one rule.
    pub(super) const fn vendored(name: &'static str, access: Access) -> Self {
        Self { name, digest: None, access: AccessOf::Service(access) }
    }

    /// The full name of the service.
    pub const fn name(&self) -> &'static str {
        self.name
    }
}

fn access_of_methods<M: Method>() -> Vec<Access> {
    M::ALL.iter().map(|method| method.rule().access()).collect()
}

/// `shop.v1.Orders (1 public, 3 by role, policy 3f7a21c09b44)`.
impl fmt::Display for ServiceTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (", self.name)?;
        match self.access {
            AccessOf::Service(access) => f.write_str(word(access))?,
            AccessOf::Methods(methods) => f.write_str(&counts(&methods()))?,
        }
        match self.digest {
            Some(digest) => write!(f, ", policy {})", digest.get(..SHOWN).unwrap_or(digest)),
            None => f.write_str(")"),
        }
    }
}

/// From the widest access to the narrowest.
fn counts(methods: &[Access]) -> String {
    let words = ["ignores credentials", "public", "authenticated", "by role", "denied"];
    let count = |expected: &str| methods.iter().filter(|access| word(**access) == expected).count();
    let counts = words.into_iter().map(|word| (count(word), word)).filter(|(count, _)| *count > 0);
    counts.map(|(count, word)| format!("{count} {word}")).collect::<Vec<_>>().join(", ")
}

fn word(access: Access) -> &'static str {
    match access {
        Access::Anonymous => "ignores credentials",
        Access::AnyRole(_) => "by role",
        Access::Authenticated => "authenticated",
        Access::Public => "public",
        _ => "denied",
    }
}

/// Enough of a digest to tell policies apart in a log.
const SHOWN: usize = 12;
