//! The commands of the README, as they stand.

use crate::tools::{Workspace, files, have};

fn workspace() -> Workspace {
    Workspace::new([("shop/v1/shop.proto", "../examples/quickstart/proto/shop/v1/shop.proto".into())])
}

fn check(workspace: &Workspace) {
    let files = files(&workspace.path("src/gen"));
    assert!(files["shop/v1/shop.v1.rs"].contains(r#"include!("shop.v1.secure.rs");"#));
    assert!(files.contains_key("shop/v1/shop.v1.secure.rs"));
}

#[test]
fn protoc() {
    if have(&["protoc", "protoc-gen-prost"]) {
        let workspace = workspace();
        workspace.succeed("sh", ["-e", "-c", include_str!("../readme/protoc.sh")]);
        check(&workspace);
    }
}

#[test]
fn buf() {
    if have(&["buf", "protoc-gen-prost"]) {
        let workspace = workspace();
        workspace.write("buf.yaml", include_str!("../readme/buf.yaml"));
        workspace.write("buf.gen.yaml", include_str!("../readme/buf.gen.yaml"));
        workspace.succeed("sh", ["-e", "-c", include_str!("../readme/buf.sh")]);
        check(&workspace);
    }
}
