//! Enums that are vocabularies of roles or of scopes.

use super::descriptor::{Enum, EnumOptions, Message, Outline};
use super::error::ReadError;
use super::location::Sources;
use super::{DeclaredScopes, DeclaredVocabularies, DeclaredVocabulary, join, option};
use crate::diagnostic::{Diagnostics, Location};

/// True if the file has an enum with an option of the schema, so that [`Reader`] is needed.
pub(super) fn is_in(outline: &Outline) -> bool {
    let enums = outline.enums.iter().chain(outline.messages.iter().flat_map(nested));
    enums.into_iter().any(|item| has(item, has_roles) || has(item, has_scopes))
}

fn nested(message: &Message) -> Vec<&Enum> {
    message.enums.iter().chain(message.messages.iter().flat_map(nested)).collect()
}

/// True for the options of an enum or of one of its values.
fn has(item: &Enum, test: impl Fn(&EnumOptions) -> bool) -> bool {
    let of_values = item.values.iter().map(|value| &value.options);
    of_values.chain([&item.options]).flatten().any(test)
}

fn has_roles(options: &EnumOptions) -> bool {
    !options.roles.is_empty()
}

fn has_scopes(options: &EnumOptions) -> bool {
    !options.scopes.is_empty()
}

/// Reads the enums of one file that have an option of the schema.
pub(super) struct Reader<'a> {
    pub(super) outline: &'a Outline,
    pub(super) sources: &'a Sources<'a>,
    pub(super) is_generated: bool,
    pub(super) found: &'a mut Diagnostics,
}

impl Reader<'_> {
    pub(super) fn read(mut self, vocabularies: &mut DeclaredVocabularies) -> Result<(), ReadError> {
        let Outline { package, enums, messages, .. } = self.outline;
        for (item, index) in enums.iter().zip(0..) {
            self.item(package, item, &[ENUMS, index], vocabularies)?;
        }
        for (item, index) in messages.iter().zip(0..) {
            self.message(package, item, &[MESSAGES, index], vocabularies)?;
        }
        Ok(())
    }

    fn message(
        &mut self,
        scope: &str,
        message: &Message,
        path: &[i32],
        vocabularies: &mut DeclaredVocabularies,
    ) -> Result<(), ReadError> {
        let scope = join(scope, &message.name);
        for (item, index) in message.enums.iter().zip(0..) {
            self.item(&scope, item, &[path, &[NESTED_ENUMS, index]].concat(), vocabularies)?;
        }
        for (item, index) in message.messages.iter().zip(0..) {
            self.message(&scope, item, &[path, &[NESTED_MESSAGES, index]].concat(), vocabularies)?;
        }
        Ok(())
    }

    fn item(
        &mut self,
        scope: &str,
        item: &Enum,
        path: &[i32],
        vocabularies: &mut DeclaredVocabularies,
    ) -> Result<(), ReadError> {
        let name = join(scope, &item.name);
        if has(item, has_roles) {
            vocabularies.roles.push(self.roles(name.clone(), item, path)?);
        }
        if has(item, has_scopes) {
            vocabularies.scopes.push(self.scopes(name, item, path)?);
        }
        Ok(())
    }

    fn roles(&mut self, name: String, item: &Enum, path: &[i32]) -> Result<DeclaredVocabulary, ReadError> {
        let at = self.sources.at(path);
        let roles = item.values.iter().zip(0..).map(|(value, index)| {
            let at = self.value_at(path, index);
            option::role(value, at, self.found)
        });
        Ok(DeclaredVocabulary {
            roles: roles.collect::<Result<_, _>>()?,
            is_marked: option::has_roles(item, &at, self.found)?,
            name,
            package: self.outline.package.clone(),
            file: self.outline.name.clone(),
            at,
            is_generated: self.is_generated,
        })
    }

    fn scopes(&mut self, name: String, item: &Enum, path: &[i32]) -> Result<DeclaredScopes, ReadError> {
        let at = self.sources.at(path);
        let scopes = item.values.iter().zip(0..).map(|(value, index)| {
            let at = self.value_at(path, index);
            option::scope(value, at, self.found)
        });
        Ok(DeclaredScopes {
            scopes: scopes.collect::<Result<_, _>>()?,
            is_marked: option::has_scopes(item, &at, self.found)?,
            name,
            package: self.outline.package.clone(),
            file: self.outline.name.clone(),
            at,
        })
    }

    fn value_at(&self, path: &[i32], index: i32) -> Location {
        self.sources.at(&[path, &[VALUES, index]].concat())
    }
}

/// `FileDescriptorProto.message_type`.
const MESSAGES: i32 = 4;

/// `FileDescriptorProto.enum_type`.
const ENUMS: i32 = 5;

/// `DescriptorProto.nested_type`.
const NESTED_MESSAGES: i32 = 3;

/// `DescriptorProto.enum_type`.
const NESTED_ENUMS: i32 = 4;

/// `EnumDescriptorProto.value`.
const VALUES: i32 = 2;
