//! The tables of layers in ARCHITECTURE.md. A row is a layer; its first cell names modules.

const ARCHITECTURE: &str = include_str!("../../../ARCHITECTURE.md");

/// The layers of a crate, top first: each a list of modules (`authn`, `client/oauth`).
pub(crate) struct Layers(Vec<Vec<String>>);

impl Layers {
    /// The first table below the heading "Layers of `NAME`".
    pub(crate) fn of_crate(name: &str) -> Self {
        let heading = format!("Layers of `{name}`");
        let section =
            ARCHITECTURE.split("\n#").find(|section| section.trim_start_matches(['#', ' ']).starts_with(&heading));
        let section = section.unwrap_or_else(|| panic!("ARCHITECTURE.md has no section {heading:?}"));
        let layers = section.lines().filter(|line| line.starts_with("| `")).map(first_cell).collect::<Vec<_>>();
        assert!(layers.len() > 3, "the section {heading:?} has no table of layers");
        Self(layers)
    }

    pub(crate) fn is_upward(&self, from: &str, to: &str) -> bool {
        matches!((self.layer(from), self.layer(to)), (Some(from), Some(to)) if to < from)
    }

    /// The modules that no layer names.
    pub(crate) fn missing(&self, modules: &[String]) -> Vec<String> {
        modules.iter().filter(|module| self.layer(module).is_none()).cloned().collect()
    }

    /// The layer that names the module, or else the closest module around it.
    fn layer(&self, module: &str) -> Option<usize> {
        let layers = self.0.iter().enumerate();
        let named = layers.flat_map(|(layer, names)| names.iter().map(move |name| (name, layer)));
        let fitting = named.filter(|(name, _)| is_within(module, name));
        fitting.max_by_key(|(name, _)| name.len()).map(|(_, layer)| layer)
    }
}

fn first_cell(row: &str) -> Vec<String> {
    let cell = row.split('|').nth(1).unwrap_or_default();
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

fn is_within(module: &str, name: &str) -> bool {
    module.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
