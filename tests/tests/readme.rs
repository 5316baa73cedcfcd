//! Follows the README: its code blocks become a project that is built, served and called.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

const README: &str = include_str!("../../README.md");
const GENERATOR_README: &str = include_str!("../../protoc-gen-secure/README.md");

/// The code blocks of a language in the README, in order.
fn blocks(language: &str) -> Vec<String> {
    blocks_of(README, language)
}

fn blocks_of(text: &str, language: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line.trim() != format!("```{language}") {
            continue;
        }
        let indent = line.len() - line.trim_start().len();
        let block = lines.by_ref().take_while(|line| line.trim() != "```");
        blocks.push(block.map(|line| format!("{}\n", line.get(indent..).unwrap_or(""))).collect());
    }
    blocks
}

/// The project of a reader who follows the README.
struct Project(PathBuf);

impl Project {
    fn new(directory: &str, port: u16) -> Self {
        let project = Self(Path::new(env!("CARGO_TARGET_TMPDIR")).join(directory));
        let [server, build, client] = blocks("rust").try_into().unwrap();
        let here = |text: &str| text.replace("50051", &port.to_string());
        project.write("Cargo.toml", &manifest());
        project.write("Cargo.lock", include_str!("../../Cargo.lock"));
        project.write("build.rs", &build);
        project.write("proto/shop/v1/shop.proto", &blocks("proto").concat());
        project.write("src/main.rs", &here(&server));
        let shop = "mod shop {\n    secure_runtime::include_proto!(\"shop.v1\");\n}\n";
        let main = "#[tokio::main]\nasync fn main() {\n    buy().await.unwrap();\n}\n";
        project.write("src/bin/buy.rs", &[shop, &here(&client), main].concat());
        project
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn cargo(&self, arguments: &[&str]) -> Command {
        let mut cargo = Command::new(env!("CARGO"));
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
        cargo.args(arguments).arg("--offline").env("CARGO_TARGET_DIR", target).current_dir(&self.0);
        cargo
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.cargo(arguments).output().unwrap()
    }
}

/// The dependencies that the README lists, taken from this workspace.
fn manifest() -> String {
    let package = "[package]\nname = \"orders\"\nversion = \"0.0.0\"\nedition = \"2024\"\ndefault-run = \"orders\"\n";
    [package, &blocks("toml").concat(), &patches()].concat()
}

fn patches() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().display();
    let crates =
        ["secure-runtime", "protoc-gen-secure"].map(|name| format!("{name} = {{ path = \"{root}/{name}\" }}\n"));
    format!("[patch.crates-io]\n{}[workspace]\n[profile.dev]\ndebug = 0\n", crates.concat())
}

fn text(output: &Output) -> String {
    [output.stdout.as_slice(), &output.stderr].map(String::from_utf8_lossy).concat()
}

/// A running server. It is stopped on drop.
struct Serving(Child);

impl Drop for Serving {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

#[test]
fn project_of_the_readme_builds_serves_and_is_called() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let project = Project::new("readme", port);
    let issue = ["run", "--quiet", "-p", "quickstart", "--", "issue", "--out"];
    let directory = project.0.join("dev");
    let issued = Command::new(env!("CARGO")).args(issue).arg(&directory).current_dir("..").output().unwrap();
    assert!(issued.status.success(), "{}", text(&issued));

    let built = project.run(&["build", "--bins"]);
    assert!(built.status.success(), "{}", text(&built));
    let serving = Serving(project.cargo(&["run", "--quiet"]).stdout(Stdio::null()).spawn().unwrap());
    let bought =
        (0..100).map(|_| project.run(&["run", "--quiet", "--bin", "buy"])).find(|output| output.status.success());
    assert_eq!(text(&bought.expect("the server answers")), "tea for clerk\n");
    drop(serving);

    let proto =
        blocks("proto").concat().lines().filter(|line| !line.contains("public: true")).collect::<Vec<_>>().join("\n");
    project.write("proto/shop/v1/shop.proto", &proto);
    let refused = project.run(&["build"]);
    let finding = blocks("text").last().unwrap().trim().to_owned();
    assert!(!refused.status.success() && text(&refused).contains(&finding), "{finding} in {}", text(&refused));
}

/// The generator's own tests run the commands for buf.
#[test]
fn project_that_protoc_generates_as_the_readme_says_builds() {
    if !have(&["protoc", "protoc-gen-prost"]) {
        return;
    }
    let project = Project(Path::new(env!("CARGO_TARGET_TMPDIR")).join("readme-protoc"));
    let _ = fs::remove_dir_all(&project.0);
    let [server, _, _] = blocks("rust").try_into().unwrap();
    let [_, include] = blocks_of(GENERATOR_README, "rust").try_into().unwrap();
    let (manifest, _) =
        manifest().split_once("[build-dependencies]").map(|(it, rest)| (it.to_owned(), rest.to_owned())).unwrap();
    project.write("Cargo.toml", &(manifest + &patches()));
    project.write("Cargo.lock", include_str!("../../Cargo.lock"));
    project.write("proto/shop/v1/shop.proto", &blocks("proto").concat());
    project
        .write("src/main.rs", &server.replace("mod shop { secure_runtime::include_proto!(\"shop.v1\"); }\n", &include));
    let built =
        Command::new(env!("CARGO")).args(["build", "--quiet", "-p", "protoc-gen-secure"]).current_dir("..").output();
    assert!(built.as_ref().unwrap().status.success(), "{}", text(&built.unwrap()));
    let plugin = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join("debug");
    let path = std::env::var_os("PATH").unwrap();
    let path = std::env::join_paths([plugin].into_iter().chain(std::env::split_paths(&path))).unwrap();
    let commands = blocks_of(GENERATOR_README, "sh").swap_remove(0);
    let mut shell = Command::new("sh");
    let generated = shell.args(["-e", "-c", &commands]).env("PATH", path).current_dir(&project.0).output().unwrap();
    assert!(generated.status.success(), "{}", text(&generated));
    let checked = project.run(&["check"]);
    assert!(checked.status.success(), "{}", text(&checked));
}

