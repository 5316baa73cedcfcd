//! Enums that are vocabularies of roles.

use super::descriptor::{Enum, Message, Options, Outline};
use super::error::ReadError;
use super::location::Sources;
use super::{DeclaredVocabulary, join, option};
use crate::diagnostic::Diagnostics;

/// True if the file has an enum with an option of the schema, so that [`Reader`] is needed.
pub(super) fn is_in(outline: &Outline) -> bool {
    outline.enums.iter().chain(outline.messages.iter().flat_map(nested)).any(has_option_of_schema)
}

fn nested(message: &Message) -> Vec<&Enum> {
    message.enums.iter().chain(message.messages.iter().flat_map(nested)).collect()
}

fn has_option_of_schema(item: &Enum) -> bool {
    let has_option = |options: &Option<Options>| options.as_ref().is_some_and(|options| !options.pieces.is_empty());
    has_option(&item.options) || item.values.iter().any(|value| has_option(&value.options))
}

/// Reads the enums of one file that have an option of the schema.
pub(super) struct Reader<'a> {
    pub(super) outline: &'a Outline,
    pub(super) sources: &'a Sources<'a>,
    pub(super) is_generated: bool,
    pub(super) found: &'a mut Diagnostics,
}

impl Reader<'_> {
    pub(super) fn vocabularies(mut self) -> Result<Vec<DeclaredVocabulary>, ReadError> {
        let Outline { package, enums, messages, .. } = self.outline;
        let mut vocabularies = Vec::new();
        for (item, index) in enums.iter().zip(0..) {
            vocabularies.extend(self.vocabulary(package, item, &[ENUMS, index])?);
        }
        for (item, index) in messages.iter().zip(0..) {
            self.message(package, item, &[MESSAGES, index], &mut vocabularies)?;
        }
        Ok(vocabularies)
    }

    fn message(
        &mut self,
        scope: &str,
        message: &Message,
        path: &[i32],
        vocabularies: &mut Vec<DeclaredVocabulary>,
    ) -> Result<(), ReadError> {
        let scope = join(scope, &message.name);
        for (item, index) in message.enums.iter().zip(0..) {
            vocabularies.extend(self.vocabulary(&scope, item, &[path, &[NESTED_ENUMS, index]].concat())?);
        }
        for (item, index) in message.messages.iter().zip(0..) {
            self.message(&scope, item, &[path, &[NESTED_MESSAGES, index]].concat(), vocabularies)?;
        }
        Ok(())
    }

    fn vocabulary(&mut self, scope: &str, item: &Enum, path: &[i32]) -> Result<Option<DeclaredVocabulary>, ReadError> {
        if !has_option_of_schema(item) {
            return Ok(None);
        }
        let at = self.sources.at(path);
        let roles = item.values.iter().zip(0..).map(|(value, index)| {
            let at = self.sources.at(&[path, &[VALUES, index]].concat());
            option::role(value, at, self.found)
        });
        Ok(Some(DeclaredVocabulary {
            roles: roles.collect::<Result<_, _>>()?,
            is_marked: option::is_vocabulary(item.options.as_ref(), &at, self.found)?,
            name: join(scope, &item.name),
            package: self.outline.package.clone(),
            file: self.outline.name.clone(),
            at,
            is_generated: self.is_generated,
        }))
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
