//! Which method a request is for, from the generated tables.

use std::collections::HashMap;
use std::sync::Arc;

/// The path of the method that a service has at this path. The name of the service if one rule guards it as a whole.
pub(crate) type Resolve = fn(&str) -> Option<&'static str>;

/// The services of a server, by name.
#[derive(Clone, Default)]
pub(crate) struct Methods(Arc<HashMap<&'static str, Resolve>>);

impl Methods {
    pub(crate) fn new(services: impl IntoIterator<Item = (&'static str, Resolve)>) -> Self {
        Self(Arc::new(services.into_iter().collect()))
    }

    /// The name of the method for labels: `shop.v1.Orders/Get`. `_OTHER` if there is no such method.
    pub(super) fn label(&self, path: &str) -> &'static str {
        let service = path.strip_prefix('/').and_then(|path| path.split_once('/')).map(|(service, _)| service);
        let resolve = service.and_then(|service| self.0.get(service));
        resolve.and_then(|resolve| resolve(path)).map_or(OTHER, label)
    }
}

/// The path of a method, as the semantic conventions write it.
pub(super) fn label(path: &'static str) -> &'static str {
    path.strip_prefix('/').unwrap_or(path)
}

/// A method that does not exist.
pub(super) const OTHER: &str = "_OTHER";
