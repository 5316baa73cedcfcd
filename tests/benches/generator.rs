//! The generator beside protoc's own parsing and beside protoc-gen-prost and protoc-gen-tonic: CPU time, peak of memory,
//! and the length of the generated text. Each run is a process of its own, so that its peak of memory is its own, too.
//!
//! `cargo bench -p secure-tests --bench generator` measures. Without `--bench`, as in `cargo test`, it sees that all run.

use std::io::{self, Read as _};
use std::os::unix::process::parent_id;
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use std::{env, fs};

use prost::Message as _;
use prost_types::compiler::code_generator_response::File;
use prost_types::compiler::{CodeGeneratorRequest, CodeGeneratorResponse};

use secure_tests::cost::{cpu_time_of, cpu_time_of_thread, peak_memory};
use tempfile::TempDir;

const FILES: [usize; 3] = [2, 20, 200];
/// Of each file: 5 services of 10.
const METHODS: usize = 50;
const ROUNDS: usize = 5;
const GENERATORS: [&str; 4] =
    ["protoc-gen-prost", "protoc-gen-tonic", "protoc-gen-secure", "protoc-gen-secure, no stubs"];

/// What one run took.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Cost {
    time: Duration,
    memory: u64,
    text: usize,
}

fn main() {
    if let Ok(directory) = env::var(PLUGIN) {
        return as_plugin(Path::new(&directory));
    }
    let arguments = env::args().skip(1).collect::<Vec<_>>();
    match arguments.first().and_then(|name| GENERATORS.into_iter().find(|generator| generator == name)) {
        Some(generator) => generate(generator),
        None => compare(arguments.iter().any(|argument| argument == "--bench")),
    }
}

fn compare(measured: bool) {
    let (sizes, rounds) = if measured { (&FILES[..], ROUNDS) } else { (&FILES[..1], 1) };
    println!(
        "{:28} {:>8} {:>9} {:>8} {:>9} {:>8} {:>9}",
        "", "methods", "ms", "x tonic", "KiB text", "x tonic", "MiB peak"
    );
    for &files in sizes {
        let schema = Schema::new(files);
        let parsing = schema.parse(rounds);
        let costs = GENERATORS.map(|generator| schema.cost(generator, rounds));
        for (name, cost) in ["protoc's parsing"].into_iter().chain(GENERATORS).zip([parsing].into_iter().chain(costs)) {
            print(name, files, cost, costs[1]);
        }
    }
}

fn print(name: &str, files: usize, Cost { time, memory, text }: Cost, tonic: Cost) {
    let (ms, times) = (time.as_secs_f64() * 1_000.0, time.as_secs_f64() / tonic.time.as_secs_f64());
    let (kib, share) = (text / 1024, text as f64 / tonic.text as f64);
    println!("{name:28} {:>8} {ms:>9.1} {times:>8.2} {kib:>9} {share:>8.2} {:>9}", files * METHODS, memory / 1024);
}

/// `api.proto` so many times, in packages of their own.
struct Schema {
    directory: TempDir,
    files: usize,
}

impl Schema {
    fn new(files: usize) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let template = include_str!("../proto/bench/api.proto");
        for number in 0..files {
            let package = format!("package bench.api{number:03};");
            let text = template.replace("package bench.api;", &package);
            fs::write(directory.path().join(format!("api{number:03}.proto")), text).expect("a file");
        }
        Self { directory, files }
    }

    /// protoc's own work, until it calls its plugin.
    fn parse(&self, rounds: usize) -> Cost {
        let parse = || {
            let protoc = protoc_bin_vendored::protoc_bin_path().expect("a protoc for this machine");
            let mut command = Command::new(protoc);
            let plugin = env::current_exe().expect("this program");
            command.arg(format!("--plugin=protoc-gen-cost={}", plugin.display())).env(PLUGIN, self.directory.path());
            command.arg(format!("--cost_out={}", self.directory.path().display()));
            command
                .arg("-I")
                .arg(self.directory.path())
                .arg("-I")
                .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../proto"));
            command.args((0..self.files).map(|number| format!("api{number:03}.proto")));
            assert!(command.status().expect("protoc runs").success());
            Cost::parse(&fs::read_to_string(self.directory.path().join("cost")).expect("the plugin ran"))
        };
        (0..rounds).map(|_| parse()).min().expect("a round")
    }

    fn cost(&self, generator: &str, rounds: usize) -> Cost {
        let run = || {
            let request = fs::File::open(self.directory.path().join("request")).expect("the request of protoc");
            let mut command = Command::new(env::current_exe().expect("this program"));
            let output = command.arg(generator).stdin(request).output().expect("this program runs");
            assert!(output.status.success(), "{generator}: {}", String::from_utf8_lossy(&output.stderr));
            Cost::parse(&String::from_utf8(output.stdout).expect("a line"))
        };
        (0..rounds).map(|_| run()).min().expect("a round")
    }
}

impl Cost {
    fn new(process: u32, time: Duration, text: usize) -> Self {
        Self { time, memory: peak_memory(process), text }
    }

    fn line(self) -> String {
        format!("{} {} {}", self.time.as_nanos(), self.memory, self.text)
    }

    fn parse(line: &str) -> Self {
        let numbers = line.split_whitespace().map(|number| number.parse().expect("a number")).collect::<Vec<u64>>();
        let text = usize::try_from(numbers[2]).expect("a length");
        Self { time: Duration::from_nanos(numbers[0]), memory: numbers[1], text }
    }
}

/// The plugin of protoc: keeps the request, and what protoc has cost so far.
fn as_plugin(directory: &Path) {
    let cost = Cost::new(parent_id(), cpu_time_of(parent_id()), 0);
    fs::write(directory.join("request"), request()).expect("a file");
    fs::write(directory.join("cost"), cost.line()).expect("a file");
}

/// Answers the request on stdin, and prints what it took.
fn generate(generator: &str) {
    let request = request();
    let before = cpu_time_of_thread();
    let text = match generator {
        "protoc-gen-prost" => length(protoc_gen_prost::execute(&request).expect("an answer")),
        "protoc-gen-tonic" => length(protoc_gen_tonic::execute(&request).expect("an answer")),
        "protoc-gen-secure" => secured(&request),
        _ => secured(&[&request, &parameter("client=none,no_server")[..]].concat()),
    };
    let time = cpu_time_of_thread() - before;
    assert_ne!(text, 0, "there is generated code");
    println!("{}", Cost::new(std::process::id(), time, text).line());
}

fn secured(request: &[u8]) -> usize {
    let answer = protoc_gen_secure::respond(request).expect("an answer");
    let response = CodeGeneratorResponse::decode(answer.encoded()).expect("a response");
    assert_eq!(response.error, None);
    length(response.file)
}

/// Without the insertions into the file of messages.
fn length(files: Vec<File>) -> usize {
    files.iter().filter(|file| file.insertion_point.is_none()).map(|file| file.content().len()).sum()
}

/// The field `parameter` of a request, encoded. The last one counts.
fn parameter(value: &str) -> Vec<u8> {
    CodeGeneratorRequest { parameter: Some(value.to_owned()), ..Default::default() }.encode_to_vec()
}

fn request() -> Vec<u8> {
    let mut request = Vec::new();
    io::stdin().read_to_end(&mut request).expect("a request");
    request
}

/// Set if protoc runs this program: where the request goes.
const PLUGIN: &str = "BENCH_PLUGIN_DIRECTORY";
