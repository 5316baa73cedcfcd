//! Callers, decision tables and an issuer of tokens without a server, for the tests of services.

mod authenticate;
mod caller;
mod decide;
mod issuer;
mod keys;
mod streaming;

use std::fmt;

use crate::authz::{self, Decision, Denial};
use crate::method::{Method, Rpc, WithoutRequestConditions};
use crate::principal::Principal;

pub use authenticate::authenticate;
pub use caller::TestCaller;
pub use decide::{Peer, decide, decide_request};
pub use issuer::TestIssuer;
pub use streaming::streaming;

impl Principal {
    /// What the handler of `R` receives from this principal, by the decision that guards `R`. [`TestCaller`] has client
    /// certificates and claims, too.
    ///
    /// # Errors
    ///
    /// The rule of `R` does not admit it.
    ///
    /// ```text
    /// let caller = Principal::new("https://id.example.com", "clerk-7").roles(["clerk"]).admit::<rpc::Get>()?;
    /// let order = shop.get(caller, Request::new(GetOrder { id: 7 })).await?;
    /// ```
    pub fn admit<R: WithoutRequestConditions>(self) -> Result<R::Caller, Denial> {
        TestCaller::from(self).admit::<R>()
    }

    /// What the handler of `R` receives from this principal together with this request.
    ///
    /// # Errors
    ///
    /// The rule of `R` does not admit it, or not with this request.
    pub fn admit_with<R: Rpc>(self, request: &R::Request) -> Result<R::Caller, Denial> {
        TestCaller::from(self).admit_with::<R>(request)
    }
}

/// Every method of a service against every caller that you name: the table of who may call what.
///
/// Its `Display` is the table. Keep it beside a test, and review it as a diff. Its cells can drive a test of a server, so
/// that no method is left out. Callers may have scopes, claims and client certificates. `yes, its own` means that the answer
/// depends on the request, because the caller has no exempt role.
///
/// ```text
/// let matrix = matrix::<orders_policy::Method>([
///     ("nobody", TestCaller::nobody()),
///     ("clerk", TestCaller::token(Principal::new("https://id.example.com", "c").roles(["clerk"]))),
///     ("cart", TestCaller::mtls("shop", "cart.shop.internal".parse()?, ["reader"])),
/// ]);
/// expect_file!["orders.txt"].assert_eq(&matrix.to_string());
/// ```
pub fn matrix<M: Method>(callers: impl IntoIterator<Item = (&'static str, impl Into<TestCaller>)>) -> Matrix<M> {
    let callers = callers.into_iter().map(|(name, caller)| (name, caller.into()));
    Matrix { callers: callers.collect(), methods: M::ALL }
}

/// The table of who may call what, from [`matrix`].
#[derive(Debug)]
pub struct Matrix<M: 'static> {
    callers: Vec<(&'static str, TestCaller)>,
    methods: &'static [M],
}

impl<M: Method> Matrix<M> {
    /// Every cell, method by method.
    pub fn cells(&self) -> impl Iterator<Item = Cell<'_, M>> {
        self.methods.iter().flat_map(move |&method| {
            self.callers.iter().map(move |(name, caller)| Cell {
                method,
                caller: name,
                is_exempt: method.exempt_roles().iter().any(|role| caller.has_role(role)),
                decision: authz::decide(&method.rule(), caller.principal.as_ref(), caller.peer.as_ref())
                    .map_err(Denial::from)
                    .into(),
            })
        })
    }
}

/// One method and one caller.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Cell<'a, M> {
    /// The method.
    pub method: M,
    /// The caller, as it was named.
    pub caller: &'a str,
    /// What the policy says, before it has seen a request.
    pub decision: Decision,
    /// True if a role of the caller exempts it from all request conditions.
    pub is_exempt: bool,
}

impl<M: Method> fmt::Display for Matrix<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.methods.iter().map(|method| method.path().len()).max().unwrap_or(0);
        write!(f, "{:width$}", "")?;
        for (caller, _) in &self.callers {
            write!(f, "  {caller:COLUMN$}")?;
        }
        for (index, cell) in self.cells().enumerate() {
            if index % self.callers.len() == 0 {
                write!(f, "\n{:width$}", cell.method.path())?;
            }
            write!(f, "  {:COLUMN$}", word(&cell))?;
        }
        writeln!(f)
    }
}

const COLUMN: usize = "unauthenticated".len();

fn word<M: Method>(cell: &Cell<'_, M>) -> &'static str {
    match cell.decision {
        Decision::Allow if cell.method.rule().has_request_conditions() && !cell.is_exempt => "yes, its own",
        Decision::Allow => "yes",
        Decision::Deny(Denial::PermissionDenied) => "denied",
        Decision::Deny(_) => "unauthenticated",
    }
}
