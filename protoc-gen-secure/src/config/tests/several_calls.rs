use super::*;

fn proto(package: &str, message: &str) -> String {
    format!(
        r#"syntax = "proto3"; package {package}; import "secure/v1/options.proto"; message {message} {{}}
        service {message}s {{ rpc Get({message}) returns ({message}) {{ option (secure.v1.method).public = true; }} }}"#
    )
}

fn read(directory: &TempDir, name: &str) -> String {
    fs::read_to_string(directory.path().join("out").join(name)).expect("a file")
}

#[test]
fn two_calls_that_write_one_package_are_an_error_that_names_the_first() {
    let directory = directory(&[("a.proto", &proto("shop.v1", "Order")), ("b.proto", &proto("shop.v1", "Cart"))]);
    compile(config(&directory), &directory, &["a.proto"]).expect("files");
    let before = read(&directory, "shop.v1.secure.rs");
    let result = compile(config(&directory), &directory, &["b.proto"]);
    expect![[r#"
        /out/shop.v1.rs: the call for `a.proto` wrote this file, and the call for `b.proto` would replace it with other contents; give all files to one call, or give each call an `out_dir` of its own
    "#]]
    .assert_eq(&outcome(result, &directory));
    assert_eq!(read(&directory, "shop.v1.secure.rs"), before);
}

#[test]
fn two_calls_with_other_settings_do_not_replace_each_other() {
    let directory = directory(&[("a.proto", &proto("shop.v1", "Order"))]);
    compile(config(&directory).without_client(), &directory, &["a.proto"]).expect("files");
    let result = compile(config(&directory).without_server(), &directory, &["a.proto"]);
    assert!(matches!(result, Err(Error::WrittenTwice { .. })), "{result:?}");
}

/// A package whose messages change with each setting.
const EVERY_FORM: &str = r#"syntax = "proto3"; package shop.v1; import "secure/v1/options.proto";
    // An order.
    message Order { map<string, string> notes = 1; bytes photo = 2; Item item = 3; Kind kind = 4; }
    message Item {}
    enum Kind { KIND_UNSPECIFIED = 0; }
    service Orders { rpc Get(Order) returns (Order) { option (secure.v1.method).public = true; } }"#;

#[test]
fn call_with_another_setting_of_messages_does_not_replace_the_first() {
    type Change = fn(Config) -> Config;
    let changes: [(&str, Change); 12] = [
        ("boxed", |config| config.boxed(".shop.v1.Order.item")),
        ("btree_map", |config| config.btree_map(["."])),
        ("bytes", |config| config.bytes(["."])),
        ("disable_comments", |config| config.disable_comments(["."])),
        ("enable_type_names", Config::enable_type_names),
        ("enum_attribute", |config| config.enum_attribute(".", "#[allow(unused)]")),
        ("field_attribute", |config| config.field_attribute(".", "#[allow(unused)]")),
        ("message_attribute", |config| config.message_attribute(".", "#[allow(unused)]")),
        ("retain_enum_prefix", Config::retain_enum_prefix),
        ("skip_debug", |config| config.skip_debug(["."])),
        ("type_attribute", |config| config.type_attribute(".", "#[allow(unused)]")),
        ("type_name_domain", |config| config.enable_type_names().type_name_domain(["."], "example.com")),
    ];
    for (name, change) in changes {
        let directory = directory(&[("a.proto", EVERY_FORM)]);
        compile(config(&directory), &directory, &["a.proto"]).expect("files");
        compile(config(&directory), &directory, &["a.proto"]).expect("the same files again");
        let before = read(&directory, "shop.v1.rs");
        let result = compile(change(config(&directory)), &directory, &["a.proto"]);
        assert!(matches!(result, Err(Error::WrittenTwice { .. })), "{name}: {result:?}");
        assert_eq!(read(&directory, "shop.v1.rs"), before, "{name}");
    }
}

#[test]
fn two_descriptor_sets_of_one_package_are_an_error() {
    let directory = directory(&[]);
    let set = |name, message| set(&[(name, &proto("shop.v1", message))]);
    config(&directory).compile_descriptor_set(&set("a.proto", "Order")).expect("files");
    let result = config(&directory).compile_descriptor_set(&set("b.proto", "Cart"));
    assert!(matches!(result, Err(Error::WrittenTwice { .. })), "{result:?}");
}

#[test]
fn messages_imported_by_two_calls_are_kept() {
    let money = r#"syntax = "proto3"; package money.v1; message Money {}"#;
    let date = r#"syntax = "proto3"; package money.v1; message Date {}"#;
    let a = proto("a", "Order").replace("message", "import \"money.proto\"; message");
    let b = proto("b", "Cart").replace("message", "import \"money.proto\"; message");
    let files = [("a.proto", a.as_str()), ("b.proto", b.as_str()), ("money.proto", money), ("date.proto", date)];
    let directory = directory(&files);
    compile(config(&directory), &directory, &["a.proto"]).expect("files");
    compile(config(&directory), &directory, &["b.proto"]).expect("the same messages again");
    let result = compile(config(&directory), &directory, &["date.proto"]);
    assert!(matches!(result, Err(Error::WrittenTwice { .. })), "{result:?}");
    assert!(read(&directory, "money.v1.rs").contains("Money"));
}

#[test]
fn calls_with_one_include_file_and_one_manifest_add_to_them() {
    let directory = directory(&[("a.proto", &proto("shop.v1", "Order")), ("b.proto", &proto("cart.v1", "Cart"))]);
    let config = || config(&directory).include_file("all.rs").manifest_path(directory.path().join("out/policy.json"));
    compile(config(), &directory, &["a.proto"]).expect("files");
    compile(config(), &directory, &["b.proto"]).expect("files");
    let (all, manifest) = (read(&directory, "all.rs"), read(&directory, "policy.json"));
    for package in ["shop.v1", "cart.v1"] {
        assert!(all.contains(&format!("include!(\"{package}.rs\");")), "{all}");
        assert!(manifest.contains(&format!("\"{package}.")), "{manifest}");
    }
}

#[test]
fn the_same_call_replaces_its_own_output() {
    let directory = directory(&[("a.proto", &proto("shop.v1", "Order"))]);
    let config = || config(&directory).include_file("all.rs").manifest_path(directory.path().join("out/policy.json"));
    compile(config(), &directory, &["a.proto"]).expect("files");
    fs::write(directory.path().join("proto/a.proto"), proto("shop.v2", "Cart")).expect("a file");
    compile(config(), &directory, &["a.proto"]).expect("files");
    assert!(!read(&directory, "all.rs").contains("shop.v1") && !read(&directory, "policy.json").contains("shop.v1"));
    fs::write(directory.path().join("proto/a.proto"), proto("shop.v2", "Item")).expect("a file");
    compile(config(), &directory, &["a.proto"]).expect("files");
    assert!(read(&directory, "shop.v2.rs").contains("Item"));
}
