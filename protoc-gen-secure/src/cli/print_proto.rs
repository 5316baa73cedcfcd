//! `print-proto DIR`: the option schema to where `-I DIR` finds it.

use std::fs;
use std::path::Path;

use super::error::CliError;
use crate::compile::write_schema;
use crate::schema;

pub(super) fn run(directory: &Path) -> Result<String, CliError> {
    let path = directory.join(schema::FILE);
    match fs::read(&path) {
        Ok(content) if content == schema::TEXT.as_bytes() => {}
        Ok(_) => return Err(CliError::Differs(path)),
        Err(_) => write_schema(directory)?,
    }
    Ok(format!("{}\n", path.display()))
}
