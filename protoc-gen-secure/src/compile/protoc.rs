//! Compiles with an installed protoc.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::Command;

use super::{CompileError, Compiled, decode, import_name, mistyped, path_of, require};
use crate::diagnostic::Diagnostics;
use crate::schema;

/// Compiles `.proto` files.
///
/// # Errors
///
/// The mistakes in options of the schema, or else what protoc prints, or why it cannot be run.
pub(crate) fn compile_with_protoc(
    protoc: &Path,
    arguments: &[OsString],
    protos: &[&Path],
    includes: &[&Path],
) -> Result<Compiled, CompileError> {
    require(protos, includes)?;
    let directory = tempfile::tempdir().map_err(CompileError::io(std::env::temp_dir()))?;
    write_schema(directory.path())?;
    let set = directory.path().join("set.bin");
    let includes_of_protoc = includes.iter().copied().chain([directory.path()]);
    let output = command(protoc, includes_of_protoc, &set).args(arguments).args(protos).output();
    let output = output.map_err(CompileError::io(protoc))?;
    if !output.status.success() {
        let message = String::from_utf8_lossy(&output.stderr).trim_end().to_owned();
        check_options(protos, includes, &message)?;
        return Err(CompileError::Compiler(message));
    }
    let set = fs::read(&set).map_err(CompileError::io(set))?;
    Ok(Compiled {
        to_generate: protos.iter().filter_map(|proto| import_name(proto, includes)).collect(),
        read: decode(&set)?.file.iter().filter_map(|file| path_of(file.name(), includes)).collect(),
        set,
        is_from_source: true,
    })
}

/// Finds mistakes in options of the files that protoc refused.
fn check_options(protos: &[&Path], includes: &[&Path], message: &str) -> Result<(), Diagnostics> {
    let mut found = Diagnostics::default();
    for proto in protos {
        let Some(name) = import_name(proto, includes) else { continue };
        let path = path_of(&name, includes).unwrap_or_else(|| proto.to_path_buf());
        let Ok(text) = fs::read_to_string(path) else { continue };
        if let Err(more) = mistyped::check(&name, &text, message) {
            found.extend(more);
        }
    }
    found.gate(())
}

/// Writes `secure/v1/options.proto` below a directory.
///
/// # Errors
///
/// The file or its directories cannot be written.
pub(crate) fn write_schema(directory: &Path) -> Result<(), CompileError> {
    let path = directory.join(schema::FILE);
    let parent = path.parent().unwrap_or(directory);
    fs::create_dir_all(parent).map_err(CompileError::io(parent))?;
    fs::write(&path, schema::TEXT).map_err(CompileError::io(path))
}

fn command<'a>(protoc: &Path, includes: impl Iterator<Item = &'a Path>, set: &Path) -> Command {
    let mut out = OsString::from("--descriptor_set_out=");
    out.push(set);
    let mut command = Command::new(protoc);
    command.args(["--include_imports", "--include_source_info"]).arg(out);
    for include in includes {
        command.arg("-I").arg(include);
    }
    command
}
