//! Names of peers: SPIFFE IDs, DNS names, and SPIFFE IDs that stand for all below them.

/// What keeps a text from being the name of peers.
pub(super) fn problem(peer: &str) -> Option<&'static str> {
    match peer.strip_prefix("spiffe://") {
        Some(id) => spiffe_problem(peer, id),
        None if is_dns_name(peer) => None,
        None => Some("is neither a SPIFFE ID nor a DNS name in lower case"),
    }
}

/// True if a text is the name of peers.
#[cfg(feature = "cli")]
pub(crate) fn is_peer_name(text: &str) -> bool {
    problem(text).is_none()
}

/// SPIFFE-ID, sections 2.1 to 2.3, with `**` as the last segment.
fn spiffe_problem(peer: &str, id: &str) -> Option<&'static str> {
    let Some((trust_domain, path)) = id.split_once('/') else {
        return Some("has no path; the peers of a whole trust domain are `spiffe://.../**`");
    };
    let is_domain_byte = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte);
    if !(1..=255).contains(&trust_domain.len()) || !trust_domain.bytes().all(is_domain_byte) {
        return Some("has no trust domain");
    }
    let path = path.strip_suffix("/**").or_else(|| (path == "**").then_some("all")).unwrap_or(path);
    if path.contains('*') {
        return Some("has a `*` that is not the whole last segment `**`");
    }
    (peer.len() > 2_048 || !path.split('/').all(is_segment)).then_some("has a path that no SPIFFE ID has")
}

fn is_segment(segment: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    !matches!(segment, "" | "." | "..") && segment.bytes().all(is_allowed)
}

/// RFC 1123, section 2.1; an address is no name.
fn is_dns_name(name: &str) -> bool {
    let is_address = name.rsplit('.').next().is_some_and(|label| label.bytes().all(|byte| byte.is_ascii_digit()));
    name.len() <= 253 && !is_address && name.split('.').all(is_label)
}

fn is_label(label: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let is_inside = !label.starts_with('-') && !label.ends_with('-');
    (1..=63).contains(&label.len()) && label.bytes().all(is_allowed) && is_inside
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use secure_runtime::tls::PeerName;

    use super::problem;

    proptest! {
        /// A rule accepts a name if, and only if, a certificate can have it: otherwise the rule could never match.
        #[test]
        fn rule_accepts_exactly_the_names_that_the_runtime_reads(
            name in "(spiffe://)?[a-zA-Z0-9._:/*-]{0,12}([./][a-zé0-9._%-]{0,5}){0,3}"
        ) {
            prop_assume!(!name.ends_with("**"));
            prop_assert_eq!(problem(&name).is_none(), name.parse::<PeerName>().is_ok(), "{}", name);
        }

        /// `**` at the end stands for one or more segments.
        #[test]
        fn rule_accepts_exactly_the_prefixes_of_names_that_the_runtime_reads(
            prefix in "(spiffe://)?[a-z0-9._:/-]{0,12}(/[a-z0-9._-]{0,5}){0,3}"
        ) {
            let name = format!("{prefix}/segment");
            let is_spiffe = prefix.starts_with("spiffe://");
            let is_read = is_spiffe && name.parse::<PeerName>().is_ok();
            prop_assert_eq!(problem(&format!("{prefix}/**")).is_none(), is_read, "{}", prefix);
        }
    }

    #[test]
    fn valid_peer_is_accepted() {
        for peer in [
            "spiffe://example.org/ns/shop/sa/cart",
            "spiffe://example.org/**",
            "spiffe://example.org/ns/**",
            "cart.shop.internal",
            "localhost",
            "grpc.cart-7.example",
        ] {
            assert_eq!(problem(peer), None, "{peer}");
        }
    }

    #[test]
    fn malformed_peer_is_refused() {
        for peer in [
            "",
            "*",
            "**",
            "*.shop.internal",
            "Cart.shop.internal",
            "cart..internal",
            "cart.internal.",
            "-cart.internal",
            "_grpc.cart.internal",
            "cart_7.internal",
            "10.0.0.1",
            "::1",
            "https://example.org/cart",
            "SPIFFE://example.org/cart",
            "spiffe://example.org",
            "spiffe://example.org/",
            "spiffe:///cart",
            "spiffe://Example.org/cart",
            "spiffe://example.org:443/cart",
            "spiffe://user@example.org/cart",
            "spiffe://example.org/ns//cart",
            "spiffe://example.org/ns/../cart",
            "spiffe://example.org/ns/*",
            "spiffe://example.org/ns/ca**",
            "spiffe://example.org/**/cart",
            "spiffe://example.org/ns/**/",
            "spiffe://example.org/cart?x",
            "spiffe://example.org/c%61rt",
            "spiffe://*/cart",
        ] {
            assert!(problem(peer).is_some(), "{peer}");
        }
    }
}
