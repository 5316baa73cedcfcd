//! Reads the options of the schema: encoded messages in, declarations out.

use prost::{Message, Name};

use super::descriptor::{EnumValue, Options};
use super::error::ReadError;
use super::location::Sources;
use super::{DeclaredRole, DeclaredRule, wire};
use crate::diagnostic::{Diagnostics, Lint, Location};
use crate::schema::{self, MethodRule, RoleDefinition, RoleVocabulary};

/// Reads the rule of a method whose options have this path.
pub(super) fn method_rule(
    options: Option<&Options>,
    path: &[i32],
    sources: &Sources<'_>,
    found: &mut Diagnostics,
) -> Result<Option<DeclaredRule>, ReadError> {
    let at = sources.of_option(path, &[schema::NUMBER]);
    let rule = read::<MethodRule>(options, &at, found)?;
    Ok(rule.map(|rule| DeclaredRule { at, rule }))
}

/// The options of a service.
pub(super) struct ServiceRules {
    /// The rule of the methods that have none.
    pub(super) default: Option<DeclaredRule>,
    pub(super) vocabulary: Option<String>,
    /// Where the vocabulary is named.
    pub(super) at: Location,
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
    let (default_at, at) = (at("default"), at("roles"));
    let schema::ServiceRules { default, roles } = read(options, &at, found)?.unwrap_or_default();
    let default = default.map(|rule| DeclaredRule { at: default_at, rule });
    Ok(ServiceRules { default, vocabulary: filled(roles), at })
}

/// True if an enum is marked as a vocabulary.
pub(super) fn is_vocabulary(
    options: Option<&Options>,
    at: &Location,
    found: &mut Diagnostics,
) -> Result<bool, ReadError> {
    Ok(read::<RoleVocabulary>(options, at, found)?.is_some())
}

/// Reads the role of an enum value.
pub(super) fn role(value: &EnumValue, at: Location, found: &mut Diagnostics) -> Result<DeclaredRole, ReadError> {
    let definition = read::<RoleDefinition>(value.options.as_ref(), &at, found)?;
    let is_defined = definition.is_some();
    let RoleDefinition { name, includes, rust_name } = definition.unwrap_or_default();
    Ok(DeclaredRole {
        value: value.name.clone(),
        is_zero: value.number == 0,
        at,
        is_defined,
        name: filled(name),
        includes,
        rust_name: filled(rust_name),
    })
}

/// Decodes an option. An option with a field that the schema does not have is a finding.
fn read<M: Default + Message + Name>(
    options: Option<&Options>,
    at: &Location,
    found: &mut Diagnostics,
) -> Result<Option<M>, ReadError> {
    let Some(options) = options.filter(|options| !options.pieces.is_empty()) else { return Ok(None) };
    let encoded = options.pieces.concat();
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
