//! `print-proto DIR`: the option schema to where `-I DIR` finds it.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use super::error::CliError;
use super::line_ends::unix;
use crate::compile::write_schema;
use crate::schema;

pub(super) fn run(directory: &Path) -> Result<String, CliError> {
    let path = directory.join(schema::FILE);
    match fs::read_to_string(&path).map(unix) {
        Ok(content) if content == schema::TEXT => {}
        Err(error) if error.kind() == ErrorKind::InvalidData => return Err(CliError::Differs(path)),
        Ok(_) => return Err(CliError::Differs(path)),
        Err(_) => write_schema(directory)?,
    }
    Ok(format!("{}\n", path.display()))
}
