//! Two passes over encoded descriptors. The first reads names. The second reads services with their options, and runs only
//! if the request has the same schema.

use std::collections::{BTreeMap, BTreeSet};

use prost::Message as _;

use super::descriptor::{self, Outline, Set};
use super::error::ReadError;
use super::location::Sources;
use super::option::{self, ServiceRules};
use super::{Declared, DeclaredFile, DeclaredMethod, DeclaredRule, DeclaredService, DeclaredVocabularies, Descriptors};
use super::{Messages, Surroundings, identifier, messages, schema_match, vocabulary};
use crate::diagnostic::Diagnostics;
use crate::schema;

/// Reads the files to generate, and the vocabularies of all.
pub(crate) fn read(request: &Descriptors) -> Result<Declared, ReadError> {
    let files = Files::index(&request.files)?;
    schema_match::check(&files.outlines).gate(())?;
    let mut found = Diagnostics::default();
    let imported = files.outlines.iter().flat_map(|outline| &outline.dependencies).map(String::as_str);
    let imported = imported.collect::<BTreeSet<_>>();
    let mut to_generate = BTreeMap::new();
    for name in &request.to_generate {
        let file = file(files.raw(name)?, &mut found)?;
        to_generate.insert(name, DeclaredFile { is_imported: imported.contains(name.as_str()), ..file });
    }
    let to_generate = to_generate.into_values().collect::<Vec<_>>();
    let declared = Declared {
        surroundings: files.outlines.iter().map(surroundings).collect(),
        vocabularies: files.vocabularies(request, &mut found)?,
        enums: messages::enums(&files.outlines).collect::<BTreeSet<_>>(),
        messages: files.fields_for(&to_generate),
        files: to_generate,
        is_from_source: request.is_from_source,
    };
    schema_match::check_presence(&files.outlines, &declared, &mut found);
    Ok(found.gate(declared)?)
}

/// The files of an encoded `FileDescriptorSet`, each still encoded.
pub(crate) fn files_of_set(bytes: &[u8]) -> Result<Vec<Vec<u8>>, ReadError> {
    Ok(Set::decode(bytes)?.files)
}

/// The files of a request after the first pass.
struct Files<'a> {
    outlines: Vec<Outline>,
    raw: BTreeMap<String, &'a [u8]>,
}

impl<'a> Files<'a> {
    fn index(files: &'a [Vec<u8>]) -> Result<Self, ReadError> {
        let mut index = Self { outlines: Vec::new(), raw: BTreeMap::new() };
        for raw in files {
            let outline = Outline::decode(raw.as_slice())?;
            identifier::outline(&outline)?;
            if index.raw.insert(outline.name.clone(), raw).is_some() {
                return Err(ReadError::broken(format!("`{}` is in the request twice", outline.name)));
            }
            index.outlines.push(outline);
        }
        Ok(index)
    }

    fn raw(&self, name: &str) -> Result<&'a [u8], ReadError> {
        let raw = self.raw.get(name).copied();
        raw.ok_or_else(|| ReadError::broken(format!("`{name}` is to be generated, but not in the request")))
    }

    fn vocabularies(&self, request: &Descriptors, found: &mut Diagnostics) -> Result<DeclaredVocabularies, ReadError> {
        let mut vocabularies = DeclaredVocabularies::default();
        for outline in self.outlines.iter().filter(|outline| vocabulary::is_in(outline)) {
            let source = descriptor::File::decode(self.raw(&outline.name)?)?.source;
            let sources = Sources::new(&outline.name, source.as_ref());
            let is_generated = request.messages == Messages::All || request.to_generate.contains(&outline.name);
            vocabulary::Reader { outline, sources: &sources, is_generated, found }.read(&mut vocabularies)?;
        }
        Ok(vocabularies)
    }

    fn fields_for(&self, files: &[DeclaredFile]) -> BTreeMap<String, Vec<super::DeclaredField>> {
        let names_field = |rule: &DeclaredRule| rule.rule.tenant.is_some() || rule.rule.owner.is_some();
        let mut rules = files.iter().flat_map(DeclaredFile::rules);
        if rules.any(names_field) { messages::fields(&self.outlines) } else { BTreeMap::new() }
    }
}

fn surroundings(outline: &Outline) -> Surroundings {
    let nesting = outline.messages.iter().filter(|message| message.is_module());
    Surroundings {
        file: outline.name.clone(),
        package: outline.package.clone(),
        nesting_messages: nesting.map(|message| message.name.clone()).collect(),
    }
}

fn file(raw: &[u8], found: &mut Diagnostics) -> Result<DeclaredFile, ReadError> {
    let descriptor::File { name, package, dependencies, services, source, option_dependencies } =
        descriptor::File::decode(raw)?;
    let sources = Sources::new(&name, source.as_ref());
    let services = services.into_iter().zip(0..).map(|(item, index)| service(item, index, &sources, found));
    let services = services.collect::<Result<_, _>>()?;
    let imports = dependencies.into_iter().chain(option_dependencies).collect::<Vec<_>>();
    let imports_schema = imports.iter().any(|name| name.ends_with(schema::FILE));
    Ok(DeclaredFile { package, imports_schema, is_imported: false, imports, services, name })
}

fn service(
    item: descriptor::Service,
    index: i32,
    sources: &Sources<'_>,
    found: &mut Diagnostics,
) -> Result<DeclaredService, ReadError> {
    let path = [SERVICES, index];
    let options = [&path[..], &[SERVICE_OPTIONS]].concat();
    let ServiceRules { default, roles, scopes } =
        option::service_rules(item.options.as_ref(), &options, sources, found)?;
    let methods = item.methods.into_iter().zip(0..);
    let methods = methods.map(|(item, index)| method(item, [SERVICES, path[1], METHODS, index], sources, found));
    let mut methods = methods.collect::<Result<Vec<_>, _>>()?;
    let is_deprecated = item.options.is_some_and(|options| options.deprecated);
    methods.iter_mut().for_each(|method| method.is_deprecated |= is_deprecated);
    Ok(DeclaredService {
        methods,
        name: item.name,
        at: sources.at(&path),
        comments: sources.comments(&path),
        default,
        roles,
        scopes,
    })
}

fn method(
    item: descriptor::Method,
    path: [i32; 4],
    sources: &Sources<'_>,
    found: &mut Diagnostics,
) -> Result<DeclaredMethod, ReadError> {
    let options = [&path[..], &[METHOD_OPTIONS]].concat();
    Ok(DeclaredMethod {
        rule: option::method_rule(item.options.as_ref(), &options, sources, found)?,
        name: identifier::identifier(item.name)?,
        at: sources.at(&path),
        comments: sources.comments(&path),
        is_deprecated: item.options.is_some_and(|options| options.deprecated),
        client_streaming: item.client_streaming,
        server_streaming: item.server_streaming,
        request: identifier::message(item.request)?,
        response: identifier::message(item.response)?,
    })
}

/// `FileDescriptorProto.service`.
const SERVICES: i32 = 6;

/// `ServiceDescriptorProto.method`.
const METHODS: i32 = 2;

/// `ServiceDescriptorProto.options`.
const SERVICE_OPTIONS: i32 = 3;

/// `MethodDescriptorProto.options`.
const METHOD_OPTIONS: i32 = 4;

#[cfg(test)]
mod tests;
