//! Where prost-build puts a message.

use std::iter;

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::extern_paths::ExternPaths;
use super::ident;

/// The Rust path of a message, seen from the module of a package.
#[derive(Clone, Debug)]
pub(crate) struct TypePath {
    path: TokenStream,
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
        let mut path = syn::parse2::<syn::Path>(path).ok()?;
        for _ in 0..=depth {
            path.segments.pop()?;
        }
        Some(Self { path: quote!(#path policy_roles), relative })
    }

    /// The module of the roles of the package itself.
    pub(super) fn roles() -> Self {
        Self { path: quote!(policy_roles), relative: true }
    }

    /// An item of the module that this is.
    pub(super) fn join(&self, item: &Ident) -> Self {
        let Self { path, relative } = self;
        Self { path: quote!(#path::#item), relative: *relative }
    }

    /// The path, seen from `depth` modules below the package's.
    pub(crate) fn tokens(&self, depth: usize) -> TokenStream {
        let Self { path, relative } = self;
        let up = iter::repeat_n(quote!(super::), if *relative { depth } else { 0 });
        quote!(#(#up)* #path)
    }

    fn given(rust: &str) -> Option<Self> {
        let rust = rust.strip_prefix("self::").unwrap_or(rust);
        let path = syn::parse_str::<syn::Type>(rust).ok()?;
        Some(Self { path: quote!(#path), relative: rust.starts_with("super::") })
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
        let segments = from.map(|_| "super".to_owned()).chain(to.map(ident::snake));
        let path = segments.chain([ident::upper_camel(message)]).collect::<Vec<_>>().join("::");
        let path = syn::parse_str::<syn::Path>(&path).ok()?;
        Some(Self { path: quote!(#path), relative: true })
    }
}

#[cfg(test)]
mod tests;
