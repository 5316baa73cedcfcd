//! The entry point for protoc and buf: an encoded `CodeGeneratorRequest` in, an encoded `CodeGeneratorResponse` out.

mod message;
mod parameters;
mod places;

use prost::Message as _;

use crate::declared::Descriptors;
use crate::diagnostic::Warnings;
use crate::manifest::Manifest;
use crate::request::{GenerateError, Generated, Request};

pub(crate) use message::OutputFile;
pub(crate) use parameters::Parameters;

use message::{CodeGeneratorRequest, CodeGeneratorResponse};

/// Answers protoc or buf.
///
/// A mistake in the schema or the parameters is part of the answer, and the compiler prints it.
/// `protoc-gen-secure --help` describes the parameters. Default: a server and a client for each service.
///
/// # Errors
///
/// The bytes are not a request that a protobuf compiler makes.
pub fn respond(request: &[u8]) -> Result<Answer, RequestError> {
    let request = CodeGeneratorRequest::decode(request).map_err(|error| RequestError(error.to_string()))?;
    let mut warnings = Vec::new();
    let response = match answer(request) {
        Ok(Output { files, warnings: found, .. }) => {
            warnings.extend(found.iter());
            CodeGeneratorResponse::generated(files)
        }
        Err(GenerateError::Broken(what)) => return Err(RequestError(what)),
        Err(GenerateError::Options(what)) => CodeGeneratorResponse::refused(what),
        Err(GenerateError::Schema(found)) => CodeGeneratorResponse::refused(found.to_string()),
    };
    Ok(Answer { encoded: response.encode_to_vec(), warnings })
}

/// The answer to a protobuf compiler.
#[derive(Clone, Debug)]
pub struct Answer {
    encoded: Vec<u8>,
    warnings: Vec<String>,
}

impl Answer {
    /// The encoded `CodeGeneratorResponse`.
    pub fn encoded(&self) -> &[u8] {
        &self.encoded
    }

    /// Findings that do not stop the generator, as `file:line:column: warning[lint]: message`. A response has no field for
    /// them, so print them to stderr.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }
}

/// The request is not one that a protobuf compiler makes.
#[derive(Debug, thiserror::Error)]
#[error("broken request: {0}")]
pub struct RequestError(String);

/// Generates, and puts each file in its place.
pub(crate) fn generate(descriptors: Descriptors, parameters: Parameters) -> Result<Output, GenerateError> {
    let Parameters { options, places, include, manifest_path } = parameters;
    let Generated { files, manifest, warnings } = crate::generate(&Request { descriptors, options })?;
    let of_all = manifest_path.map(|name| OutputFile { name, insertion_point: None, content: manifest.to_text() });
    let files = files.into_iter().flat_map(|file| places.place(file, include)).chain(of_all);
    Ok(Output { files: files.collect(), manifest, warnings })
}

/// Files in their places, and warnings.
pub(crate) struct Output {
    pub(crate) files: Vec<OutputFile>,
    /// The rules of all packages, whether a file holds them or not.
    pub(crate) manifest: Manifest,
    pub(crate) warnings: Warnings,
}

fn answer(request: CodeGeneratorRequest) -> Result<Output, GenerateError> {
    let CodeGeneratorRequest { to_generate, parameter, files } = request;
    let descriptors = Descriptors { files, to_generate, ..Descriptors::default() };
    generate(descriptors, Parameters::parse(&parameter).map_err(GenerateError::Options)?)
}
