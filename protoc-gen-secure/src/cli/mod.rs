//! The commands of the binary. A protobuf compiler gives no arguments.

mod arguments;
mod check;
mod error;
mod export;
mod lints;
mod print_proto;

use std::error::Error;
use std::ffi::OsString;

use arguments::Command;
use error::CliError;

/// Does what the arguments of the binary say, and returns what it prints.
///
/// # Errors
///
/// Says what is wrong with the arguments, the files or the schema, and what to do about it.
pub fn run(arguments: Vec<OsString>) -> Result<Vec<u8>, Box<dyn Error>> {
    let text = match Command::parse(arguments).map_err(CliError::from)? {
        Command::Check(check) => check.run()?,
        Command::Export(export) => export.run()?,
        Command::Help => format!("protoc-gen-secure {VERSION}\n\n{HELP}"),
        Command::PrintProto(directory) => print_proto::run(&directory)?,
        Command::Lints(name) => lints::run(name.as_deref())?,
        Command::Version => format!("protoc-gen-secure {VERSION}\n"),
    };
    Ok(text.into_bytes())
}

/// The exit status of the binary after an error: 3 if what is deployed is not what the rules say, else 1.
pub fn exit_status(error: &(dyn Error + 'static)) -> u8 {
    match error.downcast_ref() {
        Some(CliError::Drift(_)) => 3,
        _ => 1,
    }
}

const HELP: &str = include_str!("help.txt");

const VERSION: &str = env!("CARGO_PKG_VERSION");
