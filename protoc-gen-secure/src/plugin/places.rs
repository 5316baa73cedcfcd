//! Where protoc-gen-prost puts the messages of a package, and we its services.

use prost_build::Module;

use super::message::OutputFile;
use crate::request::File;

/// Names of files, as protoc-gen-prost makes them of the same parameters.
#[derive(Clone, Debug)]
pub(crate) struct Places {
    pub(super) flat_output_dir: bool,
    /// The file with the messages that have no package.
    pub(super) default_package_filename: String,
}

impl Default for Places {
    fn default() -> Self {
        Self { flat_output_dir: false, default_package_filename: "_".to_owned() }
    }
}

impl Places {
    /// The services of a package, and the line of its messages that includes them.
    pub(super) fn place(&self, file: File, include: bool) -> impl Iterator<Item = OutputFile> {
        let File { package, content, manifest } = file;
        let (directory, services) = (self.directory(&package), self.services(&package));
        let inclusion = include.then(|| OutputFile {
            name: format!("{directory}{}", self.messages(&package)),
            insertion_point: Some("module".to_owned()),
            content: format!("include!({services:?});\n"),
        });
        let manifest = manifest.map(|content| OutputFile {
            name: format!("{directory}{}.json", services.trim_end_matches(".rs")),
            insertion_point: None,
            content,
        });
        let services = OutputFile { name: format!("{directory}{services}"), insertion_point: None, content };
        inclusion.into_iter().chain([services]).chain(manifest)
    }

    /// A module is a directory; only here a keyword becomes a raw identifier.
    fn directory(&self, package: &str) -> String {
        if self.flat_output_dir {
            return String::new();
        }
        Module::from_protobuf_package_name(package).parts().map(|part| format!("{part}/")).collect()
    }

    fn messages(&self, package: &str) -> String {
        match package {
            "" => self.default_package_filename.clone(),
            _ => format!("{package}.rs"),
        }
    }

    fn services(&self, package: &str) -> String {
        let default = &self.default_package_filename;
        let stem = if package.is_empty() { default.strip_suffix(".rs").unwrap_or(default) } else { package };
        format!("{stem}.secure.rs")
    }
}

#[cfg(test)]
mod tests {
    use super::{File, Places};

    #[track_caller]
    fn check(places: &Places, package: &str, expected: [&str; 3]) {
        let file = File { package: package.to_owned(), content: String::new(), manifest: None };
        let files = places.place(file, true).collect::<Vec<_>>();
        let [inclusion, services] = files.as_slice() else { panic!("{files:?}") };
        assert_eq!([&*inclusion.name, inclusion.content.trim_end(), &*services.name], expected);
    }

    #[test]
    fn services_are_written_beside_messages() {
        let places = Places::default();
        check(
            &places,
            "shop.v1",
            ["shop/v1/shop.v1.rs", r#"include!("shop.v1.secure.rs");"#, "shop/v1/shop.v1.secure.rs"],
        );
        check(
            &places,
            "google.type",
            [
                "google/r#type/google.type.rs",
                r#"include!("google.type.secure.rs");"#,
                "google/r#type/google.type.secure.rs",
            ],
        );
        check(&places, "", ["_", r#"include!("_.secure.rs");"#, "_.secure.rs"]);
    }

    #[test]
    fn flat_output_has_no_directories() {
        let places = Places { flat_output_dir: true, default_package_filename: "root.rs".to_owned() };
        check(&places, "shop.v1", ["shop.v1.rs", r#"include!("shop.v1.secure.rs");"#, "shop.v1.secure.rs"]);
        check(&places, "", ["root.rs", r#"include!("root.secure.rs");"#, "root.secure.rs"]);
    }
}
