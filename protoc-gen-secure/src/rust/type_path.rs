//! Where prost-build puts a message.

use std::iter;

use super::extern_paths::ExternPaths;
use super::ident;

/// The Rust path of a message, seen from the module of a package.
#[derive(Clone, Debug)]
pub(crate) struct TypePath {
    path: String,
    relative: bool,
}

impl TypePath {
    /// Resolves a full name such as `.shop.v1.Order`; `None` if it has no Rust path.
    pub(crate) fn resolve(proto: &str, package: &str, extern_paths: &ExternPaths) -> Option<Self> {
        match extern_paths.resolve(proto) {
            Some(rust) => Self::given(&rust),
            None => Self::generated(proto, package),
        }
    }

    /// The module of the roles that are declared beside an enum with this full name, `depth` messages deep.
    pub(super) fn roles_beside(proto: &str, depth: usize, package: &str, extern_paths: &ExternPaths) -> Option<Self> {
        let Self { path, relative } = Self::resolve(proto, package, extern_paths)?;
        let parsed = syn::parse_str::<syn::Path>(&path).ok()?;
        // The path of a module has no generic arguments.
        if parsed.segments.len() <= depth || parsed.segments.iter().any(|segment| !segment.arguments.is_none()) {
            return None;
        }
        let segments = path.split("::").map(str::trim).collect::<Vec<_>>();
        let module = &segments[..segments.len() - (depth + 1)];
        let path = module.iter().copied().chain(["policy_roles"]).collect::<Vec<_>>().join("::");
        Some(Self { path, relative })
    }

    /// The module of the roles of the package itself.
    pub(super) fn roles() -> Self {
        Self { path: "policy_roles".to_owned(), relative: true }
    }

    /// An item of the module that this is.
    pub(super) fn join(&self, item: &str) -> Self {
        let Self { path, relative } = self;
        Self { path: format!("{path}::{item}"), relative: *relative }
    }

    /// The path, seen from `depth` modules below the package's.
    pub(crate) fn seen_from(&self, depth: usize) -> String {
        let up = if self.relative { "super::".repeat(depth) } else { String::new() };
        up + &self.path
    }

    fn given(rust: &str) -> Option<Self> {
        let path = rust.strip_prefix("self::").unwrap_or(rust).to_owned();
        syn::parse_str::<syn::Type>(&path).ok()?;
        Some(Self { relative: path.starts_with("super::"), path })
    }

    fn generated(proto: &str, package: &str) -> Option<Self> {
        let mut from = package.split('.').filter(|segment| !segment.is_empty()).peekable();
        let mut to = proto.strip_prefix('.')?.split('.').collect::<Vec<_>>();
        let message = to.pop()?;
        let mut to = to.into_iter().peekable();
        while from.peek().is_some() && from.peek() == to.peek() {
            from.next();
            to.next();
        }
        let up = from.map(|_| Some("super".to_owned()));
        let names = to.map(ident::snake).chain(iter::once(ident::upper_camel(message))).map(ident::checked);
        Some(Self { path: up.chain(names).collect::<Option<Vec<_>>>()?.join("::"), relative: true })
    }
}

#[cfg(test)]
mod tests;
