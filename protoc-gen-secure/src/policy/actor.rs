//! Names of actors: an issuer, `#`, and a subject or the SPIFFE IDs below a path.

use super::peer;
use crate::diagnostic::is_invisible;

/// What keeps a text from being the name of an actor.
pub(super) fn problem(actor: &str) -> Option<&'static str> {
    let Some((issuer, subject)) = actor.split_once('#') else {
        return Some("does not name its issuer");
    };
    if issuer.is_empty() || subject.is_empty() {
        return Some("has no issuer or no subject");
    }
    if actor.len() > MAX_BYTES || actor.chars().any(|character| character == ' ' || is_invisible(character)) {
        return Some("has a blank or an invisible character, or is longer than 2,048 bytes");
    }
    match subject.strip_suffix("**") {
        Some(_) if subject.starts_with("spiffe://") => peer::problem(subject),
        Some(_) => Some("has a `**` that is not the last segment of a SPIFFE ID"),
        None => None,
    }
}

const MAX_BYTES: usize = 2_048;

#[cfg(test)]
mod tests {
    use super::problem;

    #[test]
    fn actor_without_issuer_or_subject_is_refused() {
        for actor in [
            "https://id.example.com#cart",
            "https://id.example.com#auth0|5f7c8ec7",
            "https://id.example.com#a#b",
            "https://id.example.com#spiffe://example.org/ns/shop/sa/cart",
            "https://id.example.com#spiffe://example.org/ns/shop/**",
            "spiffe://example.org#spiffe://example.org/**",
        ] {
            assert_eq!(problem(actor), None, "{actor}");
        }
        for actor in [
            "",
            "cart",
            "https://id.example.com",
            "https://id.example.com#",
            "#cart",
            "https://id.example.com#**",
            "https://id.example.com#cart/**",
            "https://id.example.com#spiffe://**",
            "https://id.example.com#spiffe://example.org/ca**",
            "https://id.example.com#my cart",
            "https://id.example.com#cart\u{200b}",
            "https://id.example.com #cart",
        ] {
            assert!(problem(actor).is_some(), "{actor}");
        }
    }
}
