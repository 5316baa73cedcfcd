//! The resolved policy: every method has exactly one rule. Plain data, without protobuf and without Rust names.
//!
//! 1. `vocabulary` reads the enums that declare roles, and `scope_vocabulary` those that declare scopes.
//! 2. `service_names` finds the vocabularies of each service.
//! 3. `rule` reads each rule: who may call, and under which conditions.
//! 4. `resolve` gives every method its own rule or the default of its service.

mod actor;
mod condition;
mod findings;
mod lookup;
mod missing_reason;
mod model;
mod nearest;
mod peer;
mod resolve;
mod role;
mod role_name;
mod rule;
mod scope_vocabulary;
mod service_names;
mod similar_roles;
mod text;
mod vocabulary;

pub(crate) use condition::{Condition, Fact, RequestCondition};
pub(crate) use missing_reason::missing_reasons;
pub(crate) use model::{Access, Handling, MethodPolicy, Notes, PackagePolicy, Policy, RulePolicy, ServicePolicy};
pub(crate) use nearest::nearest;
#[cfg(feature = "cli")]
pub(crate) use peer::is_peer_name;
pub(crate) use resolve::resolve;
pub(crate) use role::{RequiredRole, RolePolicy, admitted, implied};
pub(crate) use scope_vocabulary::ScopeVocabulary;
pub(crate) use similar_roles::similar_roles;
pub(crate) use vocabulary::Vocabulary;
