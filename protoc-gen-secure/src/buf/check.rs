//! Annotations for the files that buf sends.

use std::collections::BTreeMap;

use prost::Message as _;
use prost_types::FileDescriptorProto;

use super::message::{Annotation, CheckRequest, CheckResponse, Failure, FileDescriptor, FileLocation};
use super::message::{LINT, Rule};
use super::options::Options;
use super::rules;
use crate::declared::Descriptors;
use crate::diagnostic::{Diagnostic, Location, visible};
use crate::manifest::Manifest;
use crate::report::diff;
use crate::request::{self, GenerateError};

/// Runs the rules that buf asks for.
pub(super) fn check(request: &[u8]) -> Result<CheckResponse, Failure> {
    let request = CheckRequest::decode(request).map_err(|error| Failure::invalid(error.to_string()))?;
    let rules = asked_for(&request.rule_ids)?;
    let (lints, checks) = rules.iter().partition::<Vec<_>, _>(|rule| rule.r#type == LINT);
    let places = Places::read(&request.files)?;
    let options = Options::read(&request.options)?;
    let mut annotations = Vec::new();
    if !lints.is_empty() {
        annotations.extend(lint(&request, &lints, &places, &options)?);
    }
    // `buf lint` asks for no comparison, and sends nothing to compare with.
    if !checks.is_empty() && !request.against_files.is_empty() {
        annotations.extend(compare(&request, &checks, &places, &options)?);
    }
    Ok(CheckResponse { annotations })
}

fn asked_for(ids: &[String]) -> Result<Vec<Rule>, Failure> {
    let all = rules::all();
    if ids.is_empty() {
        return Ok(all.into_iter().filter(|rule| rule.is_default).collect());
    }
    let rule = |id: &String| {
        let found = all.iter().find(|rule| rule.id == *id).cloned();
        found.ok_or_else(|| Failure::invalid(format!("unknown rule ID: {id:?}")))
    };
    ids.iter().map(rule).collect()
}

fn lint(
    request: &CheckRequest,
    asked: &[&Rule],
    places: &Places,
    options: &Options,
) -> Result<Vec<Annotation>, Failure> {
    let options = request::Options { exclude: options.exclude.clone(), ..request::Options::default() };
    let request = request::Request { descriptors: descriptors(&request.files)?, options };
    let found = crate::lint(&request).map_err(|error| Failure::precondition(error.to_string()))?;
    let found = found.into_iter().map(|Diagnostic { at, lint, message, help, .. }| Annotation {
        rule_id: rules::id(lint),
        message: visible(&format!("{message} ({help})")).into_owned(),
        location: Some(places.of(&at)),
    });
    Ok(found.filter(|found| asked.iter().any(|rule| rule.id == found.rule_id)).collect())
}

fn compare(
    request: &CheckRequest,
    asked: &[&Rule],
    places: &Places,
    options: &Options,
) -> Result<Vec<Annotation>, Failure> {
    let old = manifest(&request.against_files, "the files to compare with", options)?;
    let new = manifest(&request.files, "the files", options)?;
    let allowed = options.allowed()?;
    let changes = diff::compare(&old, &new);
    let is_asked = |id: &&str| asked.iter().any(|rule| rule.id == **id);
    let checks = rules::CHECKS.into_iter().filter(|(id, ..)| is_asked(id));
    let annotations = checks.flat_map(|(id, check, _)| {
        let findings = diff::check(&[check], &changes, &new, &allowed).into_iter();
        let annotation = move |found: diff::Finding| (id, found);
        findings.map(annotation)
    });
    let annotations = annotations.map(|(id, found)| Annotation {
        rule_id: id.to_owned(),
        message: visible(&found.message).into_owned(),
        location: Some(places.of(&found.at)),
    });
    Ok(annotations.collect())
}

/// Without the rules of both sides there is nothing to compare. That must not pass for "nothing changed".
fn manifest(files: &[FileDescriptor], whose: &str, options: &Options) -> Result<Manifest, Failure> {
    crate::resolve(&descriptors(files)?, &options.exclude).map_err(|error| match error {
        GenerateError::Broken(what) | GenerateError::Options(what) => Failure::invalid(what),
        GenerateError::Schema(found) => Failure::precondition(format!("{whose} have no rules to compare: {found}")),
    })
}

fn descriptors(files: &[FileDescriptor]) -> Result<Descriptors, Failure> {
    let own = files.iter().filter(|file| !file.is_import).map(|file| Ok(decoded(file)?.name.unwrap_or_default()));
    let to_generate = own.collect::<Result<_, Failure>>()?;
    let files = files.iter().map(|file| file.encoded.clone()).collect();
    Ok(Descriptors { files, to_generate, ..Descriptors::default() })
}

/// The paths of `SourceCodeInfo` by file and position, as annotations name places.
struct Places(BTreeMap<String, BTreeMap<(u32, u32), Vec<i32>>>);

impl Places {
    fn read(files: &[FileDescriptor]) -> Result<Self, Failure> {
        let files = files.iter().filter(|file| !file.is_import).map(|file| {
            let FileDescriptorProto { name, source_code_info, .. } = decoded(file)?;
            let spans = source_code_info.into_iter().flat_map(|source| source.location);
            let mut places = BTreeMap::new();
            for span in spans {
                let &[line, column, ..] = span.span.as_slice() else { continue };
                let (Ok(line), Ok(column)) = (u32::try_from(line), u32::try_from(column)) else { continue };
                places.entry((line + 1, column + 1)).or_insert(span.path);
            }
            Ok((name.unwrap_or_default(), places))
        });
        files.collect::<Result<_, _>>().map(Self)
    }

    fn of(&self, at: &Location) -> FileLocation {
        let path = at.position.and_then(|position| self.0.get(&at.file)?.get(&position).cloned());
        FileLocation { file: at.file.clone(), path: path.unwrap_or_default() }
    }
}

/// For its name and its positions.
fn decoded(file: &FileDescriptor) -> Result<FileDescriptorProto, Failure> {
    FileDescriptorProto::decode(file.encoded.as_slice()).map_err(|error| Failure::invalid(error.to_string()))
}
