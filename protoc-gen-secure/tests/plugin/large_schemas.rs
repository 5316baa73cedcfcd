//! Large schemas: time and memory grow with them, and no faster.
//!
//! ```sh
//! cargo test --release -p protoc-gen-secure --test plugin -- --ignored --exact --nocapture large_schemas::time_and_memory_of_500_files_are_linear
//! ```
//!
//! prints a table of 500 files with 5 services of 10 methods each, of 4 and of 16 times as many. Each run is a process of
//! its own, so that its peak of memory is its own, too.

use std::fmt::Write as _;
use std::process::Command;
use std::time::Duration;
use std::{env, fs};

use prost::Message as _;
use protox::Compiler;
use protox::file::{ChainFileResolver, File, FileResolver, GoogleFileResolver, IncludeFileResolver};

use crate::tools::{Request, Set};

/// A file with five services of ten methods, under rules of every form.
pub(crate) fn template() -> String {
    let mut text = String::from(
        r#"syntax = "proto3"; package api.v00000; import "secure/v1/options.proto";
        message Request { string tenant_id = 1; Item item = 2; int64 owner = 3; }
        message Item { string tenant_id = 1; }
        message Response { repeated Item items = 1; }
        enum Role { option (secure.v1.roles) = {}; ROLE_UNSPECIFIED = 0; ROLE_CLERK = 1 [(secure.v1.role).name = "clerk"];
          ROLE_MANAGER = 2 [(secure.v1.role) = { name: "manager", includes: "clerk" }];
          ROLE_ADMIN = 3 [(secure.v1.role) = { name: "admin", includes: "manager" }]; }
        "#,
    );
    for service in 0..5 {
        let default =
            r#"required_roles: "clerk" tenant: { field: "item.tenant_id" claim: "tenant" exempt_roles: "admin" }"#;
        let _ = writeln!(text, "service Service{service} {{ option (secure.v1.service).default = {{ {default} }};");
        for method in 0..10 {
            let _ = write!(text, "rpc Method{method}(Request) returns (Response)");
            let _ = match RULES.get(method) {
                Some(rule) => writeln!(text, " {{ option (secure.v1.method) = {{ {rule} }}; }}"),
                None => writeln!(text, ";"),
            };
        }
        text.push_str("}\n");
    }
    text
}

const RULES: [&str; 6] = [
    "public: true",
    "denied: true",
    r#"required_roles: ["manager", "admin"]"#,
    r#"authenticated: true owner: { field: "owner" }"#,
    r#"required_roles: "clerk" required_scopes: ["read", "write"] required_credentials: CREDENTIAL_JWT"#,
    r#"authenticated: true peers: ["spiffe://example.org/**", "cart.internal"]"#,
];

fn request(count: usize) -> Vec<u8> {
    let to_generate = (0..count).map(|number| format!("v{number:05}.proto")).collect();
    Request { to_generate, parameter: "manifest".to_owned(), files: files(count, template()) }.encode_to_vec()
}

/// A template as often as that, after its imports. The number in its names has one length, so that no descriptor changes
/// its own.
pub(crate) fn files(count: usize, template: String) -> Vec<Vec<u8>> {
    let mut resolver = ChainFileResolver::new();
    resolver.add(Template(template));
    resolver.add(IncludeFileResolver::new("../proto".into()));
    resolver.add(GoogleFileResolver::new());
    let mut compiler = Compiler::with_file_resolver(resolver);
    compiler.include_imports(true).include_source_info(true).open_file("v00000.proto").expect("a file that compiles");
    let Set { mut files } = Set::decode(compiler.encode_file_descriptor_set().as_slice()).expect("a set");
    let template = files.pop().expect("the template, after its imports");
    files.extend((0..count).map(|number| numbered(&template, number)));
    files
}

fn numbered(template: &[u8], number: usize) -> Vec<u8> {
    let (mut file, number) = (template.to_vec(), format!("v{number:05}"));
    let is_name = |place: &usize| template[*place..].starts_with(b"v00000");
    for place in (0..template.len()).filter(is_name) {
        file[place..place + number.len()].copy_from_slice(number.as_bytes());
    }
    file
}

