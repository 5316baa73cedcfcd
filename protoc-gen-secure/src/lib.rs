//! Generates the only server stub a gRPC service has, with its authorization gate, from rules in the `.proto`.
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
//!     option (secure.v1.method).public = true;
//!   }
//! }
//! ```
//!
//! A method without a rule does not generate; every finding is reported at once, as `file:line:column: error[rule]: ...`.
//! The [`rules`] say why, and what to do. [`Config`] has the settings. As a plugin of protoc and buf, [`respond`] does the same.

mod check;
#[doc(hidden)] // for the binary alone
pub mod cli;
mod config;
mod declared;
mod diagnostic;
mod emit;
mod export;
mod manifest;
mod plugin;
mod policy;
mod request;
#[cfg(test)]
mod testing;

#[doc = include_str!("rules.md")]
pub mod rules {}

pub use config::{Config, Error, compile_protos};
pub use plugin::{Answer, RequestError, respond};

pub(crate) use request::{Client, Manifest, Options, Server};

use policy::{ExternPaths, PackagePolicy, Policy};
use request::{File, GenerateError, Generated, Request};

/// Descriptors in, Rust out: one file for each package with services or roles, sorted by package.
pub(crate) fn generate(request: &Request) -> Result<Generated, GenerateError> {
    let Options { extern_paths, compile_well_known_types, .. } = &request.options;
    let extern_paths = ExternPaths::new(extern_paths, *compile_well_known_types).map_err(GenerateError::Options)?;
    let declared = declared::read(request)?;
    let policy = policy::resolve(declared, &extern_paths)?;
    let policy = check::all(policy, &request.options)?;
    let files = policy.packages.iter().map(|package| file(package, &policy, &request.options)).collect();
    let manifest = emit::manifest::manifest(&policy.packages, &policy);
    Ok(Generated { files, manifest, warnings: check::similar_roles(&policy) })
}

fn file(package: &PackagePolicy, policy: &Policy, options: &Options) -> File {
    let is_wanted = options.manifest == Manifest::Json && !package.services.is_empty();
    let manifest = is_wanted.then(|| emit::manifest::manifest([package], policy).to_text());
    File { package: package.name.clone(), content: emit::rust::emit(package, options), manifest }
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
        reversed.files.reverse();
        reversed.to_generate.reverse();
        reversed.to_generate.push("b.proto".to_owned());
        let files = generate(&request).expect("files").files;
        assert_eq!(files, generate(&reversed).expect("files").files);
        assert_eq!(files.iter().map(|file| file.package.as_str()).collect::<Vec<_>>(), ["b", "shop.v1"]);
    }

    #[test]
    fn every_file_says_that_it_is_generated() {
        for file in generate(&request(&[("carts.proto", &carts("shop"))])).expect("files").files {
            assert!(file.content.lines().next().is_some_and(|line| line.contains("@generated")), "{}", file.content);
        }
    }

    #[test]
    fn services_that_are_not_to_be_generated_need_no_rule() {
        let text = r#"syntax = "proto3"; message M {} service S { rpc Get(M) returns (M); }"#;
        let mut request = request(&[("s.proto", text), ("carts.proto", &carts("shop"))]);
        request.to_generate.retain(|name| name == "carts.proto");
        assert_eq!(generate(&request).expect("files").files.len(), 1);
    }
}