/// What the compiler says of a program that has no feature of the runtime.
#[test]
fn item_of_a_feature_that_is_off_names_the_feature() {
    let project = Project::new("readme-features", 50051);
    let (with_defaults, without) =
        ("secure-runtime = \"0.1\"", "secure-runtime = { version = \"0.1\", default-features = false }");
    assert!(manifest().contains(with_defaults));
    project.write("Cargo.toml", &manifest().replace(with_defaults, without));
    fs::remove_dir_all(project.0.join("src/bin")).unwrap();
    let said = |features: &[&str]| {
        let built = project.run(&["build", "--quiet"]);
        assert!(!built.status.success());
        let text = text(&built);
        assert!(features.iter().any(|feature| text.contains(feature)), "{features:?} in {text}");
    };
    for (item, feature) in [
        ("authn::introspection::Introspection", "introspection"),
        ("authn::LimitedByAddress", "rate-limit"),
        ("call_policy::RateLimit", "rate-limit"),
        ("client::ClientCredentialsGrant", "oauth"),
        ("otel::Telemetry", "otel"),
        ("server::serve_health_in_plaintext", "health"),
        ("testing::TestCaller", "testing"),
    ] {
        project.write("src/main.rs", &format!("use secure_runtime::{item};\nfn main() {{}}\n"));
        let only = format!("the item is gated behind the `{feature}` feature");
        said(&[&only, &format!("#[cfg(any(test, feature = \"{feature}\"))]")]);
    }
    for (call, feature) in [
        ("authn::jwt::KeySet::from_jwks_url(\"https://id.example.com/jwks.json\", ())", "jwks-https"),
        ("authn::jwt::KeySet::from_discovery((), ())", "jwks-https"),
        ("ClientTls::system_roots()", "system-roots"),
        ("Public::health(())", "health"),
    ] {
        project.write("src/main.rs", &format!("fn main() {{ let _ = secure_runtime::{call}; }}\n"));
        said(&[&format!("write `features = [\"{feature}\"]` at secure-runtime, under [dependencies] in Cargo.toml")]);
    }
    project.write("build.rs", "fn main() { let _ = protoc_gen_secure::Config::new().tonic_client(); }\n");
    said(&["write `features = [\"tonic-client\"]` at protoc-gen-secure, under [build-dependencies] in Cargo.toml"]);
}

/// True if every tool is on `PATH`. CI installs them all.
fn have(tools: &[&str]) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let is_there = |tool: &&str| std::env::split_paths(&path).any(|directory| directory.join(tool).is_file());
    let all = tools.iter().all(is_there);
    assert!(all || std::env::var_os("CI").is_none(), "not on PATH: one of {tools:?}");
    all
}

/// Both READMEs show the same build script. The project above runs it.
#[test]
fn build_scripts_of_both_readmes_are_equal() {
    assert_eq!(blocks_of(GENERATOR_README, "rust")[0], blocks("rust")[1]);
}

/// What the diffs of the migration page make is the README's service, which the project above builds.
#[test]
fn diffs_of_the_migration_page_end_at_the_service_of_the_readme() {
    let diffs = blocks_of(include_str!("../../docs/migration.md"), "diff");
    let after = |diff: &String| {
        let lines = diff.lines().filter(|line| !line.starts_with('-'));
        lines.map(|line| format!("{}\n", line.get(1..).unwrap_or(""))).collect::<String>()
    };
    let [server, build, _] = blocks("rust").try_into().unwrap();
    assert_eq!(diffs.iter().map(after).collect::<Vec<_>>(), [blocks("proto").concat(), build, server]);
}

#[test]
fn first_commands_are_those_that_ci_runs() {
    assert!(blocks("sh").iter().any(|block| block == "cargo run -p quickstart\ncargo test --workspace\n"));
}

#[test]
fn readme_of_200_lines_or_more_is_refused() {
    assert!(README.lines().count() < 200);
}

#[test]
fn every_test_that_the_readme_names_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let proofs = README.split("| shown by").nth(1).unwrap().split("## ").next().unwrap();
    let proofs = proofs.lines().skip(2).filter_map(|row| row.rsplit('|').nth(1)).collect::<Vec<_>>();
    assert!(proofs.len() > 5);
    for name in proofs.iter().flat_map(|cell| cell.split('`').skip(1).step_by(2)) {
        let places =
            ["tests", "tests/tests", "secure-runtime/src", "protoc-gen-secure/src"].map(|place| root.join(place));
        let is_file = places.iter().any(|place| place.join(name).exists());
        assert!(is_file || has_function(&root.join("protoc-gen-secure/src"), name), "{name}");
    }
}

fn has_function(directory: &Path, name: &str) -> bool {
    fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).any(|path| {
        if path.is_dir() {
            return has_function(&path, name);
        }
        fs::read_to_string(&path).is_ok_and(|text| text.contains(&format!("fn {name}(")))
    })
}
