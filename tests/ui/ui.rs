//! Programs that must not compile. The expected messages are those of stable Rust 1.95.

use std::env;
use std::process::Command;

const TEST: &str = "mistakes_do_not_compile";
const FLAGS: &str = "CARGO_ENCODED_RUSTFLAGS";

/// trybuild builds the dependencies with other flags than the mistakes, so cargo would build all of them twice. This variable
/// takes precedence over its flags, and has those for the mistakes.
#[test]
fn mistakes_do_not_compile() {
    if env::var_os(FLAGS).is_some_and(|flags| flags.to_string_lossy().contains("trybuild")) {
        return trybuild::TestCases::new().compile_fail("mistakes/*.rs");
    }
    let flags = ["--cfg", "trybuild", "--verbose", "-A", "dead_code", "--diagnostic-width=140"].join("\x1f");
    let mut again = Command::new(env::current_exe().unwrap());
    assert!(again.args(["--exact", TEST, "--nocapture"]).env(FLAGS, flags).status().unwrap().success());
}
