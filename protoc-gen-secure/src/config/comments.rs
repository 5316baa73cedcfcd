//! Comments for prost-build, which copies them into documentation. `cargo test` would compile indented text in them.

use prost_types::FileDescriptorSet;

use crate::declared::for_prost;

/// Rewrites every comment so that rustdoc compiles none of it.
pub(super) fn make_harmless(set: &mut FileDescriptorSet) {
    let sources = set.file.iter_mut().filter_map(|file| file.source_code_info.as_mut());
    for location in sources.flat_map(|source| &mut source.location) {
        let around = location.leading_comments.iter_mut().chain(&mut location.trailing_comments);
        for comment in around.chain(&mut location.leading_detached_comments) {
            *comment = for_prost(comment);
        }
    }
}
