//! `protoc-gen-secure`: answers a request of protoc or buf on stdin, is a check plugin of buf, and runs commands.

use std::env;
use std::error::Error;
use std::ffi::OsString;
use std::io::{self, IsTerminal, Read, Write};
use std::process::ExitCode;

use protoc_gen_secure::buf;
use protoc_gen_secure::cli::{Printed, say};

fn main() -> ExitCode {
    let arguments = env::args_os().skip(1).collect::<Vec<_>>();
    let is_asked_by_compiler = arguments.is_empty() && !io::stdin().is_terminal();
    let code = match is_asked_by_compiler {
        true => respond(io::stdin().lock()),
        false if buf::is_asked(&arguments) => check(&arguments),
        false => run(arguments),
    };
    match code {
        Ok(code) => code,
        Err(error) => {
            say(format_args!("protoc-gen-secure: {error}"));
            ExitCode::from(protoc_gen_secure::cli::exit_status(&*error))
        }
    }
}

fn run(arguments: Vec<OsString>) -> Result<ExitCode, Box<dyn Error>> {
    let Printed { text, is_failure, .. } = protoc_gen_secure::cli::run(arguments)?;
    match io::stdout().write_all(text.as_bytes()) {
        // The reader has what it wants, as `head` does.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
        written => written?,
    }
    Ok(if is_failure { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn check(arguments: &[OsString]) -> Result<ExitCode, Box<dyn Error>> {
    io::stdout().write_all(&buf::respond(arguments, io::stdin().lock())?)?;
    Ok(ExitCode::SUCCESS)
}

fn respond(mut input: impl Read) -> Result<ExitCode, Box<dyn Error>> {
    let mut request = Vec::new();
    input.read_to_end(&mut request)?;
    let answer = protoc_gen_secure::respond(&request)?;
    answer.warnings().iter().for_each(say);
    io::stdout().write_all(answer.encoded())?;
    Ok(ExitCode::SUCCESS)
}
