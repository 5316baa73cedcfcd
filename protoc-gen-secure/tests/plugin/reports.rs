//! The reports about a policy, from every kind of file.

use std::fs;
use std::process::Output;

use expect_test::{Expect, expect};

use crate::tools::{PLUGIN, Workspace, protoc};

/// A shop in `proto/`, committed to git, and beside it `set`, `policy.json` and a wider shop in `wider/`.
fn shop() -> Workspace {
    let source = "../examples/quickstart/proto/shop/v1/shop.proto";
    let workspace = Workspace::new([("shop/v1/shop.proto", source.into())]).with_schema();
    let set = ["--descriptor_set_out=set", "--include_imports", "--include_source_info"];
    workspace.succeed(protoc(), ["-I", "proto", "shop/v1/shop.proto"].into_iter().chain(set));
    let manifest =
        ["-I", "proto", "shop/v1/shop.proto", "--secure_out=.", "--secure_opt=no_include,manifest_path=policy.json"];
    workspace.succeed(protoc(), manifest);
    let text = fs::read_to_string(source).expect("a file");
    workspace.directory("wider/shop/v1");
    workspace.write("wider/shop/v1/shop.proto", &text.replace("[\"admin\"]", "[\"admin\", \"clerk\"]"));
    workspace
}

/// What a command prints on stdout, and how it ends.
#[track_caller]
fn run(workspace: &Workspace, arguments: &str) -> String {
    let Output { status, stdout, stderr } = workspace.run(PLUGIN, arguments.split_whitespace());
    format!("{}{status}\n", String::from_utf8([stdout, stderr].concat()).expect("text"))
}

#[track_caller]
fn check(workspace: &Workspace, arguments: &str, expected: Expect) {
    expected.assert_eq(&run(workspace, arguments));
}

