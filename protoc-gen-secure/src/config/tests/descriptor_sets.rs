use super::*;

const ROLE: &str =
    "service Orders { rpc Get(Order) returns (Order) { option (secure.v1.method).required_roles = \"the-clerk\"; } }";

#[track_caller]
fn check(has_rules: bool) {
    let directory = directory(&[("orders.proto", &orders(ROLE))]);
    let config = config(&directory);
    let config = if has_rules { config.descriptor_set_with_rules("set.bin") } else { config.descriptor_set("set.bin") };
    compile(config, &directory, &["orders.proto"]).expect("files");
    let set = fs::read(directory.path().join("out/set.bin")).expect("a file");
    let files = compile::decode(&set).expect("a set").file;
    let names = files.iter().map(|file| file.name().to_owned()).collect::<Vec<_>>();
    assert!(names.contains(&"orders.proto".to_owned()) && names.contains(&"secure/v1/options.proto".to_owned()));
    assert_eq!(String::from_utf8_lossy(&set).contains("the-clerk"), has_rules);
}

#[test]
fn descriptor_set_has_no_rules_by_default() {
    check(false);
}

#[test]
fn descriptor_set_has_rules_if_asked_for() {
    check(true);
}

#[test]
fn file_that_is_not_a_descriptor_set_is_not_overwritten() {
    let directory = directory(&[("orders.proto", &orders(ROLE))]);
    fs::write(directory.path().join("out/set.bin"), "a text").expect("a file");
    let result = compile(config(&directory).descriptor_set("set.bin"), &directory, &["orders.proto"]);
    expect![[r#"
        /out/set.bin: the file is not a descriptor set, so it is not overwritten; delete it, or name another file
    "#]]
    .assert_eq(&outcome(result, &directory));
}

#[test]
fn protoc_arguments_without_protoc_are_refused() {
    let directory = directory(&[("orders.proto", &orders(ROLE))]);
    let result = compile(config(&directory).protoc_arg("--fatal_warnings"), &directory, &["orders.proto"]);
    expect![[r#"
        `protoc_arg` needs `protoc`: without it, no protoc runs
    "#]]
    .assert_eq(&outcome(result, &directory));
}

#[test]
fn arguments_are_passed_to_protoc() {
    let directory = directory(&[("orders.proto", &orders(ROLE))]);
    let protoc = protoc_bin_vendored::protoc_bin_path().expect("a protoc for this machine");
    let config = |argument| config(&directory).protoc(&protoc).protoc_arg(argument);
    compile(config("--fatal_warnings"), &directory, &["orders.proto"]).expect("files");
    let result = compile(config("--no-such-argument"), &directory, &["orders.proto"]);
    assert!(outcome(result, &directory).contains("no-such-argument"));
}
