//! The table of counts in `tests/benches/README.md`.

use std::path::PathBuf;
use std::process::Command;
use std::{env, fmt, fs};

use crate::callgrind;
use crate::scenario::Scenario;

/// The most that a count may grow, in percent of the committed count.
const TOLERANCE: u64 = 5;
/// The lines of the README around the table.
const BEGIN: &str = "<!-- counts: begin -->\n";
const END: &str = "<!-- counts: end -->\n";

/// The counts of one compiler, by the name of the scenario.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Table {
    compiler: String,
    counts: Vec<(String, u64)>,
}

impl Table {
    /// Counts now.
    pub(crate) fn counted() -> Self {
        let counts = Scenario::ALL.map(|scenario| (scenario.name().to_owned(), callgrind::count(scenario)));
        Self { compiler: compiler(), counts: counts.to_vec() }
    }

    /// Reads the README.
    pub(crate) fn committed() -> Self {
        let text = fs::read_to_string(readme()).expect("tests/benches/README.md");
        Self::parse(split(&text)[1]).expect("a table of counts in tests/benches/README.md")
    }

    /// Replaces the table in the README.
    pub(crate) fn commit(&self) {
        let text = fs::read_to_string(readme()).expect("tests/benches/README.md");
        let [before, _, after] = split(&text);
        fs::write(readme(), format!("{before}{self}{after}")).expect("the README is written");
    }

    fn parse(text: &str) -> Option<Self> {
        let mut rows = text.lines().filter_map(|line| {
            let (name, count) = line.strip_prefix("| ")?.strip_suffix(" |")?.split_once(" | ")?;
            Some((name, count))
        });
        let compiler = rows.next()?.1.to_owned();
        let counts = rows.filter_map(|(name, count)| Some((name.to_owned(), count.replace(',', "").parse().ok()?)));
        Some(Self { compiler, counts: counts.collect() })
    }

    /// A message for each count that grew too much, or that is in one of the tables only. None if the compilers or the
    /// processors differ, because then the instructions are others.
    pub(crate) fn growth(&self, now: &Self) -> Vec<String> {
        if self.compiler != now.compiler {
            println!("\nNot compared: the table is of {}, and this is {}.", self.compiler, now.compiler);
            return Vec::new();
        }
        let names = |table: &Self| table.counts.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        if names(self) != names(now) {
            return vec![format!("the table has {:?}, but {:?} are counted", names(self), names(now))];
        }
        let pairs = self.counts.iter().zip(&now.counts);
        pairs.filter_map(|((name, before), (_, after))| grew(name, *before, *after)).collect()
    }
}

fn grew(name: &str, before: u64, after: u64) -> Option<String> {
    let grew = after * 100 > before * (100 + TOLERANCE);
    let percent = 100.0 * (after as f64 / before as f64 - 1.0);
    let [before, after] = [before, after].map(grouped);
    grew.then(|| {
        format!("{name}: {before} → {after} instructions, {percent:.1} % more; at most {TOLERANCE} % are allowed")
    })
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| scenario | {} |\n|---|---:|", self.compiler)?;
        self.counts.iter().try_for_each(|(name, count)| writeln!(f, "| {name} | {} |", grouped(*count)))
    }
}

/// `1234567` as `1,234,567`.
fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let groups = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy);
    groups.collect::<Vec<_>>().join(",")
}

/// What stands before the table, the table, and what stands after it.
fn split(text: &str) -> [&str; 3] {
    let begin = text.find(BEGIN).expect("the mark before the table") + BEGIN.len();
    let end = text.find(END).expect("the mark after the table");
    [&text[..begin], &text[begin..end], &text[end..]]
}

fn readme() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../benches/README.md"))
}

/// `rustc 1.95.0, x86_64 with AVX2`.
fn compiler() -> String {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).arg("--version").output().expect("rustc runs");
    let version = String::from_utf8_lossy(&output.stdout);
    let version = version.split_whitespace().take(2).collect::<Vec<_>>().join(" ");
    format!("{version}, {}", processor())
}

/// Libraries choose their code by what the processor can do. valgrind hides what is newer than AVX2.
fn processor() -> &'static str {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        return "x86_64 with AVX2";
    }
    env::consts::ARCH
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(hit: u64) -> Table {
        Table { compiler: "rustc 1.95.0, x86_64".to_owned(), counts: vec![("cache-hit".to_owned(), hit)] }
    }

    #[test]
    fn table_is_read_as_it_is_written() {
        let written = table(1_234_567);
        assert_eq!(Table::parse(&written.to_string()), Some(written));
    }

    #[test]
    fn growth_of_5_percent_passes_and_more_fails() {
        assert!(table(1_000).growth(&table(1_050)).is_empty());
        assert_eq!(
            table(1_000).growth(&table(1_051)),
            ["cache-hit: 1,000 → 1,051 instructions, 5.1 % more; at most 5 % are allowed"]
        );
    }

    #[test]
    fn scenario_without_a_committed_count_fails() {
        let none = Table { counts: Vec::new(), ..table(1) };
        assert_eq!(none.growth(&table(1)), [r#"the table has [], but ["cache-hit"] are counted"#]);
    }

    #[test]
    fn counts_of_another_compiler_are_not_compared() {
        let other = Table { compiler: "rustc 1.96.0, x86_64".to_owned(), ..table(1_000) };
        assert!(table(1).growth(&other).is_empty());
    }
}
