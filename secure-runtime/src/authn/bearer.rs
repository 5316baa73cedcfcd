//! The bearer token of a call (RFC 6750, section 2.1).

use std::fmt;

use http::{HeaderMap, header};

use super::rejection::Rejection;
use crate::token68::is_token68;

/// The bearer token of a call, not verified yet.
#[derive(Clone, Copy)]
pub struct BearerToken<'a>(&'a str);

impl BearerToken<'_> {
    /// The length of a token in bytes that is accepted by default.
    pub const MAX_BYTES: usize = 8_192;

    /// The greatest length in bytes that can be set.
    pub(super) const MAX_SETTABLE_BYTES: usize = 65_536;
}

impl<'a> BearerToken<'a> {
    /// Reads the `authorization` header, of which there may be one at most, with a token of at most `max_bytes`.
    pub(super) fn from_headers(headers: &'a HeaderMap, max_bytes: usize) -> Result<Option<Self>, Rejection> {
        let mut values = headers.get_all(header::AUTHORIZATION).iter();
        let Some(value) = values.next() else { return Ok(None) };
        if values.next().is_some() {
            return Err(Rejection::rejected("there is more than one `authorization` header"));
        }
        Self::parse(value.as_bytes(), max_bytes).map(Some)
    }

    /// The bytes in the place of the token, if there is one `authorization` header. Neither their number nor their characters
    /// are checked, so they may only be compared with tokens that are known.
    pub(super) fn unchecked(headers: &'a HeaderMap) -> Option<&'a [u8]> {
        let mut values = headers.get_all(header::AUTHORIZATION).iter();
        let (Some(value), None) = (values.next(), values.next()) else { return None };
        after_scheme(value.as_bytes())
    }

    fn parse(value: &'a [u8], max_bytes: usize) -> Result<Self, Rejection> {
        const NOT_BEARER: Rejection = Rejection::rejected("`authorization` is not `Bearer`, one space and a token");
        let token = after_scheme(value).filter(|token| !token.is_empty()).ok_or(NOT_BEARER)?;
        if token.len() > max_bytes {
            return Err(Rejection::rejected("the token is too long"));
        }
        let token = str::from_utf8(token).map_err(|_| NOT_BEARER)?;
        if is_token68(token) { Ok(Self(token)) } else { Err(NOT_BEARER) }
    }

    /// The token, to be verified. It is a secret: do not log it.
    pub fn as_str(&self) -> &'a str {
        self.0
    }
}

/// What comes after `Bearer` and one space.
fn after_scheme(value: &[u8]) -> Option<&[u8]> {
    // Scheme names are case-insensitive (RFC 9110, section 11.1); the token after them is not.
    let (scheme, token) = value.split_at_checked(7)?;
    scheme.eq_ignore_ascii_case(b"bearer ").then_some(token)
}

impl fmt::Debug for BearerToken<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BearerToken(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(values: &[&[u8]]) -> Result<Option<String>, &'static str> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::AUTHORIZATION, value.to_vec().try_into().unwrap());
        }
        match BearerToken::from_headers(&headers, BearerToken::MAX_BYTES) {
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
    fn a_header_that_is_not_one_bearer_token_is_refused() {
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
