//! Compiles with protox, which needs no protoc.

use std::fs;
use std::path::Path;

use protox::Compiler;
use protox::file::{ChainFileResolver, GoogleFileResolver, IncludeFileResolver};

use super::{CompileError, Compiled, edition, mistyped, path_of, require};
use crate::schema::EmbeddedSchema;

/// Compiles `.proto` files.
///
/// # Errors
///
/// The mistakes in options of the schema, or else the compiler's own text.
pub(crate) fn compile_with_protox(protos: &[&Path], includes: &[&Path]) -> Result<Compiled, CompileError> {
    require(protos, includes)?;
    let mut compiler = Compiler::with_file_resolver(resolver(includes));
    compiler.include_imports(true).include_source_info(true);
    compiler.open_files(protos).map_err(|error| refusal(&error, includes))?;
    let asked_for = compiler.files().filter(|file| !file.is_import());
    Ok(Compiled {
        set: compiler.encode_file_descriptor_set(),
        to_generate: asked_for.map(|file| file.name().to_owned()).collect(),
        read: compiler.files().filter_map(|file| file.path().map(Path::to_owned)).collect(),
        is_from_source: true,
    })
}

const BYTE_ORDER_MARK: char = '\u{feff}';

/// The user's files come first, so that a copy of the schema among them is compared with the embedded one.
fn resolver(includes: &[&Path]) -> ChainFileResolver {
    let mut resolver = ChainFileResolver::new();
    for include in includes {
        resolver.add(IncludeFileResolver::new(include.to_path_buf()));
    }
    resolver.add(EmbeddedSchema);
    resolver.add(GoogleFileResolver::new());
    resolver
}

fn refusal(error: &protox::Error, includes: &[&Path]) -> CompileError {
    let message = format!("{error:?}");
    let text = |file| path_of(file, includes).and_then(|path| fs::read_to_string(path).ok());
    let Some((file, text)) = error.file().and_then(|file| Some((file, text(file)?))) else {
        return CompileError::Compiler(message);
    };
    if error.is_parse() && text.starts_with(BYTE_ORDER_MARK) {
        return CompileError::Compiler(format!("{file}: the file starts with a byte order mark; save it without one"));
    }
    if error.is_parse() && edition::declares_edition(&text) {
        return edition::refusal(file).into();
    }
    match mistyped::check(file, &text, &message) {
        Ok(()) => CompileError::Compiler(message),
        Err(found) => found.into(),
    }
}
