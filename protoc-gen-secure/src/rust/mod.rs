//! Names of a policy in Rust: identifiers, type paths, files, and names that collide.
//!
//! 1. `extern_paths` reads the paths that the user gives.
//! 2. `resolve` gives every package, service, method, role and field its Rust name.
//! 3. `collisions` refuses names that are different in the `.proto` and the same in Rust.

mod casing;
mod collisions;
mod extern_paths;
mod files;
mod ident;
mod model;
mod neighbours;
mod resolve;
mod type_path;

pub(crate) use collisions::check as check_collisions;
pub(crate) use extern_paths::ExternPaths;
pub(crate) use files::services_file;
pub(crate) use model::{Method, Package, Role, Service};
pub(crate) use resolve::resolve;
pub(crate) use type_path::TypePath;
