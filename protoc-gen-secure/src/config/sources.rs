//! `.proto` files to descriptors.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use protox::Compiler;
use protox::file::{ChainFileResolver, File, FileResolver, GoogleFileResolver, IncludeFileResolver};

use super::{Error, decode, refuse_edition};
use crate::declared::schema;
use crate::diagnostic::Diagnostics;

/// What a compiler made.
pub(crate) struct Compiled {
    /// An encoded `FileDescriptorSet`.
    pub(crate) set: Vec<u8>,
    /// The files that were asked for.
    pub(crate) to_generate: Vec<String>,
    /// The files on disk that were read.
    pub(crate) read: Vec<PathBuf>,
}

impl Compiled {
    /// True if the compiler recorded where things are written.
    pub(crate) fn has_positions(&self) -> Result<bool, Error> {
        Ok(decode(&self.set)?.file.iter().any(|file| file.source_code_info.is_some()))
    }
}

/// A set that a compiler made before. All its files are asked for, but those that extern paths leave to others.
pub(crate) fn of_set(set: Vec<u8>, extern_paths: &[(String, String)]) -> Result<Compiled, Error> {
    let files = decode(&set)?.file;
    let own = files.iter().filter(|file| !is_extern(file.package(), extern_paths));
    Ok(Compiled { to_generate: own.map(|file| file.name().to_owned()).collect(), read: Vec::new(), set })
}

fn is_extern(package: &str, extern_paths: &[(String, String)]) -> bool {
    extern_paths.iter().any(|(proto, _)| format!(".{package}.").starts_with(&format!("{proto}.")))
}

pub(crate) fn compile_with_protox(protos: &[&Path], includes: &[&Path]) -> Result<Compiled, Error> {
    let mut compiler = Compiler::with_file_resolver(resolver(includes));
    compiler.include_imports(true).include_source_info(true);
    compiler.open_files(protos).map_err(|error| refusal(&error, includes))?;
    let asked_for = compiler.files().filter(|file| !file.is_import());
    Ok(Compiled {
        set: compiler.encode_file_descriptor_set(),
        to_generate: asked_for.map(|file| file.name().to_owned()).collect(),
        read: compiler.files().filter_map(|file| file.path().map(Path::to_owned)).collect(),
    })
}

pub(super) fn compile_with_protoc(protoc: &Path, protos: &[&Path], includes: &[&Path]) -> Result<Compiled, Error> {
    let directory = tempfile::tempdir().map_err(Error::io(std::env::temp_dir()))?;
    write_schema(directory.path())?;
    let set = directory.path().join("set.bin");
    let output = command(protoc, protos, includes, directory.path(), &set).output().map_err(Error::io(protoc))?;
    if !output.status.success() {
        return Err(Error::Compile(String::from_utf8_lossy(&output.stderr).trim_end().to_owned()));
    }
    let set = fs::read(&set).map_err(Error::io(set))?;
    Ok(Compiled {
        to_generate: protos.iter().filter_map(|proto| name(proto, includes)).collect(),
        read: decode(&set)?.file.iter().filter_map(|file| path(file.name(), includes)).collect(),
        set,
    })
}

/// The user's files first, so that a vendored schema is seen, and compared with ours.
fn resolver(includes: &[&Path]) -> ChainFileResolver {
    let mut resolver = ChainFileResolver::new();
    for include in includes {
        resolver.add(IncludeFileResolver::new(include.to_path_buf()));
    }
    resolver.add(EmbeddedSchema);
    resolver.add(GoogleFileResolver::new());
    resolver
}

/// Resolves `secure/v1/options.proto`.
pub(crate) struct EmbeddedSchema;

impl FileResolver for EmbeddedSchema {
    fn open_file(&self, name: &str) -> Result<File, protox::Error> {
        match name {
            schema::FILE => File::from_source(name, schema::TEXT),
            _ => Err(protox::Error::file_not_found(name)),
        }
    }
}

/// protox's own words, and ours where it stumbles over an edition or a rule.
fn refusal(error: &protox::Error, includes: &[&Path]) -> Error {
    let file = error.file().filter(|_| error.is_parse());
    let text = file.and_then(|file| path(file, includes)).and_then(|path| fs::read_to_string(path).ok());
    match (file, text) {
        (Some(file), Some(text)) if declares_edition(&text) => {
            let mut found = Diagnostics::default();
            refuse_edition(file, &mut found);
            found.into()
        }
        _ => Error::Compile(with_help(format!("{error:?}"))),
    }
}

fn with_help(message: String) -> String {
    let help = if message.contains("'secure.v1.") && message.contains("is not defined") {
        "add `import \"secure/v1/options.proto\";` to the file"
    } else if message.contains("(secure.v1.method)") {
        "a rule is `public: true`, `authenticated: true` or `required_roles: [\"...\"]`"
    } else {
        return message;
    };
    format!("{message}\n  help: {help}")
}

fn declares_edition(text: &str) -> bool {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let after_comment = match (text.strip_prefix("//"), text.strip_prefix("/*")) {
        (Some(comment), _) => comment.split_once('\n'),
        (_, Some(comment)) => comment.split_once("*/"),
        _ => return text.strip_prefix("edition").is_some_and(|rest| rest.trim_start().starts_with('=')),
    };
    after_comment.is_some_and(|(_, rest)| declares_edition(rest))
}

/// Writes `secure/v1/options.proto` below a directory.
pub(crate) fn write_schema(directory: &Path) -> Result<(), Error> {
    let path = directory.join(schema::FILE);
    let parent = path.parent().unwrap_or(directory);
    fs::create_dir_all(parent).map_err(Error::io(parent))?;
    fs::write(&path, schema::TEXT).map_err(Error::io(path))
}

fn command(protoc: &Path, protos: &[&Path], includes: &[&Path], embedded: &Path, set: &Path) -> Command {
    let mut out = OsString::from("--descriptor_set_out=");
    out.push(set);
    let mut command = Command::new(protoc);
    command.args(["--include_imports", "--include_source_info"]).arg(out);
    for include in includes.iter().chain([&embedded]) {
        command.arg("-I").arg(include);
    }
    command.args(protos);
    command
}

/// How imports call a file that is given by its path.
fn name(proto: &Path, includes: &[&Path]) -> Option<String> {
    let resolvers = includes.iter().map(|include| IncludeFileResolver::new(include.to_path_buf()));
    let found = resolvers.into_iter().find_map(|resolver| resolver.resolve_path(proto));
    found.or_else(|| Some(proto.to_str()?.to_owned()))
}

/// Where a file stands that imports call by its name.
fn path(name: &str, includes: &[&Path]) -> Option<PathBuf> {
    includes.iter().map(|include| include.join(name)).find(|path| path.is_file())
}
