//! Programs to run, and directories to run them in.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

pub(crate) const PLUGIN: &str = env!("CARGO_BIN_EXE_protoc-gen-secure");

/// The protoc of today.
pub(crate) fn protoc() -> PathBuf {
    protoc_bin_vendored::protoc_bin_path().expect("a protoc for this machine")
}

/// True if every tool is on `PATH`. CI installs them all; elsewhere a test without its tools says so and ends.
pub(crate) fn have(tools: &[&str]) -> bool {
    let missing = tools.iter().filter(|tool| find(tool).is_none()).collect::<Vec<_>>();
    if missing.is_empty() {
        return true;
    }
    assert!(env::var_os("CI").is_none(), "not on PATH: {missing:?}");
    eprintln!("skipped, not on PATH: {missing:?}");
    false
}

fn find(tool: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?).map(|directory| directory.join(tool)).find(|path| path.is_file())
}

/// A directory to run tools in.
pub(crate) struct Workspace(TempDir);

impl Workspace {
    /// With `proto/` of these files, each a name and where its text is.
    pub(crate) fn new<N: AsRef<Path>>(files: impl IntoIterator<Item = (N, PathBuf)>) -> Self {
        let workspace = Self(tempfile::tempdir().expect("a directory"));
        for (name, source) in files {
            let path = workspace.path("proto").join(name);
            fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
            fs::copy(&source, path).unwrap_or_else(|error| panic!("{}: {error}", source.display()));
        }
        workspace
    }

    /// Beside the sources, the schema that `print-proto` writes.
    pub(crate) fn with_schema(self) -> Self {
        self.succeed(PLUGIN, ["print-proto", "proto"]);
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn directory(&self, name: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(&path).expect("a directory");
        path
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("a file");
    }

    /// Runs a program here; it finds our plugin on `PATH`.
    pub(crate) fn run<A: AsRef<OsStr>>(
        &self,
        program: impl AsRef<OsStr>,
        arguments: impl IntoIterator<Item = A>,
    ) -> Output {
        let own = Path::new(PLUGIN).parent().expect("a parent").to_owned();
        let path = env::var_os("PATH").unwrap_or_default();
        let path = env::join_paths([own].into_iter().chain(env::split_paths(&path))).expect("a path");
        let mut command = Command::new(program);
        command.args(arguments).current_dir(self.0.path()).env("PATH", path).output().expect("a program that runs")
    }

    #[track_caller]
    pub(crate) fn succeed<A: AsRef<OsStr>>(&self, program: impl AsRef<OsStr>, arguments: impl IntoIterator<Item = A>) {
        let Output { status, stderr, .. } = self.run(program, arguments);
        assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
    }

    /// Runs git with these words.
    #[track_caller]
    pub(crate) fn git(&self, arguments: &str) {
        let name = ["-c", "user.name=shop", "-c", "user.email=shop@example.com"];
        self.succeed("git", name.into_iter().chain(arguments.split_whitespace()));
    }

    /// Makes a repository whose one commit has these files.
    #[track_caller]
    pub(crate) fn commit(&self, files: &str) {
        self.git("init --quiet .");
        self.git(&format!("add {files}"));
        self.git("commit --quiet --message=shop");
    }
}

/// All files below a directory, by path.
pub(crate) fn files(directory: &Path) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    collect(directory, directory, &mut files);
    files
}

fn collect(root: &Path, directory: &Path, files: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(root, &path, files);
        } else {
            let name = path.strip_prefix(root).expect("a path below").to_string_lossy().into_owned();
            files.insert(name, fs::read_to_string(&path).expect("text"));
        }
    }
}

/// The services of other tests: every kind of method, every kind of rule, keywords in names, no package.
pub(crate) fn services() -> Workspace {
    let shop = [("shop/v1/shop.proto", "../examples/quickstart/proto/shop/v1/shop.proto".into())];
    let others = SERVICES.into_iter().filter(|name| !name.starts_with("shop"));
    let others = others.map(|name| (name, Path::new("../tests/proto").join(name)));
    Workspace::new(shop.into_iter().chain(others)).with_schema()
}

pub(crate) const SERVICES: [&str; 7] = [
    "bank/v1/bank.proto",
    "kinds/v1/kinds.proto",
    "odd/type/v1/odd.proto",
    "other/v1/other.proto",
    "rootless.proto",
    "shop/v1/shop.proto",
    "staff/v1/role.proto",
];

/// `CodeGeneratorRequest`, its files undecoded, as prost-types drops our option.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Request {
    #[prost(string, repeated, tag = "1")]
    pub(crate) to_generate: Vec<String>,
    #[prost(string, tag = "2")]
    pub(crate) parameter: String,
    #[prost(bytes = "vec", repeated, tag = "15")]
    pub(crate) files: Vec<Vec<u8>>,
}

/// `FileDescriptorSet`, its files undecoded.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Set {
    #[prost(bytes = "vec", repeated, tag = "1")]
    pub(crate) files: Vec<Vec<u8>>,
}