#[test]
fn a_matrix_is_the_same_from_every_kind_of_file() {
    let workspace = shop();
    let expected = run(&workspace, "matrix -I proto proto/shop/v1/shop.proto");
    expect![[r#"
        method                 access         admin  auditor  clerk  conditions  declared at              notes
        shop.v1.Orders/Ping    public         yes    yes      yes                shop/v1/shop.proto:11:5  public: Load balancers ask without credentials.
        shop.v1.Orders/WhoAmI  authenticated  yes    yes      yes                shop/v1/shop.proto:16:5
        shop.v1.Orders/Get     roles          yes    -        yes                shop/v1/shop.proto:21:5
        shop.v1.Orders/Import  roles          yes    -        -                  shop/v1/shop.proto:31:5
        shop.v1.Orders/Pack    roles          -      -        yes                shop/v1/shop.proto:36:5
        shop.v1.Orders/Watch   roles          -      yes      yes                shop/v1/shop.proto:26:5
        exit status: 0
    "#]]
    .assert_eq(&expected);
    for file in ["policy.json", "set", "proto", "policy.json set"] {
        assert_eq!(run(&workspace, &format!("matrix {file}")), expected, "{file}");
    }
}

#[test]
fn imports_marked_by_buf_are_not_part_of_the_api() {
    let workspace = shop();
    let imported = "syntax = \"proto3\"; package other.v1; message M {} service S { rpc Get(M) returns (M); }";
    workspace.directory("proto/other");
    workspace.write("proto/other/other.proto", imported);
    let text = fs::read_to_string(workspace.path("proto/shop/v1/shop.proto")).expect("a file");
    workspace.write("proto/shop/v1/shop.proto", &format!("{text}\nimport \"other/other.proto\";"));
    let set = ["--descriptor_set_out=image", "--include_imports", "--include_source_info"];
    workspace.succeed(protoc(), ["-I", "proto", "shop/v1/shop.proto"].into_iter().chain(set));
    assert!(run(&workspace, "matrix image").contains("error[missing-rule]: `S.Get` has no rule"));
    let set = fs::read(workspace.path("image")).expect("a set");
    fs::write(workspace.path("image"), marked(&set, "other/other.proto")).expect("a file");
    let expected = run(&workspace, "matrix policy.json");
    assert_eq!(run(&workspace, "matrix image"), expected);
    let checked = run(&workspace, "check --descriptor-set image --manifest policy.json");
    assert_eq!(checked, "policy.json is up to date\nexit status: 0\n");
}

#[test]
fn error_in_a_policy_to_import_names_its_file() {
    let workspace = shop();
    workspace.write("rules.json", r#"{ "no": 1 }"#);
    workspace.write("two.yaml", "name: a\n---\nname: b\n");
    for (file, error) in [("rules.json", "the rules have another form: "), ("two.yaml", "exactly one policy is needed")]
    {
        let found = run(&workspace, &format!("import grpc --from {file} -I proto proto/shop/v1/shop.proto"));
        assert!(found.starts_with(&format!("protoc-gen-secure: {file}: {error}")), "{found}");
    }
}

#[test]
fn file_that_holds_no_descriptors_is_named_with_the_way_to_write_one() {
    let workspace = shop();
    workspace.write("image.json", r#"{"file": []}"#);
    workspace.write("set.txtpb", "file {}");
    for file in ["image.json", "set.txtpb"] {
        let expected = format!(
            "protoc-gen-secure: {file} is not an encoded descriptor set: write one with \
             `buf build -o set.binpb` or `protoc -o set.binpb`\nexit status: 1\n"
        );
        assert_eq!(run(&workspace, &format!("matrix {file}")), expected);
    }
}

/// The same set after buf marked a file: a field 8042 with `is_import` in the file of that name.
fn marked(set: &[u8], name: &str) -> Vec<u8> {
    use prost::Message as _;
    #[derive(Clone, PartialEq, prost::Message)]
    struct Set {
        #[prost(bytes = "vec", repeated, tag = "1")]
        files: Vec<Vec<u8>>,
    }
    let mut set = Set::decode(set).expect("a set");
    let is_marked =
        |file: &Vec<u8>| prost_types::FileDescriptorProto::decode(file.as_slice()).expect("a file").name() == name;
    let extension = [0xd2, 0xf6, 0x03, 2, 0x08, 1]; // field 8042: a message whose field 1 is true
    set.files.iter_mut().filter(|file| is_marked(file)).for_each(|file| file.extend(extension));
    set.encode_to_vec()
}

#[test]
fn a_widening_ends_with_status_1_and_an_allow_file_ends_it_with_0() {
    let workspace = shop();
    check(
        &workspace,
        "diff policy.json wider",
        expect![[r#"
        shop/v1/shop.proto:31:5: widened shop.v1.Orders/Import
          was:     admin
          now:     any of admin, clerk
          admits:  a caller with a token and the role clerk
        1 widened
        wider/shop/v1/shop.proto:31:5: error[no-widening]: shop.v1.Orders/Import: a caller with a token and the role clerk may call now and could not before
        exit status: 1
    "#]],
    );
    check(
        &workspace,
        "diff wider policy.json",
        expect![[r#"
        shop/v1/shop.proto:31:5: narrowed shop.v1.Orders/Import
          was:     any of admin, clerk
          now:     admin
          refuses: a caller with a token and the role clerk
        1 narrowed
        exit status: 0
    "#]],
    );
    workspace.write("allow", "shop.v1.Orders/Import  # clerks import, too\n");
    check(
        &workspace,
        "diff --allow allow policy.json wider",
        expect![[r#"
        shop/v1/shop.proto:31:5: widened shop.v1.Orders/Import
          was:     admin
          now:     any of admin, clerk
          admits:  a caller with a token and the role clerk
          allowed: clerks import, too
        1 widened
        exit status: 0
    "#]],
    );
    check(
        &workspace,
        "diff set proto",
        expect![[r#"
        nobody gained or lost access
        exit status: 0
    "#]],
    );
}

#[test]
fn annotations_name_files_as_they_are_in_the_repository() {
    check(
        &shop(),
        "diff --format github policy.json wider",
        expect![[r#"
        ::error file=wider/shop/v1/shop.proto,line=31,col=5,title=no-widening::shop.v1.Orders/Import: a caller with a token and the role clerk may call now and could not before
        exit status: 1
    "#]],
    );
}

#[test]
fn git_revision_is_compared_without_changing_the_working_tree() {
    let workspace = shop();
    workspace.commit("proto policy.json");
    fs::copy(workspace.path("wider/shop/v1/shop.proto"), workspace.path("proto/shop/v1/shop.proto")).expect("a copy");
    let status = || workspace.run("git", ["status", "--porcelain"]).stdout;
    let before = status();
    let expected = run(&workspace, "diff policy.json proto");
    assert!(expected.contains("1 widened") && expected.ends_with("exit status: 1\n"), "{expected}");
    let absolute = workspace.path("proto").display().to_string();
    for arguments in [
        "diff git:HEAD proto",
        "diff git:HEAD -I proto proto/shop/v1/shop.proto",
        &format!("diff git:HEAD {absolute}"),
        &format!("diff git:HEAD -I {absolute} {absolute}/shop/v1/shop.proto"),
    ] {
        assert_eq!(run(&workspace, arguments).replace(&absolute, "proto"), expected, "{arguments}");
    }
    assert_eq!(status(), before);
    check(
        &workspace,
        "diff git:HEAD policy.json",
        expect![[r#"
        nobody gained or lost access
        exit status: 0
    "#]],
    );
    assert!(run(&workspace, "diff git:--exec=x policy.json").contains("protoc-gen-secure: git: "));
    workspace.write("new.json", &fs::read_to_string(workspace.path("policy.json")).expect("a file"));
    for (arguments, expected) in [
        ("diff git:HEAD new.json", "protoc-gen-secure: git: new.json is not in the revision `HEAD`\n"),
        ("diff git:HEAD /dev/null", "protoc-gen-secure: git: /dev/null is not in the revision `HEAD`\n"),
        ("diff git:HEAD git:HEAD", "protoc-gen-secure: `git:HEAD` cannot be NEW: only OLD may be a revision; "),
    ] {
        let found = run(&workspace, arguments);
        assert!(found.starts_with(expected) && found.ends_with("exit status: 1\n"), "{found}");
    }
}

#[test]
fn unreadable_input_is_named() {
    let workspace = shop();
    workspace.write("broken.json", "{}");
    workspace.write("empty.proto", "syntax = \"proto3\";");
    for (arguments, expected) in [
        (
            "matrix",
            expect![[r#"
                protoc-gen-secure: missing files: give .proto files, directories, manifests, descriptor sets or images; `protoc-gen-secure --help` lists the arguments
                exit status: 1
            "#]],
        ),
        (
            "matrix --format pdf policy.json",
            expect![[r#"
                protoc-gen-secure: cannot parse argument "pdf": there is no format `pdf`; known are `csv`, `html`, `json`, `markdown` and `text`; `protoc-gen-secure --help` lists the arguments
                exit status: 1
            "#]],
        ),
        (
            "matrix broken.json",
            expect![[r#"
            protoc-gen-secure: broken.json: missing field `services` at line 1 column 2
            exit status: 1
        "#]],
        ),
        (
            "matrix empty.proto",
            expect![[r#"
            protoc-gen-secure: no service with methods in empty.proto
            exit status: 1
        "#]],
        ),
        (
            "diff policy.json",
            expect![[r#"
                protoc-gen-secure: missing files: give OLD and NEW; OLD may be `git:REVISION`; `protoc-gen-secure --help` lists the arguments
                exit status: 1
            "#]],
        ),
        (
            "diff --check no-access policy.json policy.json",
            expect![[r#"
                protoc-gen-secure: cannot parse argument "no-access": there is no check `no-access`; known are `no-widening`, `no-new-access`, `no-public-without-reason` and `no-role=ROLE`; `protoc-gen-secure --help` lists the arguments
                exit status: 1
            "#]],
        ),
    ] {
        check(&workspace, arguments, expected);
    }
}

#[test]
fn misspelt_name_is_named_with_the_one_that_was_meant() {
    let workspace = shop();
    for (arguments, expected) in [
        ("matrix --role amdin policy.json", "no rule and no vocabulary names the role `amdin`; did you mean `admin`?"),
        ("matrix --role nobody policy.json", "no rule and no vocabulary names the role `nobody`"),
        ("matrix --package shop.v2 policy.json", "there is no package `shop.v2`; did you mean `shop.v1`?"),
        ("explain Watch policy.json", "there is no method `Watch`; did you mean `shop.v1.Orders/Watch`?"),
        (
            "explain shop.v1.Orders/Wach policy.json",
            "there is no method `shop.v1.Orders/Wach`; did you mean `shop.v1.Orders/Watch`?",
        ),
        ("explain Orders.Watch policy.json", "there is no method `Orders.Watch`; did you mean `shop.v1.Orders/Watch`?"),
        ("explain Orders/Watch policy.json", "there is no method `Orders/Watch`; did you mean `shop.v1.Orders/Watch`?"),
        (
            "explain shop.v1.Orders.Watch policy.json",
            "there is no method `shop.v1.Orders.Watch`; did you mean `shop.v1.Orders/Watch`?",
        ),
        (
            "explain shop.v1.Orders.Wach policy.json",
            "there is no method `shop.v1.Orders.Wach`; did you mean `shop.v1.Orders/Watch`?",
        ),
        (
            "explain policy.json shop.v1.Orders/Watch",
            "the method comes first, then the files: `explain METHOD FILE...`; `protoc-gen-secure --help` lists the arguments",
        ),
        ("explain Nothing policy.json", "there is no method `Nothing`; a method is written `package.Service/Method`"),
        ("diff git:nothing policy.json", "git: there is no revision `nothing`"),
    ] {
        let expected = format!("protoc-gen-secure: {expected}\nexit status: 1\n");
        if arguments.contains("git:") {
            workspace.succeed("git", ["init", "--quiet"]);
        }
        assert_eq!(run(&workspace, arguments), expected, "{arguments}");
    }
    assert!(run(&workspace, "matrix --package shop policy.json").ends_with("exit status: 0\n"));
    let note = "  note:    no rule and no vocabulary names the role `clrk`; did you mean `clerk`?\n";
    let found = run(&workspace, "explain shop.v1.Orders/Get --role clrk policy.json");
    assert!(found.starts_with("refused") && found.contains(note), "{found}");

    // A check that cannot fail is worth a warning if it looks like a typing error, and none if the role must not come.
    let warning = "protoc-gen-secure: warning: no rule names the role of `no-role=amdin`; did you mean `admin`?\n";
    let found = run(&workspace, "diff policy.json policy.json --check no-role=amdin");
    assert!(found.contains(warning) && found.ends_with("exit status: 0\n"), "{found}");
    let found = run(&workspace, "diff policy.json policy.json --check no-role=intern");
    assert!(!found.contains("warning") && found.ends_with("exit status: 0\n"), "{found}");
}

#[test]
fn explanation_has_decision_condition_line_and_missing_grants() {
    let workspace = shop();
    let bank = ["bank/v1/bank.proto", "staff/v1/role.proto"];
    for name in bank {
        let path = workspace.path("proto").join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
        fs::copy(format!("../tests/proto/{name}"), path).expect("a copy");
    }
    workspace.write("claims.json", r#"{ "sub": "7", "roles": ["teller"], "scope": "bank:read" }"#);
    // Without a signature: {"sub":"7","roles":["manager"],"scope":"bank:read bank:write","branch":{"id":"north"}}
    workspace.write(
        "token",
        "eyJhbGciOiJub25lIn0.eyJzdWIiOiI3Iiwicm9sZXMiOlsibWFuYWdlciJdLCJzY29wZSI6ImJhbms6cmVhZCBiYW5rOndyaXRlIiwiYnJhbmNoIjp7ImlkIjoibm9ydGgifX0.\n",
    );
    for (arguments, expected) in [
        (
            "shop.v1.Orders/Get",
            expect![[r#"
            refused: shop.v1.Orders/Get
              rule:    any of admin, clerk
              at:      shop/v1/shop.proto:21:5
              caller:  anyone without a credential
              why:     a credential is required
              needs:   a credential
              needs:   the role admin or clerk
            exit status: 0
        "#]],
        ),
        (
            "shop.v1.Orders/Get --role auditor",
            expect![[r#"
            refused: shop.v1.Orders/Get
              rule:    any of admin, clerk
              at:      shop/v1/shop.proto:21:5
              caller:  a caller with a token and the role auditor
              why:     a role is required: any of admin, clerk
              needs:   the role admin or clerk
            exit status: 0
        "#]],
        ),
        (
            "/shop.v1.Orders/Get --role clerk",
            expect![[r#"
            allowed: shop.v1.Orders/Get
              rule:    any of admin, clerk
              at:      shop/v1/shop.proto:21:5
              caller:  a caller with a token and the role clerk
            exit status: 0
        "#]],
        ),
        (
            "bank.v1.Bank/Close --role director",
            expect![[r#"
            refused: bank.v1.Bank/Close
              rule:    denied
              at:      bank/v1/bank.proto:93:5
              caller:  a caller with a token and the role director
              why:     nobody may call the method
            exit status: 0
        "#]],
        ),
        (
            "bank.v1.Bank/Both --peer cart.example",
            expect![[r#"
            refused: bank.v1.Bank/Both
              rule:    authenticated; credentials JWT + MTLS
              at:      bank/v1/bank.proto:71:5
              caller:  a caller with the certificate cart.example
              why:     a token is required
              needs:   a token
            exit status: 0
        "#]],
        ),
        (
            "bank.v1.Bank/Settle --peer cart.example",
            expect![[r#"
            refused: bank.v1.Bank/Settle
              rule:    authenticated; peers settlement.bank.internal, spiffe://example.org/ns/bank/**
              at:      bank/v1/bank.proto:82:5
              caller:  a caller with the certificate cart.example
              why:     the certificate must be that of one of the peers settlement.bank.internal, spiffe://example.org/ns/bank/**
              needs:   a certificate of settlement.bank.internal or spiffe://example.org/ns/bank/**
            exit status: 0
        "#]],
        ),
        (
            "bank.v1.Bank/Wire --claims claims.json",
            expect![[r#"
            refused: bank.v1.Bank/Wire
              rule:    any of *:read, director, manager; scopes bank:read, bank:write
              at:      bank/v1/bank.proto:49:5
              caller:  a caller with a token, the role teller and the scope bank:read
              why:     every scope is required: bank:read, bank:write
              needs:   the scope bank:write
              needs:   the role *:read or director or manager
              note:    roles are read from `roles` and scopes from `scope` (RFC 9068); a server may be set up otherwise
            exit status: 0
        "#]],
        ),
        (
            "bank.v1.Bank/Open --claims claims.json",
            expect![[r#"
            refused: bank.v1.Bank/Open
              rule:    any of director, manager, teller; account.branch.id = claim branch.id unless director, manager
              at:      bank/v1/bank.proto:10:3
              caller:  a caller with a token, the role teller and the scope bank:read
              why:     the request must name the caller's own: account.branch.id = claim branch.id unless director, manager
              needs:   the claim branch.id, a string or an integer
              note:    roles are read from `roles` and scopes from `scope` (RFC 9068); a server may be set up otherwise
            exit status: 0
        "#]],
        ),
        (
            "bank.v1.Bank/Open --role teller",
            expect![[r#"
            allowed: bank.v1.Bank/Open
              rule:    any of director, manager, teller; account.branch.id = claim branch.id unless director, manager
              at:      bank/v1/bank.proto:10:3
              caller:  a caller with a token and the role teller, whose request names its own branch.id in account.branch.id
              request: account.branch.id must equal the caller's claim branch.id
            exit status: 0
        "#]],
        ),
        (
            "bank.v1.Bank/Wire --token token",
            expect![[r#"
            allowed: bank.v1.Bank/Wire
              rule:    any of *:read, director, manager; scopes bank:read, bank:write
              at:      bank/v1/bank.proto:49:5
              caller:  a caller with a token, the role manager and the scopes bank:read, bank:write
              note:    the token was decoded and not verified: a server also checks its signature, issuer, audience and times
              note:    roles are read from `roles` and scopes from `scope` (RFC 9068); a server may be set up otherwise
            exit status: 0
        "#]],
        ),
        (
            "bank.v1.Bank/Wire --format json --role director",
            expect![[r#"
            {
              "caller": {
                "principal": {
                  "proven_by": "JWT",
                  "roles": [
                    "director"
                  ]
                }
              },
              "condition": "missing_scope",
              "declared_at": "bank/v1/bank.proto:49:5",
              "is_allowed": false,
              "lacks": [
                "the scope bank:read",
                "the scope bank:write"
              ],
              "method": "bank.v1.Bank/Wire",
              "reason": "every scope is required: bank:read, bank:write",
              "rule": {
                "required_roles": [
                  "*:read",
                  "director",
                  "manager"
                ],
                "required_scopes": [
                  "bank:read",
                  "bank:write"
                ]
              }
            }
            exit status: 0
        "#]],
        ),
        (
            "bank.v1.Bank/Nothing",
            expect![[r#"
            protoc-gen-secure: there is no method `bank.v1.Bank/Nothing`; a method is written `package.Service/Method`
            exit status: 1
        "#]],
        ),
        (
            "bank.v1.Bank/Wire --token claims.json",
            expect![[r#"
            protoc-gen-secure: claims.json is neither a JWT nor an object of claims
            exit status: 1
        "#]],
        ),
    ] {
        check(&workspace, &format!("explain {arguments} proto"), expected);
    }
}

#[test]
fn every_file_below_the_deployed_directory_is_compared() {
    let workspace = shop();
    workspace.directory("opa");
    workspace.succeed(PLUGIN, ["export", "opa", "policy.json", "--out", "opa"]);
    let compare = |expected| check(&workspace, "export opa policy.json --check opa", expected);
    compare(expect![[r#"
        opa is what the rules say
        exit status: 0
    "#]]);
    workspace.directory("opa/more");
    workspace.write("opa/more/open.rego", "package secure\n\nallow := true\n");
    compare(expect![[r#"
        protoc-gen-secure: drift[unknown]: `more/open.rego` is deployed, and no rule asks for it
        exit status: 3
    "#]]);
}

#[cfg(unix)]
#[test]
fn link_in_the_working_tree_does_not_change_what_it_is_compared_with() {
    let workspace = shop();
    workspace.commit(".");
    fs::rename(workspace.path("proto"), workspace.path("old")).expect("a directory");
    std::os::unix::fs::symlink("wider", workspace.path("proto")).expect("a link");
    let absolute = workspace.path("proto").display().to_string();
    for arguments in [
        "diff git:HEAD proto".to_owned(),
        "diff git:HEAD ./old/../proto".to_owned(),
        "diff git:HEAD -I proto proto/shop/v1/shop.proto".to_owned(),
        format!("diff git:HEAD {absolute}"),
    ] {
        let found = run(&workspace, &arguments);
        assert!(found.contains("1 widened") && found.ends_with("exit status: 1\n"), "{arguments}: {found}");
    }
    let inside = std::process::Command::new(PLUGIN)
        .args(["diff", "git:HEAD", "shop/v1/shop.proto"])
        .current_dir(workspace.path("proto"))
        .env("PWD", workspace.path("proto"))
        .output()
        .expect("the program runs");
    assert_eq!(inside.status.code(), Some(1), "in a directory that is a link: {inside:?}");
    assert!(String::from_utf8_lossy(&inside.stdout).contains("1 widened"), "{inside:?}");
    let found = run(&workspace, "diff git:HEAD proto/../proto");
    assert!(found.contains("proto goes back from a link"), "{found}");
}

#[cfg(unix)]
#[test]
fn link_out_of_the_old_revision_is_refused() {
    let workspace = shop();
    std::os::unix::fs::symlink(workspace.path("policy.json"), workspace.path("linked.json")).expect("a link");
    workspace.commit(".");
    let found = run(&workspace, "diff git:HEAD linked.json");
    assert!(found.contains("linked.json is a link out of the revision `HEAD`"), "{found}");
}

#[cfg(unix)]
#[test]
fn diff_with_a_revision_runs_no_hook_and_reads_no_other_files() {
    use std::os::unix::fs::PermissionsExt;

    let workspace = shop();
    workspace.write("large.bin", "not a .proto");
    workspace.write(".gitattributes", "* filter=log");
    std::os::unix::fs::symlink("proto", workspace.path("api")).expect("a link");
    workspace.commit(".");
    let log = workspace.path("log");
    for name in ["post-checkout", "post-index-change", "reference-transaction", "fsmonitor"] {
        let hook = workspace.path(".git/hooks").join(name);
        fs::create_dir_all(workspace.path(".git/hooks")).expect("a directory");
        fs::write(&hook, format!("#!/bin/sh\necho {name} >> {}\n", log.display())).expect("a hook");
        fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).expect("a program");
    }
    workspace.git("config core.fsmonitor .git/hooks/fsmonitor");
    // git asks the filter for each file that it writes.
    let files = workspace.path("files");
    let filter = format!("sh -c 'echo %f >> {}; cat'", files.display());
    workspace.succeed("git", ["config", "filter.log.smudge", &filter]);
    for path in ["proto", "api", "policy.json"] {
        let found = run(&workspace, &format!("diff git:HEAD {path}"));
        assert_eq!(found, "nobody gained or lost access\nexit status: 0\n", "{path}");
    }
    assert!(!log.exists(), "{}", fs::read_to_string(&log).expect("text"));
    let files = fs::read_to_string(files).expect("text");
    assert!(files.contains("proto/shop/v1/shop.proto") && !files.contains("large.bin"), "{files}");
}

#[test]
fn reader_that_closes_the_pipe_is_no_error() {
    let workspace = shop();
    let run = |arguments: &[&str]| {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let mut command = std::process::Command::new(PLUGIN);
        command.args(arguments).current_dir(workspace.path("")).stdout(writer).output().expect("the program runs")
    };
    for (arguments, status) in [(&["matrix", "proto"][..], 0), (&["diff", "policy.json", "wider"], 1)] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {output:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{arguments:?}");
    }
}
