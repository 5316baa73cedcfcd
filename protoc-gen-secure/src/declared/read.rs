//! Two passes over raw descriptors: first what exists, then, if the schema is ours, services with their options.

use std::collections::{BTreeMap, BTreeSet};

use prost::Message as _;

use super::descriptor::{self, Outline, Set};
use super::location::Sources;
use super::option::{self, ServiceRules};
use super::{Declared, DeclaredFile, DeclaredMethod, DeclaredRule, DeclaredService, DeclaredVocabulary};
use super::{NamedVocabulary, Surroundings, messages, names, schema, vocabulary};
use crate::diagnostic::Diagnostics;
use crate::request::{GenerateError, Messages, Request};

/// Reads the files to generate, and the vocabularies of all.
pub(crate) fn read(request: &Request) -> Result<Declared, GenerateError> {
    let files = Files::index(&request.files)?;
    schema::check(&files.outlines).gate(())?;
    let mut found = Diagnostics::default();
    let mut to_generate = BTreeMap::new();
    for name in &request.to_generate {
        to_generate.insert(name, file(files.raw(name)?, &mut found)?);
    }
    let to_generate = to_generate.into_values().collect::<Vec<_>>();
    let declared = Declared {
        surroundings: files.outlines.iter().map(surroundings).collect(),
        vocabularies: files.vocabularies(request, &mut found)?,
        enums: messages::enums(&files.outlines).collect::<BTreeSet<_>>(),
        messages: files.fields_for(&to_generate),
        files: to_generate,
    };
    schema::check_presence(&files.outlines, &declared, &mut found);
    Ok(found.gate(declared)?)
}

/// The files of an encoded `FileDescriptorSet`, each still encoded.
pub(crate) fn files_of_set(bytes: &[u8]) -> Result<Vec<Vec<u8>>, GenerateError> {
    Ok(Set::decode(bytes)?.files)
}

/// The files of a request after the first pass.
struct Files<'a> {
    outlines: Vec<Outline>,
    raw: BTreeMap<String, &'a [u8]>,
}

impl<'a> Files<'a> {
    fn index(files: &'a [Vec<u8>]) -> Result<Self, GenerateError> {
        let mut index = Self { outlines: Vec::new(), raw: BTreeMap::new() };
        for raw in files {
            let outline = Outline::decode(raw.as_slice())?;
            names::file(&outline.name)?;
            if index.raw.insert(outline.name.clone(), raw).is_some() {
                return Err(GenerateError::broken(format!("`{}` is in the request twice", outline.name)));
            }
            index.outlines.push(outline);
        }
        Ok(index)
    }

