//! Generates the only server stub of a gRPC service from the rules in its `.proto`. The stub contains the authorization
//! gate.
//!
//! ```no_run
//! // build.rs
//! fn main() -> Result<(), protoc_gen_secure::Error> {
//!     protoc_gen_secure::compile_protos(&["proto/shop/v1/orders.proto"], &["proto"])
//! }
//! ```
//!
//! ```proto
//! import "secure/v1/options.proto"; // needs no copy, it resolves by itself
//!
//! service Orders {
//!   rpc Get(GetOrder) returns (Order) {
//!     option (secure.v1.method) = { required_roles: ["orders:read", "admin"] };
//!   }
//!   rpc Ping(PingRequest) returns (PingReply) {
//!     option (secure.v1.method) = {public: true, public_reason: "Clients measure the round trip."};
//!   }
//! }
//! ```
//!
//! A method without a rule is refused. All findings are reported at once, as `file:line:column: error[lint]: message`;
//! [`lints`] explains each. [`Config`] has the settings. [`respond`] does the same as a plugin of protoc and buf.
//!
//! # Features
//!
//! - `cli` (default): what the binary needs: its commands, and `tonic-client`. A build script does not need it:
//!   `default-features = false`.
//! - `tonic-client`: `Config::tonic_client` and the parameter `client=tonic`, which generate tonic-build's clients for code
//!   that migrates from tonic.

#![cfg_attr(not(feature = "cli"), allow(dead_code, unused_imports))] // only the commands read manifests
#![cfg_attr(test, allow(clippy::too_many_lines))] // a table of cases is as long as it must be

#[cfg(feature = "cli")]
#[doc(hidden)] // for the binary only
pub mod buf;
#[cfg(feature = "cli")]
#[doc(hidden)] // for the binary only
pub mod cli;
mod compile;
mod config;
mod declared;
mod diagnostic;
mod emit;
#[cfg(feature = "cli")]
mod export;
#[cfg(feature = "cli")]
mod import;
mod manifest;
mod plugin;
mod policy;
#[cfg(feature = "cli")]
mod report;
mod request;
mod rust;
mod schema;
#[cfg(test)]
mod testing;

#[doc = include_str!("lints.md")]
pub mod lints {}

pub use config::{Config, Error, compile_protos};
pub use plugin::{Answer, RequestError, respond};

#[cfg(feature = "cli")]
use diagnostic::Diagnostic;
use diagnostic::{Diagnostics, Lint, Warnings};
use policy::Policy;
use request::{File, GenerateError, Generated, Manifest, Options, Request};

/// The pipeline: descriptors in, one Rust file for each package with services or roles out. The packages are sorted.
///
/// 1. `declared` reads what the author wrote, without services that others serve.
/// 2. `policy` gives every method exactly one rule.
/// 3. `rust` gives every name its Rust name and refuses collisions.
/// 4. `emit` prints.
///
/// Each phase reports all its findings. The next one starts only if there are none.
///
/// # Errors
///
/// The findings of a phase, or why options or descriptors cannot be used.
pub(crate) fn generate(Request { descriptors, options }: &Request) -> Result<Generated, GenerateError> {
    let Options { extern_paths, compile_well_known_types, client, exclude, allow, positions, .. } = options;
    let extern_paths =
        rust::ExternPaths::new(extern_paths, *compile_well_known_types).map_err(GenerateError::Options)?;
    let exclude = exclude_of(exclude)?;
    let allowed = Lint::warnings(allow).map_err(GenerateError::Options)?;
    let mut declared = declared::read(descriptors)?;
    declared.leave_out(|service| exclude.covers(service) || extern_paths.covers(service));
    let policy = policy::resolve(&declared)?;
    let warnings = warnings(&policy, options.strict_public)?;
    let packages = rust::resolve(&policy, &extern_paths)?;
    rust::check_collisions(&packages, &declared.surroundings, client.functions())?;
    let files = packages.iter().map(|package| file(package, &policy, options)).collect();
    let services = policy.packages.iter().flat_map(|package| &package.services);
    let manifest = emit::manifest::manifest(services, &policy).shown(*positions);
    Ok(Generated { files, manifest, warnings: warnings.allow(&allowed) })
}

