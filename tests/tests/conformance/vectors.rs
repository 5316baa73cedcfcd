//! Reads the files of vectors. A file that no test reads is a failure.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;

/// The vectors of one file, in order.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Vectors<T> {
    /// What the file is, for people.
    #[serde(rename = "about")]
    _about: String,
    vectors: Vec<T>,
}

/// A schema: the lines of each file, by name.
pub(crate) type Files = BTreeMap<String, Vec<String>>;

/// The vectors of a file that a test runs.
pub(crate) fn read<T: DeserializeOwned>(name: &str) -> Vec<T> {
    assert!(FILES.contains(&name));
    let text = fs::read_to_string(Path::new(DIRECTORY).join(name)).unwrap();
    let Vectors { vectors, .. } = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert!(!vectors.is_empty(), "{name} holds no vector");
    vectors
}

/// Fails unless every vector has a name of its own.
pub(crate) fn differ<'a>(names: impl Iterator<Item = &'a str>) {
    let mut names = names.collect::<Vec<_>>();
    names.sort_unstable();
    assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "a name is there twice: {names:?}");
}

#[test]
fn every_file_of_vectors_is_run() {
    let names = fs::read_dir(DIRECTORY).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names =
        names.filter(|name| !matches!(name.as_str(), "README.md" | "manifest.schema.json")).collect::<Vec<_>>();
    names.sort_unstable();
    assert_eq!(names, FILES);
    let readme = fs::read_to_string(Path::new(DIRECTORY).join("README.md")).unwrap();
    assert!(FILES.iter().all(|name| readme.contains(&format!("`{name}`"))), "the README leaves a file out");
}

/// Those that a test reads.
const FILES: [&str; 3] = ["decisions.json", "findings.json", "manifests.json"];

const DIRECTORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/conformance");
