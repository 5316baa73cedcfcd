//! The plugin door: an encoded `CodeGeneratorRequest` in, an encoded `CodeGeneratorResponse` out.

mod message;
mod parameters;
mod places;

use prost::Message as _;

use crate::diagnostic::Warnings;
use crate::manifest::Manifest;
use crate::request::{GenerateError, Generated, Messages, Request};

pub(crate) use message::OutputFile;
pub(crate) use parameters::Parameters;

use message::{CodeGeneratorRequest, CodeGeneratorResponse};

/// Answers protoc or buf.
///
/// What is wrong with the schema or the parameters is part of the answer, for the compiler to print.
///
/// # Errors
///
/// Says what keeps the request from being one that a protobuf compiler makes.
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

    /// What is worth a look in a schema that generates all the same, as `file:line:column: warning[rule]: message`. A
    /// response has no place for it.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }
}

/// Why a request has no answer.
#[derive(Debug, thiserror::Error)]
#[error("broken request: {0}")]
pub struct RequestError(String);

/// Generates, and puts each file in its place.
pub(crate) fn generate(
    files: Vec<Vec<u8>>,
    to_generate: Vec<String>,
    parameters: Parameters,
) -> Result<Output, GenerateError> {
    let Parameters { options, places, include, manifest_path } = parameters;
    let request = Request { files, to_generate, messages: Messages::ToGenerate, options };
    let Generated { files, manifest, warnings } = crate::generate(&request)?;
    let of_all = manifest_path.map(|name| OutputFile { name, insertion_point: None, content: manifest.to_text() });
    let files = files.into_iter().flat_map(|file| places.place(file, include)).chain(of_all);
    Ok(Output { files: files.collect(), manifest, warnings })
}

/// Files in their places, and what the user should know all the same.
pub(crate) struct Output {
    pub(crate) files: Vec<OutputFile>,
    /// The rules of all packages, whether a file holds them or not.
    pub(crate) manifest: Manifest,
    pub(crate) warnings: Warnings,
}

fn answer(request: CodeGeneratorRequest) -> Result<Output, GenerateError> {
    let CodeGeneratorRequest { to_generate, parameter, files } = request;
    generate(files, to_generate, Parameters::parse(&parameter).map_err(GenerateError::Options)?)
}
