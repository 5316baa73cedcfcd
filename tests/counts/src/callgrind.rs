//! Runs this program under callgrind.

use std::path::PathBuf;
use std::process::Command;
use std::{env, fs};

use crate::scenario::Scenario;

/// The instructions of one operation.
pub(crate) fn count(scenario: Scenario) -> u64 {
    let [few, many] = scenario.operations();
    let (of_few, of_many) = (instructions(scenario, few), instructions(scenario, many));
    of_many.saturating_sub(of_few) / (many - few)
}

/// The instructions of a process that does so many operations. Its profile stays in `target/counts`.
fn instructions(scenario: Scenario, operations: u64) -> u64 {
    let profile = profile(scenario);
    let output = Command::new("valgrind")
        .arg("--tool=callgrind")
        .arg(format!("--callgrind-out-file={}", profile.display()))
        .arg(env::current_exe().expect("the path of this program"))
        .args(["run", scenario.name(), &operations.to_string()])
        .output()
        .expect("valgrind is installed and runs");
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "`{}` failed under valgrind:\n{log}", scenario.name());
    collected(&log).unwrap_or_else(|| panic!("valgrind printed no count:\n{log}"))
}

/// The number of `==1== Collected : 123456`.
fn collected(log: &str) -> Option<u64> {
    log.lines().find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok())
}

fn profile(scenario: Scenario) -> PathBuf {
    let target =
        env::current_exe().expect("the path of this program").ancestors().nth(2).expect("target").join("counts");
    fs::create_dir_all(&target).expect("a directory in target");
    target.join(format!("{}.callgrind", scenario.name()))
}