    fn raw(&self, name: &str) -> Result<&'a [u8], GenerateError> {
        let raw = self.raw.get(name).copied();
        raw.ok_or_else(|| GenerateError::broken(format!("`{name}` is to be generated, but not in the request")))
    }

    fn vocabularies(
        &self,
        request: &Request,
        found: &mut Diagnostics,
    ) -> Result<Vec<DeclaredVocabulary>, GenerateError> {
        let mut vocabularies = Vec::new();
        for outline in self.outlines.iter().filter(|outline| vocabulary::is_in(outline)) {
            names::package(outline.package.clone())?;
            let source = descriptor::File::decode(self.raw(&outline.name)?)?.source;
            let sources = Sources::new(&outline.name, source.as_ref());
            let is_generated = request.messages == Messages::All || request.to_generate.contains(&outline.name);
            let reader = vocabulary::Reader { outline, sources: &sources, is_generated, found };
            vocabularies.extend(reader.vocabularies()?);
        }
        Ok(vocabularies)
    }

    fn fields_for(&self, files: &[DeclaredFile]) -> BTreeMap<String, Vec<super::DeclaredField>> {
        let names_field = |rule: &DeclaredRule| rule.tenant.is_some() || rule.owner.is_some();
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

fn file(raw: &[u8], found: &mut Diagnostics) -> Result<DeclaredFile, GenerateError> {
    let descriptor::File { name, package, dependencies, services, source, option_dependencies } =
        descriptor::File::decode(raw)?;
    let sources = Sources::new(&name, source.as_ref());
    let services = services.into_iter().zip(0..).map(|(item, index)| service(item, index, &sources, found));
    let services = services.collect::<Result<_, _>>()?;
    let imports = dependencies.into_iter().chain(option_dependencies).collect::<Vec<_>>();
    let imports_schema = imports.iter().any(|name| name.ends_with(schema::FILE));
    Ok(DeclaredFile { package: names::package(package)?, imports_schema, imports, services, name })
}

fn service(
    item: descriptor::Service,
    index: i32,
    sources: &Sources<'_>,
    found: &mut Diagnostics,
) -> Result<DeclaredService, GenerateError> {
    let path = [SERVICES, index];
    let options = [&path[..], &[SERVICE_OPTIONS]].concat();
    let ServiceRules { default, vocabulary, at } =
        option::service_rules(item.options.as_ref(), &options, sources, found)?;
    let methods = item.methods.into_iter().zip(0..);
    let methods = methods.map(|(item, index)| method(item, [SERVICES, path[1], METHODS, index], sources, found));
    Ok(DeclaredService {
        methods: methods.collect::<Result<_, _>>()?,
        name: names::identifier(item.name)?,
        at: sources.at(&path),
        comments: sources.comments(&path),
        default,
        vocabulary: vocabulary.map(|name| NamedVocabulary { name, at }),
    })
}

fn method(
    item: descriptor::Method,
    path: [i32; 4],
    sources: &Sources<'_>,
    found: &mut Diagnostics,
) -> Result<DeclaredMethod, GenerateError> {
    let options = [&path[..], &[METHOD_OPTIONS]].concat();
    Ok(DeclaredMethod {
        rule: option::method_rule(item.options.as_ref(), &options, sources, found)?,
        name: names::identifier(item.name)?,
        at: sources.at(&path),
        comments: sources.comments(&path),
        client_streaming: item.client_streaming,
        server_streaming: item.server_streaming,
        request: names::message(item.request)?,
        response: names::message(item.response)?,
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
mod tests {
    use expect_test::{Expect, expect};
    use prost::Message as _;

    use super::descriptor::{File, Method, Options};
    use crate::request::Request;
    use crate::testing::{answer, orders, request};

    #[track_caller]
    fn check(request: &Request, expected: Expect) {
        expected.assert_eq(&answer(request));
    }

    fn public() -> Request {
        let service = "service Orders { rpc Get(Order) returns (Order) { option (secure.v1.method).public = true; } }";
        request(&[("orders.proto", &orders(service))])
    }

    /// A public method after a change that no compiler makes.
    fn changed(change: impl Fn(&mut Method)) -> Request {
        let mut request = public();
        for raw in &mut request.files {
            let mut file = File::decode(raw.as_slice()).expect("a file");
            let methods = file.services.iter_mut().flat_map(|service| &mut service.methods).map(&change);
            if methods.count() > 0 {
                *raw = file.encode_to_vec();
            }
        }
        request
    }

    fn with_rule(pieces: &[&[u8]]) -> Request {
        let pieces = pieces.iter().map(|piece| piece.to_vec()).collect::<Vec<_>>();
        changed(|method| method.options = Some(Options { pieces: pieces.clone() }))
    }

    #[test]
    fn a_rule_with_an_unknown_field_is_refused() {
        check(
            &with_rule(&[&[0x08, 1, 0x78, 1]]),
            expect![[r#"
                1 error in the schema
                orders.proto:2:51: error[schema-mismatch]: the option says something that this protoc-gen-secure does not know
                  help: compile rules and their schema together, with the schema of this protoc-gen-secure
            "#]],
        );
    }

    #[test]
    fn a_flag_that_is_set_twice_is_refused() {
        check(
            &with_rule(&[&[0x08, 0], &[0x08, 1]]),
            expect![[r#"
                1 error in the schema
                orders.proto:2:51: error[schema-mismatch]: the option says something that this protoc-gen-secure does not know
                  help: compile rules and their schema together, with the schema of this protoc-gen-secure
            "#]],
        );
    }

    #[test]
    fn the_pieces_of_a_rule_are_one_rule() {
        check(
            &with_rule(&[&[0x08, 1], &[0x10, 1]]),
            expect![[r#"
            1 error in the schema
            orders.proto:2:51: error[contradictory-rule]: the rule of `Orders.Get` says `public` and `authenticated`
              help: keep one: `public` or `authenticated`
        "#]],
        );
    }

    #[test]
    fn an_empty_piece_says_nothing() {
        check(
            &with_rule(&[&[]]),
            expect![[r#"
                1 error in the schema
                orders.proto:2:51: error[empty-rule]: the rule of `Orders.Get` says nothing
                  help: write `required_roles: ["..."]`, `authenticated: true`, `public: true` or `denied: true`; an empty list of roles is no rule
            "#]],
        );
    }

    #[test]
    fn a_rule_that_does_not_decode_breaks_the_request() {
        check(
            &with_rule(&[&[0x0a, 1]]),
            expect![[r#"
                broken request: failed to decode Protobuf message: buffer underflow
            "#]],
        );
    }

    #[test]
    fn names_that_no_compiler_lets_pass_break_the_request() {
        check(
            &changed(|method| method.name = "Get Order".to_owned()),
            expect![[r#"
            broken request: "Get Order" is no name a protobuf compiler lets pass
        "#]],
        );
        check(
            &changed(|method| method.request = "Order".to_owned()),
            expect![[r#"
            broken request: "Order" is no name a protobuf compiler lets pass
        "#]],
        );
        check(
            &changed(|method| method.response = String::new()),
            expect![[r#"
            broken request: "" is no name a protobuf compiler lets pass
        "#]],
        );
    }

    #[test]
    fn a_file_name_with_a_line_break_breaks_the_request() {
        let file = File { name: "orders.proto\nfn main() {}".to_owned(), ..File::default() };
        check(
            &Request { files: vec![file.encode_to_vec()], ..Request::default() },
            expect![[r#"
            broken request: "orders.proto\nfn main() {}" is no name a protobuf compiler lets pass
        "#]],
        );
    }

    #[test]
    fn an_option_import_is_an_import() {
        let mut request = with_rule(&[]);
        for raw in &mut request.files {
            let file = File::decode(raw.as_slice()).expect("a file");
            if !file.services.is_empty() {
                let option_dependencies = file.dependencies;
                *raw = File { dependencies: Vec::new(), option_dependencies, ..file }.encode_to_vec();
            }
        }
        check(
            &request,
            expect![[r#"
                2 errors in the schema
                orders.proto: error[options-missing]: the file imports `secure/v1/options.proto`, but not one of its methods has a rule
                  help: if rules are written there, something removed them: `exclude_types` in buf.gen.yaml, or prost-types (use protox's `encode_file_descriptor_set()`)
                orders.proto:2:18: error[missing-rule]: `Orders.Get` has no rule
                  help: add `option (secure.v1.method) = { required_roles: ["..."] };` to the method; other rules are `{ authenticated: true }`, `{ public: true }` and `{ denied: true }`
            "#]],
        );
    }

    #[test]
    fn a_file_to_generate_has_to_be_in_the_request() {
        check(
            &Request { to_generate: vec!["carts.proto".to_owned()], ..public() },
            expect![[r#"
            broken request: `carts.proto` is to be generated, but not in the request
        "#]],
        );
    }

    #[test]
    fn a_file_is_in_the_request_once() {
        let mut request = public();
        request.files.extend(request.files.clone());
        check(
            &request,
            expect![[r#"
            broken request: `google/protobuf/descriptor.proto` is in the request twice
        "#]],
        );
    }

    #[test]
    fn a_file_that_does_not_decode_breaks_the_request() {
        check(
            &Request { files: vec![vec![0xff]], ..Request::default() },
            expect![[r#"
            broken request: failed to decode Protobuf message: invalid varint
        "#]],
        );
    }

    #[test]
    fn a_finding_without_source_info_names_the_file() {
        let mut request = with_rule(&[]);
        for raw in &mut request.files {
            let file = File::decode(raw.as_slice()).expect("a file");
            if !file.services.is_empty() {
                *raw = File { source: None, ..file }.encode_to_vec();
            }
        }
        check(
            &request,
            expect![[r#"
                2 errors in the schema
                orders.proto: error[missing-rule]: `Orders.Get` has no rule
                  help: add `option (secure.v1.method) = { required_roles: ["..."] };` to the method; other rules are `{ authenticated: true }`, `{ public: true }` and `{ denied: true }`
                orders.proto: error[options-missing]: the file imports `secure/v1/options.proto`, but not one of its methods has a rule
                  help: if rules are written there, something removed them: `exclude_types` in buf.gen.yaml, or prost-types (use protox's `encode_file_descriptor_set()`)
            "#]],
        );
    }
}
