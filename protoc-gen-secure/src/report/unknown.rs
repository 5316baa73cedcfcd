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
    match only_method(manifest, path).or_else(|| similar_method(manifest, path)) {
        Some(meant) => format!("there is no method `{path}`{}", suggestion(Some(&meant))),
        None => format!("there is no method `{path}`; a method is written `package.Service/Method`"),
    }
}

/// The one method with this name: with dots only as in findings, with or without its service and package.
fn only_method(manifest: &Manifest, name: &str) -> Option<String> {
    let name = format!(".{}", name.trim_start_matches('/').replace('/', "."));
    let services = manifest.services.iter();
    let methods = services.flat_map(|(service, it)| it.methods.keys().map(move |method| (service, method)));
    let mut methods = methods.filter(|(service, method)| format!(".{service}.{method}").ends_with(&name));
    let (service, method) = methods.next()?;
    methods.next().is_none().then(|| format!("{service}/{method}"))
}

fn similar_method(manifest: &Manifest, path: &str) -> Option<String> {
    let (service, method) = path.trim_start_matches('/').rsplit_once(['/', '.'])?;
    let service = nearest(service, manifest.services.keys().map(String::as_str))?;
    let method = nearest(method, manifest.services.get(service)?.methods.keys().map(String::as_str))?;
    Some(format!("{service}/{method}"))
}

fn suggestion(nearest: Option<&str>) -> String {
    nearest.map(|name| format!("; did you mean `{name}`?")).unwrap_or_default()
}
