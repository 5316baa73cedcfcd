//! The README, followed to the letter: its blocks become a project, which builds, serves, and is called.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

const README: &str = include_str!("../../README.md");

/// The code blocks of a language, in order.
fn blocks(language: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut lines = README.lines();
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

/// The project of someone who follows the README.
struct Project(PathBuf);

impl Project {
    fn new(port: u16) -> Self {
        let project = Self(Path::new(env!("CARGO_TARGET_TMPDIR")).join("readme"));
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

/// The README's dependencies, from this workspace.
fn manifest() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().display();
    let crates =
        ["secure-runtime", "protoc-gen-secure"].map(|name| format!("{name} = {{ path = \"{root}/{name}\" }}\n"));
    let package = "[package]\nname = \"orders\"\nversion = \"0.0.0\"\nedition = \"2024\"\ndefault-run = \"orders\"\n";
    let profile = "[workspace]\n[profile.dev]\ndebug = 0\n";
    [package, &blocks("toml").concat(), "[patch.crates-io]\n", &crates.concat(), profile].concat()
}

fn text(output: &Output) -> String {
    [output.stdout.as_slice(), &output.stderr].map(String::from_utf8_lossy).concat()
}

/// A server that ends with its value.
struct Serving(Child);

impl Drop for Serving {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

#[test]
fn the_readme_holds_what_it_says() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let project = Project::new(port);
    let issue = ["run", "--quiet", "-p", "quickstart", "--", "issue", "--out"];
    let directory = project.0.join("dev");
    let issued = Command::new(env!("CARGO")).args(issue).arg(&directory).current_dir("..").output().unwrap();
    assert!(issued.status.success(), "{}", text(&issued));

    let built = project.run(&["build", "--bins"]);
    assert!(built.status.success(), "{}", text(&built));
    let serving = Serving(project.cargo(&["run", "--quiet"]).stdout(Stdio::null()).spawn().unwrap());
    let bought =
        (0..100).map(|_| project.run(&["run", "--quiet", "--bin", "buy"])).find(|output| output.status.success());
    assert_eq!(text(&bought.expect("the server answers")), "tea for the clerk\n");
    drop(serving);

    let proto = blocks("proto").concat().replacen("    option (secure.v1.method).public = true;\n", "", 1);
    project.write("proto/shop/v1/shop.proto", &proto);
    let refused = project.run(&["build"]);
    let finding = blocks("text").last().unwrap().trim().to_owned();
    assert!(!refused.status.success() && text(&refused).contains(&finding), "{finding} in {}", text(&refused));
}

/// They are run as they stand by the generator's own tests.
#[test]
fn its_protoc_and_buf_are_those_that_are_run() {
    assert!(blocks("sh").contains(&include_str!("../../protoc-gen-secure/tests/readme/protoc.sh").to_owned()));
    assert!(blocks("yaml").contains(&include_str!("../../protoc-gen-secure/tests/readme/buf.gen.yaml").to_owned()));
}

#[test]
fn its_commands_are_those_of_ci() {
    assert!(blocks("sh").iter().any(|block| block == "cargo run -p quickstart\ncargo test --workspace\n"));
    assert!(README.lines().count() < 200);
}

#[test]
fn the_proofs_it_names_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let proofs = README.split("| shown by").nth(1).unwrap().split("## ").next().unwrap().split('`');
    for name in proofs.skip(1).step_by(2).filter(|name| name.ends_with(".rs") || name.ends_with('/')) {
        assert!(root.join(name).exists() || root.join("tests").join(name).exists(), "{name}");
    }
}
