//! What a scope is.

/// RFC 6749, section 3.3.
pub(super) fn is_scope(scope: &str) -> bool {
    let is_character = |byte| matches!(byte, b'!' | b'#'..=b'[' | b']'..=b'~');
    (1..=MAX_SCOPE_BYTES).contains(&scope.len()) && scope.bytes().all(is_character)
}

const MAX_SCOPE_BYTES: usize = 256;
