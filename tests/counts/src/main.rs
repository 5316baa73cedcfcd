//! Counts the instructions of a call and of the generator under callgrind. Compares them with the table in
//! `tests/benches/README.md`, which describes how to run it and what to do if it fails.

mod callgrind;
mod calls;
mod generation;
mod scenario;
mod served;
mod table;

use std::process::ExitCode;

use scenario::Scenario;
use table::Table;

fn main() -> ExitCode {
    let arguments = std::env::args().skip(1).collect::<Vec<_>>();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => check(),
        ["--update"] => update(),
        ["run", name, operations] => run(name, operations),
        _ => {
            eprintln!("usage: secure-counts [--update]");
            ExitCode::FAILURE
        }
    }
}

/// Prints the counts. Fails if one grew by more than the tolerance.
fn check() -> ExitCode {
    let (committed, counted) = (Table::committed(), Table::counted());
    print!("{counted}");
    let failures = committed.growth(&counted);
    if failures.is_empty() {
        return ExitCode::SUCCESS;
    }
    eprintln!("\n{}\n\n{HELP}", failures.join("\n"));
    ExitCode::FAILURE
}

/// Replaces the table of the README.
fn update() -> ExitCode {
    let counted = Table::counted();
    print!("{counted}");
    counted.commit();
    ExitCode::SUCCESS
}

/// The process that callgrind counts.
fn run(name: &str, operations: &str) -> ExitCode {
    let scenario = Scenario::named(name).unwrap_or_else(|| panic!("there is no scenario `{name}`"));
    scenario.run(operations.parse().expect("a number of operations"));
    ExitCode::SUCCESS
}

const HELP: &str = "To see where the instructions go, run `callgrind_annotate target/counts/<scenario>.callgrind`.
If the growth is wanted, run `cargo run --release -p secure-counts -- --update`, and commit the new table.";
