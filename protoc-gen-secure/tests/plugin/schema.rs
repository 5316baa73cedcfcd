//! The option schema, as its users import it.

use crate::tools::{Workspace, have};

#[test]
fn schema_passes_the_lints_of_buf() {
    if have(&["buf"]) {
        let workspace = Workspace::new::<&str>([]).with_schema();
        workspace.write("buf.yaml", include_str!("../../proto/buf.yaml").replace("version: v2", MODULE).as_str());
        workspace.succeed("buf", ["lint"]);
    }
}

const MODULE: &str = "version: v2\nmodules:\n  - path: proto";
