//! The schema, as those who import it see it.

use crate::tools::{Workspace, have};

#[test]
fn buf_finds_nothing_to_say_about_it() {
    if have(&["buf"]) {
        let workspace = Workspace::new::<&str>([]).with_schema();
        workspace.write("buf.yaml", include_str!("../../proto/buf.yaml").replace("version: v2", MODULE).as_str());
        workspace.succeed("buf", ["lint"]);
    }
}

const MODULE: &str = "version: v2\nmodules:\n  - path: proto";
