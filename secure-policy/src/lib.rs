//! Rules of gRPC methods as plain data, and the decision over them.
//!
//! `secure-runtime` decides about each call with this crate. Tools that explain or compare policies use the same
//! functions, so they cannot disagree with a server. The crate has no dependencies, and does no IO.
//!
//! A rule borrows its strings: generated tables are `Rule<'static>`, and tools borrow from what they have read.
//!
//! ```
//! use secure_policy::{Facts, Condition, Rule, decide};
//!
//! let rule = Rule::any_role(&["clerk"]).scopes(&["orders:read"]);
//! let clerk = Facts { roles: &["clerk"], scopes: &["orders:read"], ..Facts::of_token() };
//! assert_eq!(decide(&rule, &clerk), Ok(()));
//! assert_eq!(decide(&rule, &Facts { roles: &[], ..clerk }), Err(Condition::CredentialHasNoRoles));
//! assert_eq!(decide(&rule, &Facts::none()), Err(Condition::NoCredential));
//! ```

#![cfg_attr(test, allow(clippy::too_many_lines))] // a table of cases is as long as it must be

mod condition;
mod credential;
mod decide;
mod evidence;
mod facts;
mod rule;

pub use condition::Condition;
pub use credential::Credential;
pub use decide::{decide, decide_field};
pub use evidence::{Actor, Certificate, Evidence};
pub use facts::Facts;
pub use rule::{Access, CallerFact, FieldCondition, Rule};
