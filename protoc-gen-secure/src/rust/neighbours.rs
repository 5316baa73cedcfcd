//! The modules that prost-build makes in the module of a package.

use std::collections::BTreeMap;

use super::ident;
use crate::declared::Surroundings;

/// The names of modules, each with what it is made for.
pub(super) type Neighbours = BTreeMap<String, String>;

/// Those of every package of a request, in one pass.
pub(super) fn by_package(surroundings: &[Surroundings]) -> BTreeMap<&str, Neighbours> {
    let mut packages = BTreeMap::<_, Neighbours>::new();
    for Surroundings { file, package, nesting_messages } in surroundings {
        for (parent, child) in ancestors(package) {
            packages.entry(parent).or_default().insert(ident::snake(child), format!("the package `{package}`"));
        }
        let messages =
            nesting_messages.iter().map(|name| (ident::snake(name), format!("what `{name}` in {file} nests")));
        packages.entry(package).or_default().extend(messages);
    }
    packages
}

/// The packages above one, each with the segment right below it.
fn ancestors(package: &str) -> impl Iterator<Item = (&str, &str)> {
    let below = package.match_indices('.').map(|(dot, _)| (&package[..dot], &package[dot + 1..]));
    let all = [("", package)].into_iter().chain(below);
    all.filter_map(|(parent, rest)| Some((parent, rest.split('.').next().filter(|child| !child.is_empty())?)))
}

#[cfg(test)]
mod tests {
    use super::ancestors;

    #[test]
    fn package_is_below_every_package_with_its_prefix() {
        assert_eq!(ancestors("").count(), 0);
        assert_eq!(ancestors("shop").collect::<Vec<_>>(), [("", "shop")]);
        assert_eq!(ancestors("shop.v1.x").collect::<Vec<_>>(), [("", "shop"), ("shop", "v1"), ("shop.v1", "x")]);
    }
}
