//! Reads the options of the schema: encoded messages in, declarations out.

use prost::{Message, Name};

use super::descriptor::{Enum, EnumOptions, EnumValue, Options};
use super::error::ReadError;
use super::location::Sources;
use super::{DeclaredRole, DeclaredRule, DeclaredScope, NamedVocabulary, wire};
use crate::diagnostic::{Diagnostics, Lint, Location};
use crate::schema::{self, MethodRule, RoleDefinition, RoleVocabulary, ScopeDefinition, ScopeVocabulary};

/// Reads the rule of a method whose options have this path.
pub(super) fn method_rule(
    options: Option<&Options>,
    path: &[i32],
    sources: &Sources<'_>,
    found: &mut Diagnostics,
) -> Result<Option<DeclaredRule>, ReadError> {
    let at = sources.of_option(path, &[schema::NUMBER]);
    let rule = read::<MethodRule>(pieces(options), &at, found)?;
    Ok(rule.map(|rule| DeclaredRule { at, rule }))
}

/// The options of a service.
pub(super) struct ServiceRules {
    /// The rule of the methods that have none.
    pub(super) default: Option<DeclaredRule>,
    pub(super) roles: Option<NamedVocabulary>,
    pub(super) scopes: Option<NamedVocabulary>,
}

/// Reads the options of a service, which have this path.
pub(super) fn service_rules(
    options: Option<&Options>,
    path: &[i32],
    sources: &Sources<'_>,
    found: &mut Diagnostics,
) -> Result<ServiceRules, ReadError> {
    let at = |field| {
        let path_of_field = [schema::NUMBER].into_iter().chain(schema::field_number::<schema::ServiceRules>(field));
        sources.of_option(path, &path_of_field.collect::<Vec<_>>())
    };
    let schema::ServiceRules { default, roles, scopes } =
        read(pieces(options), &at("roles"), found)?.unwrap_or_default();
    let named = |name, field| filled(name).map(|name| NamedVocabulary { name, at: at(field) });
    Ok(ServiceRules {
        default: default.map(|rule| DeclaredRule { at: at("default"), rule }),
        roles: named(roles, "roles"),
        scopes: named(scopes, "scopes"),
    })
}

/// True if an enum is marked as a vocabulary of roles.
pub(super) fn has_roles(item: &Enum, at: &Location, found: &mut Diagnostics) -> Result<bool, ReadError> {
    Ok(read::<RoleVocabulary>(role_pieces(item.options.as_ref()), at, found)?.is_some())
}

/// True if an enum is marked as a vocabulary of scopes.
pub(super) fn has_scopes(item: &Enum, at: &Location, found: &mut Diagnostics) -> Result<bool, ReadError> {
    Ok(read::<ScopeVocabulary>(scope_pieces(item.options.as_ref()), at, found)?.is_some())
}

/// Reads the role of an enum value.
pub(super) fn role(value: &EnumValue, at: Location, found: &mut Diagnostics) -> Result<DeclaredRole, ReadError> {
    let definition = read::<RoleDefinition>(role_pieces(value.options.as_ref()), &at, found)?;
    let is_defined = definition.is_some();
    let RoleDefinition { name, includes, rust_name, description, sensitive } = definition.unwrap_or_default();
    Ok(DeclaredRole {
        value: value.name.clone(),
        is_zero: value.number == 0,
        at,
        is_defined,
        name: filled(name),
        includes,
        rust_name: filled(rust_name),
        description: filled(description),
        is_sensitive: sensitive,
    })
}

/// Reads the scope of an enum value.
pub(super) fn scope(value: &EnumValue, at: Location, found: &mut Diagnostics) -> Result<DeclaredScope, ReadError> {
    let definition = read::<ScopeDefinition>(scope_pieces(value.options.as_ref()), &at, found)?;
    let is_defined = definition.is_some();
    let ScopeDefinition { name, description } = definition.unwrap_or_default();
    Ok(DeclaredScope {
        value: value.name.clone(),
        is_zero: value.number == 0,
        at,
        is_defined,
        name: filled(name),
        description: filled(description),
    })
}

fn pieces(options: Option<&Options>) -> &[Vec<u8>] {
    options.map_or(&[], |options| &options.pieces)
}

fn role_pieces(options: Option<&EnumOptions>) -> &[Vec<u8>] {
    options.map_or(&[], |options| &options.roles)
}

fn scope_pieces(options: Option<&EnumOptions>) -> &[Vec<u8>] {
    options.map_or(&[], |options| &options.scopes)
}

/// Decodes an option. An option with a field that the schema does not have is a finding.
fn read<M: Default + Message + Name>(
    pieces: &[Vec<u8>],
    at: &Location,
    found: &mut Diagnostics,
) -> Result<Option<M>, ReadError> {
    if pieces.is_empty() {
        return Ok(None);
    }
    let encoded = pieces.concat();
    if !wire::covers(&schema::message::<M>(), &encoded)? {
        found.error(
            Lint::SchemaMismatch,
            at,
            "the option has a field that this protoc-gen-secure does not know, or repeats one",
            "compile the rules with the `secure/v1/options.proto` of this protoc-gen-secure",
        );
    }
    Ok(Some(M::decode(encoded.as_slice())?))
}

fn filled(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}
