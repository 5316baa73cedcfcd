//! What rustc takes for generated services, beside those of protoc-gen-tonic: CPU time of `cargo check` and of
//! `cargo build --release`. The messages are a crate of their own, and compiled before.
//!
//! `cargo bench -p secure-tests --bench stubs` measures and prints a Markdown table; `-- 10 100` measures these numbers of
//! services only. Without `--bench`, as in `cargo test`, it sees that the smallest size compiles.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use std::{env, fs};

use secure_tests::cost::cpu_time_of_children;

const SERVICES: [usize; 3] = [10, 100, 1000];
/// Of each `.proto`. Each service has ten methods.
const SERVICES_OF_A_FILE: usize = 5;
const ROUNDS: usize = 3;

/// The crates that are compared. The first has the dependencies alone.
const CRATES: [&str; 3] = ["no stubs", "protoc-gen-tonic", "protoc-gen-secure"];
const COMMANDS: [&[&str]; 2] = [&["check"], &["build", "--release"]];

fn main() {
    let arguments = env::args().skip(1).collect::<Vec<_>>();
    let is_measured = arguments.iter().any(|argument| argument == "--bench");
    let given = arguments.iter().filter_map(|argument| argument.parse().ok()).collect::<Vec<usize>>();
    let (sizes, commands, rounds) = match is_measured {
        true if given.is_empty() => (SERVICES.to_vec(), &COMMANDS[..], ROUNDS),
        true => (given, &COMMANDS[..], ROUNDS),
        false => (vec![SERVICES_OF_A_FILE], &COMMANDS[..1], 1),
    };
    println!("| services | command | crate | KiB of text | seconds of CPU | × tonic |\n|---:|---|---|---:|---:|---:|");
    for services in sizes {
        let workspace = Workspace::new(services);
        for command in commands {
            workspace.compare(command, rounds);
        }
    }
}

/// Crates in `target/stubs`. They share the dependencies that are compiled in `target`.
struct Workspace {
    root: PathBuf,
    target: PathBuf,
    services: usize,
}

impl Workspace {
    fn new(services: usize) -> Self {
        let program = env::current_exe().expect("this program");
        let target = program.ancestors().nth(3).expect("target, debug or release, deps, and this program").to_owned();
        let workspace = Self { root: target.join("stubs"), target, services };
        workspace.write();
        workspace
    }

