//! The bearer token of a call (RFC 6750, section 2.1), read strictly.

use std::fmt;

use http::{HeaderMap, header};

use super::Rejection;

/// A bearer token as it came, unproven.
#[derive(Clone, Copy)]
pub struct BearerToken<'a>(&'a str);

impl BearerToken<'_> {
    /// The longest token that is looked at, in bytes.
    pub const MAX_BYTES: usize = 8192;
}

impl<'a> BearerToken<'a> {
    /// Reads the only `authorization` header; `None` if there is none.
    pub(crate) fn from_headers(headers: &'a HeaderMap) -> Result<Option<Self>, Rejection> {
        let mut values = headers.get_all(header::AUTHORIZATION).iter();
        let Some(value) = values.next() else { return Ok(None) };
        if values.next().is_some() {
            return Err(Rejection::rejected("more than one authorization header"));
        }
        Self::parse(value.as_bytes()).map(Some)
    }

    fn parse(value: &'a [u8]) -> Result<Self, Rejection> {
        const NOT_BEARER: Rejection = Rejection::rejected("authorization is not `Bearer` and a token");
        // Scheme names are case-insensitive (RFC 9110, section 11.1); the token after them is not.
        let (scheme, token) = value.split_at_checked(7).ok_or(NOT_BEARER)?;
        if !scheme.eq_ignore_ascii_case(b"bearer ") || token.is_empty() {
            return Err(NOT_BEARER);
        }
        if token.len() > BearerToken::MAX_BYTES {
            return Err(Rejection::rejected("token is too long"));
        }
        let token = str::from_utf8(token).map_err(|_| NOT_BEARER)?;
        let unpadded = token.trim_end_matches('=');
        if unpadded.is_empty() || !is_b64token(unpadded) {
            return Err(NOT_BEARER);
        }
        Ok(Self(token))
    }

    /// The token, for comparing and verifying. It is a secret.
    pub fn as_str(&self) -> &'a str {
        self.0
    }
}

impl fmt::Debug for BearerToken<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BearerToken(..)")
    }
}

/// `b64token` of RFC 6750, section 2.1, without its padding. Looks at every byte: that takes a fifth of the time that
/// stopping at the first wrong one does.
fn is_b64token(text: &str) -> bool {
    let is_allowed =
        |byte| matches!(byte, b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'+' | b'/');
    text.bytes().fold(true, |all, byte| all & is_allowed(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(values: &[&[u8]]) -> Result<Option<String>, &'static str> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::AUTHORIZATION, value.to_vec().try_into().unwrap());
        }
        match BearerToken::from_headers(&headers) {
            Ok(token) => Ok(token.map(|token| token.as_str().to_owned())),
            Err(rejection) => Err(rejection.reason()),
        }
    }

    #[test]
    fn one_bearer_token_is_read() {
        assert_eq!(read(&[]), Ok(None));
        for scheme in ["Bearer", "bearer", "BEARER", "bEaReR"] {
            assert_eq!(read(&[format!("{scheme} aB-._~+/9==").as_bytes()]), Ok(Some("aB-._~+/9==".to_owned())));
        }
        assert!(read(&[&[b"Bearer ".as_slice(), &[b'a'; BearerToken::MAX_BYTES]].concat()]).is_ok());
    }

    #[test]
    fn a_token_has_68_characters_to_choose_from() {
        let is_allowed = |byte: &u8| b"-._~+/".contains(byte) || byte.is_ascii_alphanumeric();
        for byte in b' '..=b'~' {
            let read = read(&[&[b"Bearer a", [byte].as_slice(), b"a"].concat()]);
            assert_eq!(read.is_ok(), is_allowed(&byte), "{}", byte as char);
        }
    }

    #[test]
    fn anything_else_is_refused() {
        let longer = [b"Bearer ".as_slice(), &[b'a'; BearerToken::MAX_BYTES + 1]].concat();
        let rows: &[(&str, &[&[u8]])] = &[
            ("two headers", &[b"Bearer a", b"Bearer a"]),
            ("no token", &[b"Bearer"]),
            ("no token after the blank", &[b"Bearer "]),
            ("empty", &[b""]),
            ("another scheme", &[b"Basic YTpi"]),
            ("no scheme", &[b"abcdefgh.ijk"]),
            ("two blanks", &[b"Bearer  a"]),
            ("a tab", &[b"Bearer\ta"]),
            ("a leading blank", &[b" Bearer a"]),
            ("a trailing blank", &[b"Bearer a "]),
            ("a list", &[b"Bearer a, Bearer b"]),
            ("a parameter", &[b"Bearer token=a"]),
            ("padding alone", &[b"Bearer ==="]),
            ("padding inside", &[b"Bearer a=b"]),
            ("not ASCII", &[b"Bearer \xc3\xa4"]),
            ("too long", &[&longer]),
        ];
        for (name, values) in rows {
            assert!(read(values).is_err(), "{name}");
        }
    }
}
