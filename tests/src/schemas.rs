//! Generated schemas. The build script compiles services from them, and the tests know their rules.

use std::fmt::Write as _;

/// The roles of [`every`], each a bit of its sets.
pub const ROLES: [&str; 5] = ["a", "b", "c", "d", "e"];

/// Every rule over five roles, for each hierarchy: a name, and the bits of what each role includes; `None` is no
/// vocabulary.
pub const HIERARCHIES: [(&str, Option<[u8; 5]>); 5] = [
    ("free", None),
    ("flat", Some([0, 0, 0, 0, 0])),
    ("chain", Some([0b00010, 0b00100, 0b01000, 0b10000, 0])),
    ("tree", Some([0b00110, 0b11000, 0, 0, 0])),
    ("diamond", Some([0b00110, 0b01000, 0b01000, 0, 0b00001])),
];

/// `every.<hierarchy>.Every`: one method for each set of roles, `Roles1` to `Roles31`, and one for each other answer.
pub fn every(hierarchy: &str, includes: Option<[u8; 5]>) -> String {
    let mut text = header(&format!("every.{hierarchy}"));
    for answer in ["public", "authenticated", "denied"] {
        let _ = write!(text, "{}", method(&format!("Is_{answer}"), &format!("{answer}: true")));
    }
    for set in 1..32_u8 {
        let _ = write!(text, "{}", method(&format!("Roles{set}"), &format!("required_roles: [{}]", list(set))));
    }
    text.push_str("}\n");
    if let Some(includes) = includes {
        text.push_str("enum Role {\n  option (secure.v1.roles) = {};\n  NOBODY = 0;\n");
        for ((role, includes), number) in ROLES.iter().zip(includes).zip(1..) {
            let definition = format!("name: \"{role}\", includes: [{}]", list(includes));
            let _ = writeln!(text, "  VALUE_{number} = {number} [(secure.v1.role) = {{ {definition} }}];");
        }
        text.push_str("}\n");
    }
    text
}

/// The roles of a set, by its bits.
pub fn roles(set: u8) -> impl Iterator<Item = &'static str> {
    ROLES.into_iter().enumerate().filter(move |(bit, _)| set & (1 << bit) != 0).map(|(_, role)| role)
}

/// The packages of [`many`], what their roles start with, and how many services each has.
pub const MANY: [(&str, &str, usize); 3] =
    [("many.v1", "first", 125), ("many.v2", "second", 2), ("more.v1", "third", 2)];

/// Services that are called `Service1`, `Service2` and so on, each for callers of a role of its own.
pub fn many(package: &str, roles: &str, services: usize) -> String {
    let mut text = format!("syntax = \"proto3\";\npackage {package};\n{IMPORT}message Message {{}}\n");
    for service in 1..=services {
        let method = method("Get", &format!("required_roles: [\"{roles}{service}\"]"));
        let _ = write!(text, "service Service{service} {{\n{method}}}\n");
    }
    text
}

/// `busy.v1.Busy`, whose comments hold every character that a file can, and whose options are for others, too.
pub fn busy() -> String {
    let characters = characters().collect::<Vec<_>>();
    let lines = characters.chunks(64).map(|line| format!("// {}x\n", line.iter().collect::<String>()));
    let comment = lines.collect::<String>();
    format!(
        r#"syntax = "proto3";
package busy.v1;
{IMPORT}import "foreign/v1/options.proto";
message Message {{}}
{comment}service Busy {{
  option (foreign.v1.service) = {{ public: true, note: "of somebody else" }};
  option (secure.v1.service).default = {{ required_roles: "clerk" }};
  option (foreign.v1.service_again) = "again";
{comment}  rpc Get(Message) returns (Message) {{
    option deprecated = true;
    option (foreign.v1.method) = {{ public: true }};
    option (foreign.v1.method_again) = 7;
  }}
  rpc Put(Message) returns (Message) {{
    option (foreign.v1.method) = {{ public: true }};
    option (secure.v1.method) = {{ required_roles: "admin" }};
    option idempotency_level = IDEMPOTENT;
  }}
}}
enum Role {{
  option (foreign.v1.enum) = "roles";
  option (secure.v1.roles) = {{}};
  NOBODY = 0 [(foreign.v1.value) = true];
  CLERK = 1 [(foreign.v1.value) = true, (secure.v1.role) = {{ name: "clerk" }}, deprecated = true];
  ADMIN = 2 [(secure.v1.role) = {{ name: "admin", includes: "clerk" }}, (foreign.v1.value) = false];
}}
"#
    )
}

/// All of one byte, and those that hide, reorder, combine, or end a line elsewhere.
fn characters() -> impl Iterator<Item = char> {
    let blocks = [0x1..=0x36f, 0x590..=0x6ff, 0x2000..=0x20ff, 0x3000..=0x30ff, 0xfe00..=0xffff, 0x1f000..=0x1f6ff];
    let lines = ['\n', '\u{b}', '\u{c}', '\r'];
    let characters = blocks.into_iter().flatten().chain(0xe_0000..=0xe_01ff).filter_map(char::from_u32);
    characters.filter(move |character| !lines.contains(character))
}

fn header(package: &str) -> String {
    format!("syntax = \"proto3\";\npackage {package};\n{IMPORT}message Message {{}}\nservice Every {{\n")
}

fn method(name: &str, rule: &str) -> String {
    format!("  rpc {name}(Message) returns (Message) {{ option (secure.v1.method) = {{ {rule} }}; }}\n")
}

fn list(set: u8) -> String {
    roles(set).map(|role| format!("\"{role}\"")).collect::<Vec<_>>().join(", ")
}

const IMPORT: &str = "import \"secure/v1/options.proto\";\n";
