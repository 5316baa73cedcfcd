//! The commands of the binary. A protobuf compiler gives no arguments.

mod arguments;
mod check;
mod diff;
mod error;
mod explain;
mod export;
mod fix;
mod git;
mod help;
mod import;
mod input;
mod line_ends;
mod lint;
mod lints;
mod matrix;
mod print_proto;
mod printed;
mod progress;
mod token;
mod usage;

use std::error::Error;
use std::ffi::OsString;

use arguments::Command;
use error::CliError;

pub use printed::{Printed, say};

/// Does what the arguments of the binary say, and returns what it prints.
///
/// # Errors
///
/// Says what is wrong with the arguments, the files or the schema, and what to do about it.
pub fn run(arguments: Vec<OsString>) -> Result<Printed, Box<dyn Error>> {
    let printed = match Command::parse(arguments).map_err(CliError::from)? {
        Command::Check(check) => check.run()?.into(),
        Command::Diff(diff) => diff.run()?,
        Command::Explain(explain) => explain.run()?.into(),
        Command::Export(export) => export.run()?.into(),
        Command::Import(import) => import.run()?.into(),
        Command::Help => format!("protoc-gen-secure {VERSION}\n\n{}", help::TEXT).into(),
        Command::HelpOf(text) => text.into(),
        Command::Lint(lint) => lint.run()?,
        Command::Matrix(matrix) => matrix.run()?.into(),
        Command::PrintProto(directory) => print_proto::run(&directory)?.into(),
        Command::Lints(lints) => lints.run()?.into(),
        Command::Usage(usage) => usage.run()?.into(),
        Command::Version => format!("protoc-gen-secure {VERSION}\n").into(),
    };
    Ok(printed)
}

/// The exit status of the binary after an error: 3 if what is deployed is not what the rules say, else 1.
pub fn exit_status(error: &(dyn Error + 'static)) -> u8 {
    match error.downcast_ref() {
        Some(CliError::Drift(_)) => 3,
        _ => 1,
    }
}

const VERSION: &str = env!("CARGO_PKG_VERSION");