    fn write(&self) {
        let files = self.services.div_ceil(SERVICES_OF_A_FILE);
        let protos = self.directory("proto");
        let names = (0..files).map(|number| format!("api{number:03}")).collect::<Vec<_>>();
        for name in &names {
            let text = API.replace("package bench.api;", &format!("package bench.{name};"));
            fs::write(protos.join(format!("{name}.proto")), text).expect("a file");
        }
        fs::write(self.root.join("Cargo.toml"), WORKSPACE).expect("a file");
        fs::copy(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.lock"), self.root.join("Cargo.lock")).expect("a copy");
        messages(&names, &protos, &self.package("messages", &names, ""));
        self.package(CRATES[0], &[], DEPENDENCIES);
        stubs_of_tonic(&names, &protos, &self.package(CRATES[1], &names, DEPENDENCIES));
        stubs_of_ours(&names, &protos, &self.package(CRATES[2], &names, DEPENDENCIES));
    }

    /// The directory of the sources of a new package, which has a module for each file.
    fn package(&self, name: &str, modules: &[String], dependencies: &str) -> PathBuf {
        let (name, runtime) = (directory(name), concat!(env!("CARGO_MANIFEST_DIR"), "/../secure-runtime"));
        let sources = self.directory(&format!("{name}/src"));
        let manifest = PACKAGE.replace("NAME", &name) + &dependencies.replace("RUNTIME", runtime);
        let module = |name: &String| format!("pub mod {name} {{\n    include!(\"bench.{name}.rs\");\n}}\n");
        fs::write(self.root.join(name).join("Cargo.toml"), manifest).expect("a file");
        fs::write(sources.join("lib.rs"), modules.iter().map(module).collect::<String>()).expect("a file");
        sources
    }

    /// An empty directory.
    fn directory(&self, name: &str) -> PathBuf {
        let path = self.root.join(name);
        if path.exists() {
            fs::remove_dir_all(&path).expect("a directory of an earlier run");
        }
        fs::create_dir_all(&path).expect("a directory");
        path
    }

    /// Runs the command for one crate after the other, so that each round meets the machine in the same state.
    fn compare(&self, command: &[&str], rounds: usize) {
        for name in CRATES {
            self.compile(name, command); // so that its dependencies are there
        }
        let mut times = CRATES.map(|_| Vec::new());
        for _ in 0..rounds {
            for (name, times) in CRATES.iter().zip(&mut times) {
                times.push(self.compile(name, command));
            }
        }
        let times = times.map(|times| times.into_iter().min().expect("a round").as_secs_f64());
        for (name, time) in CRATES.iter().zip(times) {
            let (services, command, text) = (self.services, command.join(" "), self.text(name) / 1024);
            println!("| {services} | `cargo {command}` | {name} | {text} | {time:.2} | {:.2} |", time / times[1]);
        }
    }

    /// The CPU time of cargo and rustc, after a change of the crate.
    fn compile(&self, name: &str, command: &[&str]) -> Duration {
        let library = self.root.join(directory(name)).join("src/lib.rs");
        let text = fs::read(&library).expect("a file");
        fs::write(&library, text).expect("a file");
        let before = cpu_time_of_children();
        let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.args(command).args(["--offline", "--quiet", "--package", &directory(name)]).current_dir(&self.root);
        let status = cargo.env("CARGO_TARGET_DIR", &self.target).env("CARGO_INCREMENTAL", "0").status();
        assert!(status.expect("cargo runs").success(), "{name} does not compile: {command:?}");
        cpu_time_of_children() - before
    }

    /// The length of the generated services.
    fn text(&self, name: &str) -> u64 {
        let sources = self.root.join(directory(name)).join("src");
        let files = fs::read_dir(sources).expect("a directory").map(|file| file.expect("a file"));
        let ending = if name == "protoc-gen-secure" { ".secure.rs" } else { ".rs" };
        let is_services = |name: &str| name.starts_with("bench.") && name.ends_with(ending);
        let files = files.filter(|file| is_services(&file.file_name().to_string_lossy()));
        files.map(|file| file.metadata().expect("a length").len()).sum()
    }
}

/// The name of a crate, and of its directory.
fn directory(name: &str) -> String {
    format!("stubs-{}", name.replace(' ', "-"))
}

fn messages(names: &[String], protos: &Path, out: &Path) {
    of_tonic(names, protos, tonic_prost_build::configure().build_client(false).build_server(false).out_dir(out));
}

fn stubs_of_tonic(names: &[String], protos: &Path, out: &Path) {
    let config = elsewhere(names)
        .into_iter()
        .fold(tonic_prost_build::configure(), |config, (proto, rust)| config.extern_path(proto, rust));
    of_tonic(names, protos, config.out_dir(out));
}

fn of_tonic(names: &[String], protos: &Path, config: tonic_prost_build::Builder) {
    let files = names.iter().map(|name| format!("{name}.proto"));
    let descriptors = protox::compile(files, [protos, Path::new(SCHEMA)]).expect("files that compile");
    config.compile_fds(descriptors).expect("code of tonic");
}

fn stubs_of_ours(names: &[String], protos: &Path, out: &Path) {
    let config = elsewhere(names)
        .into_iter()
        .fold(protoc_gen_secure::Config::new(), |config, (proto, rust)| config.extern_path(proto, rust));
    let files = names.iter().map(|name| protos.join(format!("{name}.proto"))).collect::<Vec<_>>();
    config.out_dir(out).compile_protos(&files, &[protos]).expect("code of ours");
}

/// Where the messages are.
fn elsewhere(names: &[String]) -> Vec<(String, String)> {
    let messages = |name| MESSAGES.map(|message| (name, message));
    let paths = names.iter().flat_map(messages);
    paths
        .map(|(name, message)| (format!(".bench.{name}.{message}"), format!("::stubs_messages::{name}::{message}")))
        .collect()
}

const API: &str = include_str!("../proto/bench/api.proto");
const SCHEMA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../proto");
/// Of [`API`].
const MESSAGES: [&str; 3] = ["Item", "Request", "Response"];

const WORKSPACE: &str = r#"[workspace]
members = ["stubs-*"]
resolver = "3"

[profile.dev]
debug = 0
"#;

const PACKAGE: &str = r#"[package]
name = "NAME"
version = "0.0.0"
edition = "2024"
publish = false

[dependencies]
prost = "0.14"
"#;

const DEPENDENCIES: &str = r#"secure-runtime = { path = "RUNTIME" }
stubs-messages = { path = "../stubs-messages" }
tonic = "0.14"
tonic-prost = "0.14"
"#;
