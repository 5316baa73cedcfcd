//! The generator, as a function of texts.

use std::collections::BTreeSet;
use std::path::Path;

use prost::Message as _;
use prost_types::compiler::CodeGeneratorResponse;
use protox::Compiler;
use protox::file::{ChainFileResolver, File, FileResolver, GoogleFileResolver, IncludeFileResolver};
use serde_json::{Map, Value, json};

/// What the generator says to a schema.
#[derive(Debug, Default)]
pub(crate) struct Output {
    /// The rules of its errors.
    pub(crate) errors: BTreeSet<String>,
    /// The rules of its warnings.
    pub(crate) warnings: BTreeSet<String>,
    /// The manifest of all packages; null if there are errors.
    pub(crate) manifest: Value,
    /// How many files there are of any kind.
    pub(crate) files: usize,
}

impl Output {
    /// The rules of a service that generates.
    #[track_caller]
    pub(crate) fn service(&self, name: &str) -> Value {
        assert!(self.errors.is_empty(), "{:?}", self.errors);
        rules(name, &self.manifest["services"][name])
    }
}

/// Generates for files that compile, given as pairs of name and text.
#[track_caller]
pub(crate) fn generate(files: &[(&str, &str)]) -> Output {
    answer(compile(files).unwrap_or_else(|error| panic!("{error:?}")), files.iter().map(|(name, _)| *name))
}

/// An encoded `FileDescriptorSet`, or what the compiler says.
pub(crate) fn compile(files: &[(&str, &str)]) -> Result<Vec<u8>, protox::Error> {
    let mut resolver = ChainFileResolver::new();
    resolver.add(Texts(files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()));
    resolver.add(IncludeFileResolver::new(Path::new("../proto").to_owned()));
    resolver.add(GoogleFileResolver::new());
    let mut compiler = Compiler::with_file_resolver(resolver);
    compiler.include_imports(true).include_source_info(true).open_files(files.iter().map(|(name, _)| name))?;
    Ok(compiler.encode_file_descriptor_set())
}

/// Generates for all of a set that is named here, but the schema of the rules.
pub(crate) fn answer<'a>(set: Vec<u8>, to_generate: impl Iterator<Item = &'a str>) -> Output {
    let Set { files } = Set::decode(set.as_slice()).unwrap();
    let to_generate = to_generate.filter(|name| *name != SCHEMA).map(str::to_owned).collect();
    let request = Request { to_generate, parameter: "manifest_path=policy.json".to_owned(), files };
    let answer = protoc_gen_secure::respond(&request.encode_to_vec()).unwrap();
    let response = CodeGeneratorResponse::decode(answer.encoded()).unwrap();
    let manifest = response.file.iter().find(|file| file.name() == "policy.json");
    Output {
        errors: found(response.error(), "error["),
        warnings: answer.warnings().iter().flat_map(|warning| found(warning, "warning[")).collect(),
        manifest: manifest.map_or(Value::Null, |file| serde_json::from_str(file.content()).unwrap()),
        files: response.file.len(),
    }
}

/// What the digest of a service is made of, from its entry in a manifest.
#[track_caller]
pub(crate) fn rules(name: &str, service: &Value) -> Value {
    let methods = service["methods"].as_object().unwrap_or_else(|| panic!("no service {name}"));
    let methods = methods.iter().map(|(name, method)| (name.clone(), method["rule"].clone()));
    json!({ "methods": methods.collect::<Map<_, _>>(), "service": name })
}

/// The names of rules in findings.
fn found(findings: &str, severity: &str) -> BTreeSet<String> {
    let rules = findings.lines().filter_map(|line| line.split_once(&format!(": {severity}"))?.1.split_once("]: "));
    rules.map(|(rule, _)| rule.to_owned()).collect()
}

struct Texts(Vec<(String, String)>);

impl FileResolver for Texts {
    fn open_file(&self, name: &str) -> Result<File, protox::Error> {
        let text = self.0.iter().find(|(file, _)| file == name).map(|(_, text)| text);
        text.map_or_else(|| Err(protox::Error::file_not_found(name)), |text| File::from_source(name, text))
    }
}

/// `FileDescriptorSet`, its files undecoded, as prost-types drops our options.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Set {
    #[prost(bytes = "vec", repeated, tag = "1")]
    pub(crate) files: Vec<Vec<u8>>,
}

/// `CodeGeneratorRequest`, its files undecoded.
#[derive(Clone, PartialEq, prost::Message)]
struct Request {
    #[prost(string, repeated, tag = "1")]
    to_generate: Vec<String>,
    #[prost(string, tag = "2")]
    parameter: String,
    #[prost(bytes = "vec", repeated, tag = "15")]
    files: Vec<Vec<u8>>,
}

const SCHEMA: &str = "secure/v1/options.proto";
