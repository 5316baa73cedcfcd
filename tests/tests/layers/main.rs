//! The structure of the crates: the layers that ARCHITECTURE.md lists, no loops of imports, and no long files.

mod graph;
mod source;
mod table;

use std::path::Path;

use graph::Graph;
use source::Source;
use table::Layers;

const CRATES: [&str; 3] = ["protoc-gen-secure", "secure-policy", "secure-runtime"];
const MAX_LINES: usize = 300;

fn sources(name: &str) -> Vec<Source> {
    source::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name).join("src"))
}

/// Fails if a check finds something in one of the crates.
fn assert_none(what: &str, check: impl Fn(&str, &[Source]) -> Vec<String>) {
    let found = CRATES.iter().flat_map(|name| {
        let found = check(name, &sources(name));
        found.into_iter().map(move |found| format!("{name}: {found}"))
    });
    let found = found.collect::<Vec<_>>();
    assert!(found.is_empty(), "{what}:\n{}", found.join("\n"));
}

#[test]
fn import_of_a_higher_layer_is_refused() {
    assert_none("imports that run up the layers of ARCHITECTURE.md", |name, sources| {
        let layers = Layers::of_crate(name);
        let graph = Graph::new(sources);
        let upward = graph.imports().filter(|(from, to)| layers.is_upward(from, to));
        upward.map(|(from, to)| format!("{from} uses {to}")).collect()
    });
}

#[test]
fn import_loop_is_refused() {
    assert_none("files that import each other", |_, sources| {
        let graph = Graph::new(sources);
        graph.loops().iter().map(|files| format!("{files:?}")).collect()
    });
}

#[test]
fn file_without_a_layer_is_refused() {
    assert_none("files of no layer in ARCHITECTURE.md", |name, sources| {
        let layers = Layers::of_crate(name);
        let modules = sources.iter().map(|source| source.module.clone()).collect::<Vec<_>>();
        layers.missing(&modules)
    });
}

#[test]
fn file_over_300_lines_is_refused() {
    assert_none("files over 300 lines, tests apart", |_, sources| {
        let long = sources.iter().filter(|source| source.lines > MAX_LINES);
        long.map(|source| format!("{}: {} lines", source.module, source.lines)).collect()
    });
}
