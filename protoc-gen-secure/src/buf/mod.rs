//! The check plugin for buf: `buf lint` reports the lints, and `buf breaking` the rules that admit more callers.
//!
//! buf runs the program with arguments of the plugin protocol (pluginrpc, version 1): `--protocol` and `--spec`, or the path
//! of a procedure with the request on stdin. Messages are binary. A plugin of buf has no warnings, so the rules of warnings
//! run only if `buf.yaml` names them or the category `SECURE_STRICT`.
//!
//! 1. `message` has the messages of the protocol, as far as they are used.
//! 2. `rules` lists what buf may ask for.
//! 3. `options` reads what `buf.yaml` says about the plugin.
//! 4. `check` answers with annotations.

mod check;
mod message;
mod options;
mod rules;

use std::ffi::OsString;
use std::io::{self, Read};

use prost::Message as _;
use prost_types::Any;

use message::{Failure, Procedure, RpcRequest, RpcResponse, Spec};

/// Why the program cannot answer buf. A mistake in a request is not among these errors: it is part of the answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BufError {
    /// The arguments are not those of the protocol.
    #[error("the arguments {0:?} are not those of a plugin of buf: pluginrpc 1 with the format `binary`")]
    Arguments(Vec<OsString>),
    /// The request cannot be read.
    #[error("the request cannot be read: {0}")]
    Input(#[from] io::Error),
}

/// True for the arguments that buf passes to a check plugin, with or without `buf-check` in front of them.
pub fn is_asked(arguments: &[OsString]) -> bool {
    let is_of_protocol = |text: &str| matches!(text, "--protocol" | "--spec") || PROCEDURES.contains(&text);
    arguments.first().is_some_and(|first| first == NAME)
        || arguments.iter().filter_map(|argument| argument.to_str()).any(is_of_protocol)
}

/// Answers buf. `input` is read only if a procedure is called.
///
/// # Errors
///
/// The arguments are not those of the protocol, or the input cannot be read.
pub fn respond(arguments: &[OsString], mut input: impl Read) -> Result<Vec<u8>, BufError> {
    let refused = || BufError::Arguments(arguments.to_vec());
    let texts = arguments.iter().map(|argument| argument.to_str()).collect::<Option<Vec<_>>>().ok_or_else(refused)?;
    let texts = texts.strip_prefix(&[NAME]).unwrap_or(&texts);
    match without_format(texts).ok_or_else(refused)?.as_slice() {
        ["--protocol"] => Ok(b"1\n".to_vec()),
        ["--spec"] => Ok(spec().encode_to_vec()),
        [path] if PROCEDURES.contains(path) => {
            let mut request = Vec::new();
            input.read_to_end(&mut request)?;
            Ok(answer(path, &request).encode_to_vec())
        }
        _ => Err(refused()),
    }
}

/// The arguments but `--format binary`, which is the default. No other format is known.
fn without_format<'a>(arguments: &[&'a str]) -> Option<Vec<&'a str>> {
    let mut rest = Vec::new();
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        match *argument {
            "--format" => arguments.next().filter(|format| **format == "binary").map(|_| ())?,
            "--format=binary" => {}
            argument => rest.push(argument),
        }
    }
    Some(rest)
}

fn spec() -> Spec {
    let procedures = PROCEDURES.iter().map(|path| Procedure { path: (*path).to_owned() });
    Spec { procedures: procedures.collect() }
}

fn answer(path: &str, request: &[u8]) -> RpcResponse {
    let request = RpcRequest::decode(request).map_err(|error| Failure::invalid(error.to_string()));
    let request = request.map(|request| request.value.unwrap_or_default().value);
    let answered = request.and_then(|request| match path {
        CHECK => Ok(("CheckResponse", check::check(&request)?.encode_to_vec())),
        LIST_RULES => Ok(("ListRulesResponse", rules::list(&request)?.encode_to_vec())),
        _ => Ok(("ListCategoriesResponse", rules::categories().encode_to_vec())),
    });
    match answered {
        Ok((name, value)) => {
            let type_url = format!("type.googleapis.com/buf.plugin.check.v1.{name}");
            RpcResponse { value: Some(Any { type_url, value }), error: None }
        }
        Err(failure) => RpcResponse { value: None, error: Some(failure) },
    }
}

/// For `plugin: [protoc-gen-secure, buf-check]`.
const NAME: &str = "buf-check";

const CHECK: &str = "/buf.plugin.check.v1.CheckService/Check";
const LIST_RULES: &str = "/buf.plugin.check.v1.CheckService/ListRules";
const LIST_CATEGORIES: &str = "/buf.plugin.check.v1.CheckService/ListCategories";

const PROCEDURES: [&str; 3] = [CHECK, LIST_RULES, LIST_CATEGORIES];

#[cfg(test)]
mod tests;
