//! What each entry point says of a mistyped option. The manual shows these texts. `UPDATE_EXPECT=1` rewrites it.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use expect_test::expect_file;
use protoc_gen_secure::Config;

use crate::tools::{Workspace, have, protoc};

/// A mistake, and the place that it is written at.
struct Mistake {
    name: &'static str,
    place: Place,
    written: &'static str,
}

enum Place {
    Enum,
    Import,
    Method,
    Service,
    Value,
}

const MISTAKES: [Mistake; 16] = [
    Mistake {
        name: "A field that is misspelt",
        place: Place::Method,
        written: r#"option (secure.v1.method) = { requires_roles: ["clerk"] };"#,
    },
    Mistake {
        name: "A field that is misspelt, after a dot",
        place: Place::Method,
        written: r#"option (secure.v1.method).requires_roles = "clerk";"#,
    },
    Mistake {
        name: "A field of a condition that is misspelt",
        place: Place::Method,
        written: r#"option (secure.v1.method) = { authenticated: true, tenant: { feild: "id", claim: "tenant" } };"#,
    },
    Mistake {
        name: "An option that does not exist",
        place: Place::Method,
        written: "option (secure.v1.rule) = { public: true };",
    },
    Mistake {
        name: "An option without its version",
        place: Place::Method,
        written: "option (secure.method) = { public: true };",
    },
    Mistake {
        name: "An option without parentheses",
        place: Place::Method,
        written: "option secure.v1.method.public = true;",
    },
    Mistake { name: "An import that is missing", place: Place::Import, written: "" },
    Mistake { name: "An import of another path", place: Place::Import, written: r#"import "secure/options.proto";"# },
    Mistake {
        name: "A value of an enum that is misspelt",
        place: Place::Method,
        written: "option (secure.v1.method) = { authenticated: true, required_credentials: CREDENTIAL_MTL };",
    },
    Mistake {
        name: "A text for a boolean",
        place: Place::Method,
        written: r#"option (secure.v1.method) = { public: "yes" };"#,
    },
    Mistake {
        name: "A role without quotes",
        place: Place::Method,
        written: "option (secure.v1.method) = { required_roles: [clerk] };",
    },
    Mistake {
        name: "The rule of a method at a service",
        place: Place::Service,
        written: "option (secure.v1.method) = { public: true };",
    },
    Mistake {
        name: "A default that is misspelt",
        place: Place::Service,
        written: "option (secure.v1.service).defualt = { authenticated: true };",
    },
    Mistake {
        name: "A field in upper case",
        place: Place::Service,
        written: r#"option (secure.v1.service) = { Roles: "shop.v1.Role" };"#,
    },
    Mistake { name: "An option in upper case", place: Place::Enum, written: "option (secure.v1.Roles) = {};" },
    Mistake {
        name: "A field of a role that is misspelt",
        place: Place::Value,
        written: r#"[(secure.v1.role) = { names: "clerk" }]"#,
    },
];

impl Mistake {
    /// The file with the mistake. Everything else in it is good.
    fn file(&self) -> String {
        let at = |place: &str, good: &'static str| match (&self.place, place) {
            (Place::Enum, "enum")
            | (Place::Import, "import")
            | (Place::Method, "method")
            | (Place::Service, "service")
            | (Place::Value, "value") => self.written,
            _ => good,
        };
        format!(
            "syntax = \"proto3\";\n\npackage shop.v1;\n\n{}\n\nenum Role {{\n  {}\n  ROLE_UNSPECIFIED = 0;\n  \
             ROLE_CLERK = 1 {};\n}}\n\nmessage Order {{\n  string id = 1;\n}}\n\nservice Orders {{\n  {}\n\n  \
             rpc Get(Order) returns (Order) {{\n    {}\n  }}\n}}\n",
            at("import", r#"import "secure/v1/options.proto";"#),
            at("enum", "option (secure.v1.roles) = {};"),
            at("value", r#"[(secure.v1.role) = { name: "clerk" }]"#),
            at("service", "option (secure.v1.service).default = { denied: true };"),
            at("method", "option (secure.v1.method) = { authenticated: true };"),
        )
    }

    fn section(&self) -> String {
        let workspace = Workspace::new::<&str>([]).with_schema();
        workspace.write("proto/orders.proto", &self.file());
        workspace.directory("out");
        workspace.write("buf.yaml", "version: v2\nmodules:\n  - path: proto\n");
        workspace.write("buf.gen.yaml", "version: v2\nplugins:\n  - local: protoc-gen-secure\n    out: out\n");
        let by_protoc = workspace.run(protoc(), ["-I", "proto", "--secure_out=out", "orders.proto"]);
        let by_buf = workspace.run("buf", ["generate"]);
        let said = [
            ("build script", of_build_script(&workspace)),
            ("protoc", String::from_utf8(by_protoc.stderr).expect("text")),
            ("buf", String::from_utf8(by_buf.stderr).expect("text")),
        ];
        assert!(!by_protoc.status.success() && !by_buf.status.success(), "{}", self.name);
        let mut section = format!("## {}\n\n", self.name);
        if !self.written.is_empty() {
            writeln!(section, "```proto\n{}\n```\n", self.written).expect("text");
        }
        for (entry_point, text) in said {
            writeln!(section, "{entry_point}:\n\n```text\n{}\n```\n", text.trim_end()).expect("text");
        }
        section
    }
}

fn of_build_script(workspace: &Workspace) -> String {
    let proto = workspace.path("proto");
    let config = Config::new().out_dir(workspace.directory("out"));
    let refused = config.compile_protos(&[proto.join("orders.proto")], &[proto]).expect_err("a mistake");
    refused.to_string()
}

const HEAD: &str = "# Mistyped options\n\n\
    The texts of a build script, of protoc and of buf for each kind of mistyped option. protoc and buf read options before a plugin\n\
    runs, so their texts suggest no correction. A build script suggests one, and `protoc-gen-secure lint` prints the same text. Run it\n\
    if a text of protoc or buf is not enough. Tests keep this page equal to what is printed.\n\n";

#[test]
fn manual_shows_what_each_entry_point_says_of_each_mistyped_option() {
    if !have(&["buf"]) {
        return;
    }
    let sections = MISTAKES.iter().map(Mistake::section).collect::<String>();
    let page = fs::canonicalize(Path::new("../docs")).expect("the manual").join("mistyped-options.md");
    expect_file![page].assert_eq(&format!("{HEAD}{}\n", sections.trim_end()));
}

#[test]
fn build_script_names_the_line_of_each_mistyped_option_and_what_was_meant() {
    for mistake in &MISTAKES {
        let workspace = Workspace::new::<&str>([]).with_schema();
        workspace.write("proto/orders.proto", &mistake.file());
        let text = of_build_script(&workspace);
        let line = mistake.file().lines().position(|line| line.contains(mistake.written)).expect("the mistake") + 1;
        let line = if mistake.written.is_empty() { 8 } else { line };
        assert!(text.contains(&format!("orders.proto:{line}:")) && text.contains("\n  help: "), "{text}");
    }
}
