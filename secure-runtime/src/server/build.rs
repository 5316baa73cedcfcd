//! What the log says when a server starts: its services, and warnings about how the program was built.

use super::listener::Listener;
use super::mounted::Mounted;

/// Warns about features that another crate may have turned on, and that are unsuitable for production.
pub(super) fn warn() {
    if cfg!(all(feature = "testing", not(debug_assertions))) {
        tracing::warn!(
            "this release build has the feature `testing` of secure-runtime, which makes callers without proof: move it to \
             the dev-dependencies"
        );
    }
    if !limits_recursion() {
        tracing::warn!(
            "another crate turned on the feature `no-recursion-limit` of prost: a deeply nested message can overflow the \
             stack and end the process"
        );
    }
}

/// Says what is served, where, and who may call it. An expected service that is not mounted is a warning.
pub(super) fn log(mounted: &Mounted, listeners: &[Listener]) {
    let addresses = listeners.iter().map(Listener::address).collect::<Vec<_>>().join(" and ");
    match mounted.missing().is_empty() {
        true => tracing::info!("serving on {addresses}: {mounted}"),
        false => tracing::warn!("serving on {addresses}: {mounted}"),
    }
}

/// Whether prost refuses messages that are nested deeply.
fn limits_recursion() -> bool {
    // Groups that begin and end, one in the other (Protocol Buffers encoding, wire types 3 and 4).
    let nested = [[BEGIN_GROUP; DEPTH], [END_GROUP; DEPTH]].concat();
    <() as prost::Message>::decode(nested.as_slice()).is_err()
}

/// More than the limit of prost, which is 100.
const DEPTH: usize = 128;
const BEGIN_GROUP: u8 = 1 << 3 | 3;
const END_GROUP: u8 = 1 << 3 | 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deeply_nested_message_is_refused_and_a_shallow_one_is_not() {
        assert!(limits_recursion());
        assert!(<() as prost::Message>::decode([BEGIN_GROUP, END_GROUP].as_slice()).is_ok());
    }
}
