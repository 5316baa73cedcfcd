//! Names of generated files.

use super::ident;

/// The file into which prost-build generates the messages of a package.
pub(crate) fn messages_file(package: &str) -> String {
    format!("{}.rs", file_stem(package))
}

/// The file into which the services of a package are generated.
pub(crate) fn services_file(package: &str) -> String {
    format!("{}.secure.rs", file_stem(package))
}

fn file_stem(package: &str) -> String {
    match package {
        "" => "_".to_owned(),
        _ => package.split('.').filter(|segment| !segment.is_empty()).map(ident::snake).collect::<Vec<_>>().join("."),
    }
}
