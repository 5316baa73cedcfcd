//! The plugin door: an encoded `CodeGeneratorRequest` in, an encoded `CodeGeneratorResponse` out.

mod message;
mod parameters;
mod places;

use prost::Message as _;

use crate::request::{GenerateError, Request};

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
pub fn respond(request: &[u8]) -> Result<Vec<u8>, RequestError> {
    let request = CodeGeneratorRequest::decode(request).map_err(|error| RequestError(error.to_string()))?;
    let response = match answer(request) {
        Ok(files) => CodeGeneratorResponse::generated(files),
        Err(GenerateError::Broken(what)) => return Err(RequestError(what)),
        Err(GenerateError::Options(what)) => CodeGeneratorResponse::refused(what),
        Err(GenerateError::Schema(found)) => CodeGeneratorResponse::refused(found.to_string()),
    };
    Ok(response.encode_to_vec())
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
) -> Result<Vec<OutputFile>, GenerateError> {
    let Parameters { options, places, include } = parameters;
    let generated = crate::generate(&Request { files, to_generate, options })?;
    Ok(generated.into_iter().flat_map(|file| places.place(file, include)).collect())
}

fn answer(request: CodeGeneratorRequest) -> Result<Vec<OutputFile>, GenerateError> {
    let CodeGeneratorRequest { to_generate, parameter, files } = request;
    generate(files, to_generate, Parameters::parse(&parameter).map_err(GenerateError::Options)?)
}
