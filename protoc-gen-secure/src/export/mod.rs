//! `export`: the same rules for engines outside the process.
//!
//! 1. [`rules`] lists the methods of a manifest.
//! 2. A [`Target`] translates each rule, or says which condition it cannot express.
//! 3. What is not exact stops the export, unless the options allow it.
//! 4. The target writes its files. Every export is an allow-list of exact paths.
//!
//! A translation may refuse a caller that the server admits, and says so. It never admits one that the server refuses.

mod cedar;
mod check;
mod document;
mod envoy;
mod error;
mod gateway_api;
mod grpc;
mod istio;
mod opa;
mod report;
mod rules;
mod settings;

#[cfg(test)]
mod tests;

pub(crate) use check::check;
pub(crate) use document::{Format, parse as parse_documents};
pub(crate) use error::ExportError;
pub(crate) use report::{Fit, Report};
pub(crate) use settings::Settings;

use std::borrow::Cow;
use std::str::FromStr;

use serde_json::Value;

use crate::manifest::Manifest;
use rules::Method;

/// What an export is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum TargetName {
    Cedar,
    Envoy,
    GatewayApi,
    Grpc,
    Istio,
    Opa,
    OpaEnvoy,
}

impl FromStr for TargetName {
    type Err = ExportError;

    fn from_str(name: &str) -> Result<Self, ExportError> {
        match name {
            "cedar" => Ok(Self::Cedar),
            "envoy" => Ok(Self::Envoy),
            "gateway-api" => Ok(Self::GatewayApi),
            "grpc" => Ok(Self::Grpc),
            "istio" => Ok(Self::Istio),
            "opa" => Ok(Self::Opa),
            "opa-envoy" => Ok(Self::OpaEnvoy),
            _ => Err(ExportError::UnknownTarget(name.to_owned())),
        }
    }
}

/// What an export may leave out.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Allowed {
    /// Callers that the server admits may be refused.
    pub(crate) stricter: bool,
    /// Methods whose rule the target cannot express are denied to everyone.
    pub(crate) partial: bool,
}

/// The files of an export, and how well each rule fits.
#[derive(Debug)]
pub(crate) struct Export {
    pub(crate) files: Vec<File>,
    pub(crate) report: Report,
}

/// One file of an export.
#[derive(Debug)]
pub(crate) struct File {
    /// Without an extension if the content is a document.
    pub(crate) name: &'static str,
    pub(crate) content: Content,
}

/// What a file holds.
#[derive(Debug)]
pub(crate) enum Content {
    /// Documents in JSON or YAML.
    Documents(Vec<Value>),
    /// One JSON document that no other format may replace.
    Json(Value),
    /// Text of the target's own language.
    Text(String),
}

/// Writes the rules of a manifest for a target.
///
/// # Errors
///
/// If the settings do not fit the target, or if a rule is not exact and `allowed` does not permit that.
pub(crate) fn export(
    target: TargetName,
    manifest: Manifest,
    settings: &Settings,
    allowed: Allowed,
) -> Result<Export, ExportError> {
    let methods = rules::methods(manifest);
    match target {
        TargetName::Cedar => run(&cedar::Cedar, &methods, allowed),
        TargetName::Envoy => run(&envoy::Envoy::new(settings)?, &methods, allowed),
        TargetName::GatewayApi => run(&gateway_api::GatewayApi::new(settings), &methods, allowed),
        TargetName::Grpc => run(&grpc::Grpc::new(settings), &methods, allowed),
        TargetName::Istio => run(&istio::Istio::new(settings)?, &methods, allowed),
        TargetName::Opa => run(&opa::Opa::new(settings, opa::Input::Verified), &methods, allowed),
        TargetName::OpaEnvoy => run(&opa::Opa::new(settings, opa::Input::Envoy), &methods, allowed),
    }
}

/// An engine that rules are written for.
trait Target {
    /// What one rule becomes.
    type Policy;

    /// Translates the rule of one method.
    fn translate(&self, method: &Method) -> Result<Translation<Self::Policy>, Loss>;

    /// Writes the policies; methods that are not among them are denied.
    fn files(&self, policies: &[(&Method, Self::Policy)]) -> Result<Vec<File>, ExportError>;
}

/// One rule in the terms of a target.
struct Translation<P> {
    /// `None` denies the method to everyone.
    policy: Option<P>,
    /// Why the policy refuses callers that the rule admits. Empty if it does not.
    losses: Vec<Loss>,
}

impl<P> Translation<P> {
    fn exact(policy: P) -> Self {
        Self { policy: Some(policy), losses: Vec::new() }
    }

    fn denied() -> Self {
        Self { policy: None, losses: Vec::new() }
    }
}

/// A condition that a target cannot express, or not for every caller.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Loss {
    /// As in the schema of rules, such as `required_roles`.
    pub(crate) condition: &'static str,
    pub(crate) reason: Cow<'static, str>,
}

impl Loss {
    fn new(condition: &'static str, reason: impl Into<Cow<'static, str>>) -> Self {
        Self { condition, reason: reason.into() }
    }
}

fn run<T: Target>(target: &T, methods: &[Method], allowed: Allowed) -> Result<Export, ExportError> {
    let mut report = Report::default();
    let mut policies = Vec::new();
    for method in methods {
        match named(method).and_then(|()| target.translate(method)) {
            Ok(Translation { policy, losses }) => {
                report.add(&method.path, if losses.is_empty() { Fit::Exact } else { Fit::Stricter(losses) });
                policies.extend(policy.map(|policy| (method, policy)));
            }
            Err(loss) => report.add(&method.path, Fit::Inexpressible(loss)),
        }
    }
    report.check(allowed)?;
    Ok(Export { files: target.files(&policies)?, report })
}

/// Exports list exact paths.
fn named(method: &Method) -> Result<(), Loss> {
    match method.kind {
        Some(_) => Ok(()),
        None => Err(Loss::new("rule", "the manifest does not name the methods of this vendored service")),
    }
}
