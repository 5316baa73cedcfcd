//! Which file imports which. Re-exports are followed, so an import counts for the file that defines the item.

use std::collections::{BTreeMap, BTreeSet};

use crate::source::{Named, Source};

pub(crate) struct Graph(BTreeMap<String, BTreeSet<String>>);

impl Graph {
    pub(crate) fn new(sources: &[Source]) -> Self {
        let names = Names::new(sources);
        let imports = |source: &Source| {
            let used = source.paths.iter().filter(|named| !named.is_reexport);
            let files = used.filter_map(|named| names.file_of(&source.module, named));
            files.filter(|file| *file != source.module).collect()
        };
        Self(sources.iter().map(|source| (source.module.clone(), imports(source))).collect())
    }

    /// Files that import each other, directly or through others: each group once.
    pub(crate) fn loops(&self) -> BTreeSet<BTreeSet<&str>> {
        let reached = self.0.keys().map(|from| (from.as_str(), self.reachable(from))).collect::<BTreeMap<_, _>>();
        let group = |from: &str| {
            let around = reached[from].iter().filter(|to| reached[**to].contains(from));
            around.copied().collect::<BTreeSet<_>>()
        };
        self.0.keys().map(|from| group(from)).filter(|group| !group.is_empty()).collect()
    }

    /// All files that a file imports, directly or through others.
    fn reachable<'a>(&'a self, from: &'a str) -> BTreeSet<&'a str> {
        let mut reached = BTreeSet::new();
        let mut open = vec![from];
        while let Some(file) = open.pop() {
            let imported = self.0[file].iter().map(String::as_str);
            open.extend(imported.filter(|to| reached.insert(*to)));
        }
        reached
    }

    /// Pairs of files, of which the first imports the second.
    pub(crate) fn imports(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().flat_map(|(from, to)| to.iter().map(move |to| (from.as_str(), to.as_str())))
    }
}

/// The files of a crate by module path, and what they re-export.
struct Names {
    files: BTreeMap<Vec<String>, String>,
    reexports: BTreeMap<Vec<String>, Vec<String>>,
}

impl Names {
    fn new(sources: &[Source]) -> Self {
        let files = sources.iter().map(|source| (module_path(&source.module), source.module.clone()));
        let mut names = Self { files: files.collect(), reexports: BTreeMap::new() };
        names.files.insert(Vec::new(), "lib".to_owned());
        for source in sources {
            let module = module_path(&source.module);
            for named in source.paths.iter().filter(|named| named.is_reexport) {
                let (Some(to), Some(name)) = (names.absolute(&module, &named.segments), named.segments.last()) else {
                    continue;
                };
                let from = module.iter().chain([name]).cloned().collect::<Vec<_>>();
                if from != to {
                    names.reexports.insert(from, to);
                }
            }
        }
        names
    }

    fn file_of(&self, module: &str, named: &Named) -> Option<String> {
        let path = self.absolute(&module_path(module), &named.segments)?;
        Some(self.resolve(path))
    }

    /// The file that defines what a path from the root of the crate names.
    fn resolve(&self, path: Vec<String>) -> String {
        let module = (0..=path.len()).rev().map(|length| &path[..length]).find(|part| self.files.contains_key(*part));
        let module = module.expect("the root is a file");
        let item = &path[..path.len().min(module.len() + 1)];
        match self.reexports.get(item) {
            Some(to) => self.resolve([to, &path[item.len()..]].concat()),
            None => self.files[module].clone(),
        }
    }

    /// The path from the root of the crate, if it is one of this crate.
    fn absolute(&self, module: &[String], segments: &[String]) -> Option<Vec<String>> {
        let (first, rest) = segments.split_first()?;
        match first.as_str() {
            "crate" => Some(rest.to_vec()),
            "self" => Some([module, rest].concat()),
            "super" => self.absolute_above(module, rest),
            _ => {
                let child = [module, std::slice::from_ref(first)].concat();
                self.files.contains_key(&child).then(|| [module, segments].concat())
            }
        }
    }

    fn absolute_above(&self, module: &[String], segments: &[String]) -> Option<Vec<String>> {
        let above = &module[..module.len().checked_sub(1)?];
        match segments.split_first() {
            Some((first, rest)) if first == "super" => self.absolute_above(above, rest),
            _ => Some([above, segments].concat()),
        }
    }
}

fn module_path(module: &str) -> Vec<String> {
    if matches!(module, "lib" | "main") { Vec::new() } else { module.split('/').map(str::to_owned).collect() }
}
