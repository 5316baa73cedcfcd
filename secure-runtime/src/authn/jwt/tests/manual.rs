//! The manual leaves no check out, and names tests that exist.

use std::path::Path;
use std::{fs, iter};

#[test]
fn manual_has_a_row_for_every_check() {
    for (chapter, checks) in [(TOKENS, 25), (KEYS, 18), (SERVER, 25)] {
        let numbers: Vec<_> = table(chapter).map(|(number, _)| number).collect();
        assert_eq!(numbers, (1..=checks).map(|number: u8| number.to_string()).collect::<Vec<_>>());
    }
}

#[test]
fn every_test_that_the_manual_names_exists() {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let sources: String = sources(&package.join("src")).chain(sources(&package.join("../tests/tests"))).collect();
    for (number, tests) in table(TOKENS).chain(table(KEYS)).chain(table(SERVER)) {
        for test in tests.split(", ") {
            assert!(sources.contains(&format!("fn {}(", test.trim_matches('`'))), "check {number}: {test}");
        }
    }
}

const TOKENS: &str = include_str!("../checks.md");
const KEYS: &str = include_str!("../key_set/checks.md");
const SERVER: &str = include_str!("../../../server/checks.md");

/// Number and tests of each row.
fn table(chapter: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let rows = chapter.lines().skip_while(|line| !line.starts_with("| ")).skip(1);
    let rows = rows.take_while(|line| line.starts_with("|")).filter(|line| line.starts_with("| "));
    rows.map(|row| {
        let cells: Vec<_> = row.trim_matches('|').split('|').map(str::trim).collect();
        (cells[0], cells[3])
    })
}

fn sources(folder: &Path) -> Box<dyn Iterator<Item = String>> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    Box::new(paths.flat_map(|path| match path.is_dir() {
        true => sources(&path),
        false => Box::new(iter::once(fs::read_to_string(path).unwrap())),
    }))
}
