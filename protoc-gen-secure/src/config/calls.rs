//! The outputs of earlier calls in this process, so that no call silently replaces the output of another.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use prost_build::Module;

use super::content::Content;
use super::error::Error;
use super::settings::Settings;
use crate::manifest::Manifest;

/// Of the whole process. A build script is one process, and a later build is another one.
pub(super) static CALLS: Mutex<Calls> = Mutex::new(Calls::new());

/// One call of a build script. The same settings and files are the same call, which may replace its own output after its
/// files have changed.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Call {
    settings: String,
    files: Vec<String>,
}

impl Call {
    pub(super) fn new(settings: &Settings, files: &[String]) -> Self {
        Self { settings: format!("{settings:?}"), files: files.to_vec() }
    }

    fn name(&self) -> String {
        let (shown, rest) = self.files.split_at(self.files.len().min(SHOWN));
        let shown = shown.iter().map(|file| format!("`{file}`")).collect::<Vec<_>>().join(", ");
        if rest.is_empty() { shown } else { format!("{shown} and {} more", rest.len()) }
    }
}

const SHOWN: usize = 3;

/// The outputs of calls, by path.
#[derive(Debug)]
pub(super) struct Calls {
    /// The descriptors of each call.
    sets: BTreeMap<Call, Vec<u8>>,
    files: BTreeMap<PathBuf, (Call, Content)>,
    modules: BTreeMap<PathBuf, BTreeMap<Call, BTreeSet<Module>>>,
    manifests: BTreeMap<PathBuf, BTreeMap<Call, Manifest>>,
}

impl Calls {
    const fn new() -> Self {
        Self { sets: BTreeMap::new(), files: BTreeMap::new(), modules: BTreeMap::new(), manifests: BTreeMap::new() }
    }

    /// Records the files of a call.
    ///
    /// # Errors
    ///
    /// Another call wrote one of the files, with other contents.
    pub(super) fn claim(&mut self, call: &Call, set: &[u8], files: &BTreeMap<PathBuf, Content>) -> Result<(), Error> {
        // prost-build prints not all of its settings. If equal descriptors give other contents, such a setting differs.
        let is_repeated = self.sets.get(call).is_some_and(|known| known == set);
        let is_own = |first: &Call| first == call && !is_repeated;
        let mut known = files.iter().filter_map(|(path, content)| Some((path, content, self.files.get(path)?)));
        if let Some((path, _, (first, _))) = known.find(|(_, content, (first, old))| !is_own(first) && old != *content)
        {
            return Err(twice(path, first, call));
        }
        self.sets.insert(call.clone(), set.to_vec());
        for (path, content) in files {
            self.files.insert(path.clone(), (call.clone(), content.clone()));
        }
        Ok(())
    }

    /// The modules of this call and of all others that write the same file.
    pub(super) fn add_modules(&mut self, path: &Path, call: &Call, modules: BTreeSet<Module>) -> BTreeSet<Module> {
        let calls = self.modules.entry(path.to_owned()).or_default();
        calls.insert(call.clone(), modules);
        calls.values().flatten().cloned().collect()
    }

    /// The manifest of this call and of all others that write the same file.
    ///
    /// # Errors
    ///
    /// Another call has other rules for one of the services.
    pub(super) fn add_manifest(&mut self, path: &Path, call: &Call, manifest: Manifest) -> Result<Manifest, Error> {
        let calls = self.manifests.entry(path.to_owned()).or_default();
        let mut all = manifest.clone();
        for (first, other) in calls.iter().filter(|(first, _)| *first != call) {
            all.merge(other.clone()).map_err(|_| twice(path, first, call))?;
        }
        calls.insert(call.clone(), manifest);
        Ok(all)
    }
}

fn twice(path: &Path, first: &Call, second: &Call) -> Error {
    Error::WrittenTwice { path: path.to_owned(), first: first.name(), second: second.name() }
}
