//! `application/x-www-form-urlencoded` (RFC 6749, appendix B).

use zeroize::Zeroizing;

use crate::secret;

/// Pairs of names and values, in order.
pub(crate) fn pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let pair = |(name, value)| format!("{}={}", *text(name), *text(value));
    pairs.into_iter().map(pair).collect::<Vec<_>>().join("&")
}

/// One name or value, which may be a secret.
pub(super) fn text(plain: &str) -> Zeroizing<String> {
    plain.bytes().fold(secret::with_capacity(plain.len() * 3), |mut encoded, byte| {
        match byte {
            b' ' => encoded.push('+'),
            b'*' | b'-' | b'.' | b'_' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => encoded.push(byte.into()),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
        encoded
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn example_of_rfc_6749_is_encoded() {
        assert_eq!(*text(" %&+£€"), "+%25%26%2B%C2%A3%E2%82%AC");
    }

    #[test]
    fn special_characters_in_a_value_are_encoded() {
        assert_eq!(pairs([("scope", "a b&c=d"), ("x", "")]), "scope=a+b%26c%3Dd&x=");
    }
}
