//! `protoc-gen-secure`: answers the request of protoc or buf on stdin, or the person who gives arguments.

use std::env;
use std::error::Error;
use std::io::{self, IsTerminal, Read, Write};
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = env::args_os().skip(1).collect::<Vec<_>>();
    let is_asked_by_compiler = arguments.is_empty() && !io::stdin().is_terminal();
    let answer =
        if is_asked_by_compiler { respond(io::stdin().lock()) } else { protoc_gen_secure::cli::run(arguments) };
    match answer.and_then(|answer| Ok(io::stdout().write_all(&answer)?)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("protoc-gen-secure: {error}");
            ExitCode::from(protoc_gen_secure::cli::exit_status(&*error))
        }
    }
}

fn respond(mut input: impl Read) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut request = Vec::new();
    input.read_to_end(&mut request)?;
    let answer = protoc_gen_secure::respond(&request)?;
    answer.warnings().iter().for_each(|warning| eprintln!("{warning}"));
    Ok(answer.encoded().to_vec())
}
