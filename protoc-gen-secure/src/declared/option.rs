//! Our options: encoded messages in, what they say out.

use prost::Message;

use super::descriptor::{self, Options};
use super::location::Sources;
use super::wire::{self, Shape};
use super::{DeclaredBound, DeclaredRole, DeclaredRule, schema};
use crate::diagnostic::{Diagnostics, Location, Rule};
use crate::request::GenerateError;

/// Reads the rule of a method whose options have this path.
pub(super) fn method_rule(
    options: Option<&Options>,
    path: &[i32],
    sources: &Sources<'_>,
    found: &mut Diagnostics,
) -> Result<Option<DeclaredRule>, GenerateError> {
    let at = sources.of_option(path, &[schema::NUMBER]);
    let rule = read::<descriptor::MethodRule>(options, &wire::METHOD_RULE, &at, found)?;
    Ok(rule.map(|rule| declared(rule, at)))
}

/// What a service says of its methods: a rule for those that have none, and the name of a vocabulary.
pub(super) struct ServiceRules {
    pub(super) default: Option<DeclaredRule>,
    pub(super) vocabulary: Option<String>,
    pub(super) at: Location,
}

/// Reads what holds for the methods of a service whose options have this path.
pub(super) fn service_rules(
    options: Option<&Options>,
    path: &[i32],
    sources: &Sources<'_>,
    found: &mut Diagnostics,
) -> Result<ServiceRules, GenerateError> {
    let default_at = sources.of_option(path, &[schema::NUMBER, DEFAULT]);
    let at = sources.of_option(path, &[schema::NUMBER, ROLES]);
    let rules = read::<descriptor::ServiceRules>(options, &wire::SERVICE_RULES, &at, found)?.unwrap_or_default();
    let vocabulary = Some(rules.roles).filter(|name| !name.is_empty());
    Ok(ServiceRules { default: rules.default.map(|rule| declared(rule, default_at)), vocabulary, at })
}

/// Whether an enum is marked as a vocabulary.
pub(super) fn is_vocabulary(
    options: Option<&Options>,
    at: &Location,
    found: &mut Diagnostics,
) -> Result<bool, GenerateError> {
    Ok(read::<descriptor::RoleVocabulary>(options, &wire::ROLE_VOCABULARY, at, found)?.is_some())
}

/// Reads what a value of an enum stands for.
pub(super) fn role(
    value: &descriptor::EnumValue,
    at: Location,
    found: &mut Diagnostics,
) -> Result<DeclaredRole, GenerateError> {
    let definition = read::<descriptor::RoleDefinition>(value.options.as_ref(), &wire::ROLE_DEFINITION, &at, found)?;
    let is_defined = definition.is_some();
    let descriptor::RoleDefinition { name, includes, rust_name } = definition.unwrap_or_default();
    let filled = |text: String| Some(text).filter(|text| !text.is_empty());
    let (name, rust_name) = (filled(name), filled(rust_name));
    Ok(DeclaredRole {
        value: value.name.clone(),
        is_zero: value.number == 0,
        at,
        is_defined,
        name,
        includes,
        rust_name,
    })
}

/// The message that the pieces of an option are.
fn read<T: Message + Default>(
    options: Option<&Options>,
    shape: &Shape,
    at: &Location,
    found: &mut Diagnostics,
) -> Result<Option<T>, GenerateError> {
    let Some(options) = options.filter(|options| !options.pieces.is_empty()) else { return Ok(None) };
    let encoded = options.pieces.concat();
    if !shape.covers(&encoded)? {
        found.error(
            Rule::SchemaMismatch,
            at,
            "the option says something that this protoc-gen-secure does not know",
            "compile rules and their schema together, with the schema of this protoc-gen-secure",
        );
    }
    Ok(Some(T::decode(encoded.as_slice())?))
}

fn declared(rule: descriptor::MethodRule, at: Location) -> DeclaredRule {
    let descriptor::MethodRule { public, authenticated, required_roles, denied, .. } = rule;
    let descriptor::MethodRule { required_scopes, required_credentials, peers, tenant, owner, .. } = rule;
    let tenant = tenant.map(|descriptor::TenantRule { field, claim, exempt_roles }| DeclaredBound {
        field,
        claim: Some(claim),
        exempt_roles,
    });
    let owner =
        owner.map(|descriptor::OwnerRule { field, exempt_roles }| DeclaredBound { field, claim: None, exempt_roles });
    DeclaredRule {
        at,
        public,
        authenticated,
        required_roles,
        denied,
        required_scopes,
        required_credentials,
        peers,
        tenant,
        owner,
    }
}

/// `ServiceRules.default`.
const DEFAULT: i32 = 1;

/// `ServiceRules.roles`.
const ROLES: i32 = 2;
