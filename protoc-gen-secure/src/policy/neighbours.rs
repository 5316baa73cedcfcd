//! The modules that prost-build makes in the module of a package.

use std::collections::BTreeMap;

use super::ident;
use crate::declared::Surroundings;

/// Their names, each with what it is made for.
pub(super) fn of(package: &str, surroundings: &[Surroundings]) -> BTreeMap<String, String> {
    let mut neighbours = BTreeMap::new();
    for file in surroundings {
        if let Some(child) = child(package, &file.package) {
            neighbours.insert(ident::snake(child), format!("the package `{}`", file.package));
        }
        let messages = file.nesting_messages.iter().filter(|_| file.package == package);
        neighbours.extend(messages.map(|name| (ident::snake(name), format!("what `{name}` in {} nests", file.file))));
    }
    neighbours
}

/// The segment of `other` right below `package`.
fn child<'a>(package: &str, other: &'a str) -> Option<&'a str> {
    let below = if package.is_empty() { other } else { other.strip_prefix(package)?.strip_prefix('.')? };
    below.split('.').next().filter(|segment| !segment.is_empty())
}