/// What keeps nothing from being generated, unless public methods need a reason.
fn warnings(policy: &Policy, is_strict: bool) -> Result<Warnings, Diagnostics> {
    let mut warnings = policy::similar_roles(policy);
    let missing = policy::missing_reasons(policy);
    match is_strict {
        true => missing.into_errors().gate(())?,
        false => warnings.extend(missing),
    }
    Ok(warnings)
}

fn file(package: &rust::Package<'_>, policy: &Policy, options: &Options) -> File {
    let has_manifest = options.manifest == Manifest::Json && !package.services.is_empty();
    let services = package.services.iter().map(|service| service.policy);
    File {
        package: package.name.to_owned(),
        content: emit::rust::emit(package, options.into()),
        manifest: has_manifest.then(|| emit::manifest::manifest(services, policy).shown(options.positions).to_text()),
    }
}

fn exclude_of(names: &[String]) -> Result<declared::Exclude, GenerateError> {
    declared::Exclude::new(names).map_err(GenerateError::Options)
}

/// Descriptors in, the rules of all packages out, without the services that `exclude` names. Nothing is said about Rust.
///
/// # Errors
///
/// As [`generate`].
#[cfg(feature = "cli")]
pub(crate) fn resolve(
    descriptors: &declared::Descriptors,
    exclude: &[String],
) -> Result<manifest::Manifest, GenerateError> {
    let exclude = exclude_of(exclude)?;
    let mut declared = declared::read(descriptors)?;
    declared.leave_out(|service| exclude.covers(service));
    let policy = policy::resolve(&declared)?;
    let services = policy.packages.iter().flat_map(|package| &package.services);
    Ok(emit::manifest::manifest(services, &policy))
}

/// Descriptors in, every finding out: errors, or warnings if there are none.
///
/// # Errors
///
/// The descriptors are not those of a protobuf compiler.
#[cfg(feature = "cli")]
pub(crate) fn lint(request: &Request) -> Result<Vec<Diagnostic>, GenerateError> {
    match generate(request) {
        Ok(Generated { warnings, .. }) => Ok(warnings.into_sorted()),
        Err(GenerateError::Schema(found)) => Ok(found.into_sorted()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::generate;
    use crate::testing::{orders, request};

    fn carts(package: &str) -> String {
        format!(
            r#"syntax = "proto3"; package {package}; import "secure/v1/options.proto"; message Cart {{}}
            service Carts {{ rpc Get(Cart) returns (Cart) {{ option (secure.v1.method).required_roles = "clerk"; }} }}"#
        )
    }

    #[test]
    fn the_order_of_the_request_changes_nothing() {
        let text =
            orders("service Orders { rpc Get(Order) returns (Order) { option (secure.v1.method).public = true; } }");
        let request = request(&[("orders.proto", &text), ("carts.proto", &carts("shop.v1")), ("b.proto", &carts("b"))]);
        let mut reversed = request.clone();
        reversed.descriptors.files.reverse();
        reversed.descriptors.to_generate.reverse();
        reversed.descriptors.to_generate.push("b.proto".to_owned());
        let files = generate(&request).expect("files").files;
        assert_eq!(files, generate(&reversed).expect("files").files);
        assert_eq!(files.iter().map(|file| file.package.as_str()).collect::<Vec<_>>(), ["b", "shop.v1"]);
    }

    #[test]
    fn every_file_has_the_generated_marker() {
        for file in generate(&request(&[("carts.proto", &carts("shop"))])).expect("files").files {
            assert!(file.content.lines().next().is_some_and(|line| line.contains("@generated")), "{}", file.content);
        }
    }

    #[test]
    fn services_that_are_not_to_be_generated_need_no_rule() {
        let text = r#"syntax = "proto3"; message M {} service S { rpc Get(M) returns (M); }"#;
        let mut request = request(&[("s.proto", text), ("carts.proto", &carts("shop"))]);
        request.descriptors.to_generate.retain(|name| name == "carts.proto");
        assert_eq!(generate(&request).expect("files").files.len(), 1);
    }
}
