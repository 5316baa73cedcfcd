//! What the tests of this crate share: text in, text out.

use prost::Message as _;
use protox::Compiler;
use protox::file::{ChainFileResolver, File, FileResolver, GoogleFileResolver};

use crate::declared::{self, Descriptors};
use crate::request::{Generated, Request};
use crate::rust::services_file;
use crate::schema::EmbeddedSchema;

/// Compiles files given as pairs of name and text.
pub(crate) fn request(files: &[(&str, &str)]) -> Request {
    let names = files.iter().map(|(name, _)| (*name).to_owned()).collect();
    request_of_set(&set(files), names)
}

/// A request of an encoded `FileDescriptorSet`.
pub(crate) fn request_of_set(set: &[u8], to_generate: Vec<String>) -> Request {
    let files = declared::files_of_set(set).expect("a set");
    let descriptors = Descriptors { files, to_generate, ..Descriptors::default() };
    Request { descriptors, ..Request::default() }
}

/// Compiles files to a `FileDescriptorSet`.
pub(crate) fn set(files: &[(&str, &str)]) -> Vec<u8> {
    let mut resolver = ChainFileResolver::new();
    resolver.add(Texts(files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()));
    resolver.add(EmbeddedSchema);
    resolver.add(GoogleFileResolver::new());
    let mut compiler = Compiler::with_file_resolver(resolver);
    compiler.include_imports(true).include_source_info(true);
    compiler.open_files(files.iter().map(|(name, _)| name)).expect("files that compile");
    compiler.encode_file_descriptor_set()
}

/// What prost-types keeps of a set.
pub(crate) fn through_prost_types(set: &[u8]) -> Vec<u8> {
    prost_types::FileDescriptorSet::decode(set).expect("a set").encode_to_vec()
}

/// `orders.proto` with this text from its second line on.
pub(crate) fn orders(text: &str) -> String {
    format!("{PREAMBLE}\n{text}")
}

/// What the generator says to a request: the findings, or the names of the files.
pub(crate) fn answer(request: &Request) -> String {
    match crate::generate(request) {
        Ok(Generated { files, warnings, .. }) => {
            let warnings = warnings.iter().map(|warning| format!("{warning}\n"));
            warnings.chain(files.iter().map(|file| format!("{}\n", services_file(&file.package)))).collect()
        }
        Err(error) => format!("{error}\n"),
    }
}

/// What the generator says to `orders.proto` with this text from its second line on.
pub(crate) fn diagnose(text: &str) -> String {
    answer(&request(&[("orders.proto", &orders(text))]))
}

struct Texts(Vec<(String, String)>);

impl FileResolver for Texts {
    fn open_file(&self, name: &str) -> Result<File, protox::Error> {
        let text = self.0.iter().find(|(file, _)| file == name).map(|(_, text)| text);
        text.map_or_else(|| Err(protox::Error::file_not_found(name)), |text| File::from_source(name, text))
    }
}

const PREAMBLE: &str = r#"syntax = "proto3"; package shop.v1; import "secure/v1/options.proto"; message Order {}"#;
