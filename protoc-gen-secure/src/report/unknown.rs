//! Names that somebody asks about and that the rules do not have, with the name that was probably meant.

use crate::manifest::Manifest;
use crate::policy::nearest;

/// What is wrong with a role that is asked about, if anything.
pub(crate) fn role(manifest: &Manifest, name: &str) -> Option<String> {
    let roles = manifest.roles();
    if roles.iter().any(|role| *role == name) {
        return None;
    }
    let suggestion = suggestion(nearest(name, roles.into_iter().map(String::as_str)));
    Some(format!("no rule and no vocabulary names the role `{name}`{suggestion}"))
}

/// The role that a misspelt one probably stands for.
pub(crate) fn similar_role<'a>(manifest: &'a Manifest, name: &str) -> Option<&'a str> {
    let roles = manifest.roles();
    if roles.iter().any(|role| *role == name) { None } else { nearest(name, roles.into_iter().map(String::as_str)) }
}

/// What is wrong with a package that is asked about, if anything. `shop` is one if `shop.v1` is.
pub(crate) fn package(manifest: &Manifest, name: &str) -> Option<String> {
    let is_in = |service: &&String| service.starts_with(&format!("{name}."));
    if manifest.services.keys().any(|service| is_in(&service)) {
        return None;
    }
    let packages = manifest.services.keys().filter_map(|service| service.rsplit_once('.'));
    Some(format!("there is no package `{name}`{}", suggestion(nearest(name, packages.map(|(package, _)| package)))))
}

/// What is wrong with the path of a method.
pub(crate) fn method(manifest: &Manifest, path: &str) -> String {
    let meant = match path.trim_start_matches('/').split_once('/') {
        Some((service, method)) => similar_method(manifest, service, method),
        None => only_method(manifest, path),
    };
    match meant {
        Some(_) => format!("there is no method `{path}`{}", suggestion(meant.as_deref())),
        None => format!("there is no method `{path}`; a method is written `package.Service/Method`"),
    }
}

fn similar_method(manifest: &Manifest, service: &str, method: &str) -> Option<String> {
    let service = nearest(service, manifest.services.keys().map(String::as_str))?;
    let method = nearest(method, manifest.services.get(service)?.methods.keys().map(String::as_str))?;
    Some(format!("{service}/{method}"))
}

/// The one method of this name.
fn only_method(manifest: &Manifest, name: &str) -> Option<String> {
    let mut services = manifest.services.iter().filter(|(_, service)| service.methods.contains_key(name));
    let (service, _) = services.next()?;
    services.next().is_none().then(|| format!("{service}/{name}"))
}

fn suggestion(nearest: Option<&str>) -> String {
    nearest.map(|name| format!("; did you mean `{name}`?")).unwrap_or_default()
}