struct Template(String);

impl FileResolver for Template {
    fn open_file(&self, name: &str) -> Result<File, protox::Error> {
        match name {
            "v00000.proto" => File::from_source(name, &self.0),
            _ => Err(protox::Error::file_not_found(name)),
        }
    }
}

/// What a run took: time of processors, and the most memory in KiB.
#[derive(Clone, Copy, Debug)]
struct Run {
    time: Duration,
    memory: u64,
}

/// Runs in a process of its own; the best of several.
fn run(files: usize, times: usize) -> Run {
    let run = || {
        let mut command = Command::new(env::current_exe().expect("this test"));
        command
            .args(["--ignored", "--exact", "--nocapture", "large_schemas::measured_run_in_a_process_of_its_own"])
            .env(FILES, files.to_string());
        let output = command.output().expect("a run");
        let text = String::from_utf8(output.stdout).expect("text");
        let line = text.lines().find_map(|line| line.strip_prefix(RUN)).unwrap_or_else(|| panic!("no run: {text}"));
        let numbers = line.split(' ').map(|number| number.parse::<u64>().expect("a number")).collect::<Vec<_>>();
        Run { time: Duration::from_micros(numbers[0]), memory: numbers[1] }
    };
    let runs = (0..times).map(|_| run());
    runs.min_by_key(|run| run.time).expect("a run")
}

#[test]
#[ignore = "a process of the others"]
fn measured_run_in_a_process_of_its_own() {
    let Some(files) = env::var(FILES).ok().and_then(|files| files.parse().ok()) else { return };
    let request = request(files);
    let before = cpu_time();
    let answer = protoc_gen_secure::respond(&request).expect("an answer");
    let time = cpu_time() - before;
    let response = prost_types::compiler::CodeGeneratorResponse::decode(answer.encoded()).expect("a response");
    assert_eq!((response.error(), response.file.len()), ("", 3 * files));
    println!("\n{RUN}{} {}", time.as_micros(), peak());
}

/// User and system time of this process so far (proc_pid_stat(5), fields 14 and 15), in hundredths of a second: others
/// keep the machine busy, too.
fn cpu_time() -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").expect("a process");
    let fields = stat.rsplit(')').next().expect("what follows the name").split_whitespace();
    let ticks = fields.skip(11).take(2).map(|field| field.parse::<u64>().expect("a number")).sum::<u64>();
    Duration::from_millis(ticks * 10)
}

/// The most memory that this process has had, in KiB.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("a process");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a line");
    line.split_whitespace().next().expect("a number").parse().expect("a number")
}

/// Time and memory of 1, 4 and 16 times as many files, and how much more than 4 times each is of the one before.
fn table(files: usize, times: usize) -> Vec<(f64, f64)> {
    let runs = [1, 4, 16].map(|factor| (factor * files, run(factor * files, times)));
    for (files, Run { time, memory }) in runs {
        println!("{files:>6} files {:>8} methods  {:>8.2} s  {:>7} MiB", files * 50, time.as_secs_f64(), memory / 1024);
    }
    let growth = runs.windows(2).map(|pair| {
        let [(_, few), (_, many)] = pair else { unreachable!("two") };
        (many.time.as_secs_f64() / few.time.as_secs_f64(), many.memory as f64 / few.memory as f64)
    });
    let growth = growth.collect::<Vec<_>>();
    println!("time and memory, each of 4 times as many files: {growth:.2?}");
    growth
}

/// Quadratic would be 16.
fn is_linear((time, memory): &(f64, f64)) -> bool {
    *time < 6.5 && *memory < 5.0
}

#[cfg(target_os = "linux")] // where a process tells its memory
#[test]
fn time_and_memory_of_a_few_files_are_linear() {
    assert!(table(2, 3).iter().all(is_linear));
}

#[test]
#[ignore = "takes a release build, and minutes"]
fn time_and_memory_of_500_files_are_linear() {
    assert!(table(500, 1).iter().all(is_linear));
}

const FILES: &str = "SCALE_FILES";
const RUN: &str = "microseconds and KiB: ";
