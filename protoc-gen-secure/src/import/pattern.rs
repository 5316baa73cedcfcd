//! Patterns that gRPC's engine and Istio share: exact, `abc*`, `*abc` and `*`.

/// True if a pattern admits a text.
pub(super) fn fits(pattern: &str, text: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(""), _) => !text.is_empty(),
        (Some(suffix), _) => text.ends_with(suffix),
        (None, Some(prefix)) => text.starts_with(prefix),
        (None, None) => pattern == text,
    }
}

/// A principal as `peers` has it; `Some(None)` for any certificate. `scheme` is what the pattern leaves out.
pub(super) fn peer(pattern: &str, scheme: &str) -> Option<Option<String>> {
    if pattern == "*" {
        return Some(None);
    }
    let peer = match pattern.strip_suffix("/*") {
        Some(parent) => format!("{scheme}{parent}/**"),
        None => format!("{scheme}{pattern}"),
    };
    let is_one = crate::policy::is_peer_name(&peer);
    is_one.then_some(Some(peer))
}
