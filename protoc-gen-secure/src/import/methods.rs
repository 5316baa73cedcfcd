//! The methods of `.proto` files, and where they are in the text.

use std::fs;
use std::path::{Path, PathBuf};

use protox::prost_reflect::prost_types::source_code_info::Location;
use protox::prost_reflect::{DescriptorPool, DynamicMessage, FileDescriptor, MessageDescriptor, MethodDescriptor};

use super::error::ImportError;
use crate::compile::{CompileError, compile_with_protox};
use crate::declared::Exclude;

/// The `.proto` files to change.
#[derive(Debug, Default)]
pub(crate) struct Protos {
    pub(crate) paths: Vec<PathBuf>,
    /// Where imports are found.
    pub(crate) includes: Vec<PathBuf>,
    /// Packages and services of others, by full name. They stay as they are.
    pub(crate) exclude: Vec<String>,
}

/// One file and its methods.
#[derive(Debug)]
pub(super) struct Source {
    /// As it was asked for.
    pub(super) path: PathBuf,
    pub(super) text: String,
    pub(super) methods: Vec<Method>,
    pub(super) pool: DescriptorPool,
}

/// One method.
#[derive(Clone, Debug)]
pub(super) struct Method {
    /// As in `:path`.
    pub(super) path: String,
    /// `shop.v1.Orders.Get`.
    pub(super) name: String,
    /// True if it has a rule of ours, or its service has a default.
    pub(super) has_rule: bool,
    /// The line at which the declaration starts, from 0 on.
    pub(super) line: usize,
    /// Where it ends: line and byte from 0 on.
    pub(super) end: Position,
    pub(super) options: DynamicMessage,
    pub(super) service_options: DynamicMessage,
    pub(super) request: MessageDescriptor,
}

pub(super) fn read(protos: &Protos) -> Result<Vec<Source>, ImportError> {
    let exclude = Exclude::new(&protos.exclude).map_err(ImportError::Exclude)?;
    protos.paths.iter().map(|path| source(path, &protos.includes, &exclude)).collect()
}

fn source(path: &Path, includes: &[PathBuf], exclude: &Exclude) -> Result<Source, ImportError> {
    let includes = includes.iter().map(PathBuf::as_path).collect::<Vec<_>>();
    let compiled = compile_with_protox(&[path], &includes)?;
    let pool = DescriptorPool::decode(compiled.set.as_slice()).map_err(|error| ImportError::Form(error.to_string()))?;
    let name = compiled.to_generate.first().cloned().unwrap_or_default();
    let file =
        pool.get_file_by_name(&name).ok_or_else(|| ImportError::Form(format!("{name} is not in its own set")))?;
    let services = file.services().filter(|service| !exclude.covers(service.full_name()));
    let methods = services.flat_map(|service| service.methods().collect::<Vec<_>>());
    let methods = methods.filter_map(|declared| method(&file, &declared)).collect();
    let text = fs::read_to_string(path).map_err(CompileError::io(path))?;
    Ok(Source { path: path.to_owned(), text, methods, pool })
}

fn method(file: &FileDescriptor, method: &MethodDescriptor) -> Option<Method> {
    let service = method.parent_service();
    let path = [6, i32::try_from(service.index()).ok()?, 2, i32::try_from(method.index()).ok()?];
    let (start, end) = span(file, &path)?;
    let (options, service_options) = (method.options(), service.options());
    let is_ruled = options.extensions().any(|(extension, _)| extension.full_name() == "secure.v1.method");
    let has_default = service_options.extensions().any(|(extension, value)| {
        let default = value.as_message().is_some_and(|service| service.has_field_by_name("default"));
        extension.full_name() == "secure.v1.service" && default
    });
    Some(Method {
        path: format!("/{}/{}", service.full_name(), method.name()),
        name: method.full_name().to_owned(),
        has_rule: is_ruled || has_default,
        line: start.0,
        end,
        options,
        service_options,
        request: method.input(),
    })
}

/// Line and byte in it.
type Position = (usize, usize);

fn span(file: &FileDescriptor, path: &[i32]) -> Option<(Position, Position)> {
    let info = file.file_descriptor_proto().source_code_info.as_ref()?;
    info.location.iter().find(|location| location.path == path).and_then(ends)
}

fn ends(location: &Location) -> Option<(Position, Position)> {
    let span = location.span.iter().map(|number| usize::try_from(*number).ok()).collect::<Option<Vec<_>>>()?;
    match span.as_slice() {
        [line, from, to] => Some(((*line, *from), (*line, *to))),
        [first, from, last, to] => Some(((*first, *from), (*last, *to))),
        _ => None,
    }
}
