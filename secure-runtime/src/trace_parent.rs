//! The trace that a call belongs to, as its client says (W3C Trace Context, section 3.2).

use std::fmt;

use http::{HeaderMap, HeaderName};

/// The id of a trace. The client chose it, so it proves nothing.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct TraceId([u8; 16]);

impl TraceId {
    #[cfg(any(test, feature = "otel"))]
    pub(crate) const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The id, as in a `traceparent` header.
    pub const fn to_bytes(self) -> [u8; 16] {
        self.0
    }
}

/// 32 hexadecimal digits, in lower case.
impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

/// A `traceparent` header.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct TraceParent {
    pub(crate) trace_id: TraceId,
    pub(crate) span_id: [u8; 8],
    pub(crate) is_sampled: bool,
}

impl TraceParent {
    /// `None` if there is no such header, several, or a malformed one.
    pub(crate) fn read(headers: &HeaderMap) -> Option<Self> {
        let mut values = headers.get_all(TRACEPARENT).iter();
        let (Some(value), None) = (values.next(), values.next()) else { return None };
        Self::parse(value.as_bytes())
    }

    /// Version 0 is `00-<trace id>-<span id>-<flags>`. Later versions may add parts after a `-`.
    fn parse(value: &[u8]) -> Option<Self> {
        let (fields, rest) = value.split_at_checked(FIELDS_BYTES)?;
        let is_whole =
            if fields.starts_with(b"00") { rest.is_empty() } else { matches!(rest.first(), None | Some(b'-')) };
        let dashes = [2, 35, 52].iter().all(|place| fields[*place] == b'-');
        if !is_whole || !dashes || fields.starts_with(b"ff") {
            return None;
        }
        let [_version] = bytes(&fields[..2])?;
        let (trace_id, span_id, [flags]) = (bytes(&fields[3..35])?, bytes(&fields[36..52])?, bytes(&fields[53..])?);
        let is_valid = trace_id != [0; 16] && span_id != [0; 8];
        is_valid.then_some(Self { trace_id: TraceId(trace_id), span_id, is_sampled: flags & 1 == 1 })
    }
}

/// Bytes from hexadecimal digits in lower case.
fn bytes<const N: usize>(digits: &[u8]) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}

const fn digit(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

pub(crate) const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

const FIELDS_BYTES: usize = 55;

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    #[test]
    fn header_of_the_w3c_example_is_read() {
        let parent = TraceParent::parse(GOOD.as_bytes()).unwrap();
        assert_eq!(parent.trace_id.to_string(), "0af7651916cd43dd8448eb211c80319c");
        assert_eq!((parent.span_id, parent.is_sampled), ([0xb7, 0xad, 0x6b, 0x71, 0x69, 0x20, 0x33, 0x31], true));
    }

    #[test]
    fn later_version_may_have_more_parts() {
        for good in [GOOD.replacen("00", "01", 1), format!("{}-more", GOOD.replacen("00", "cc", 1))] {
            assert!(TraceParent::parse(good.as_bytes()).is_some(), "{good}");
        }
    }

    #[test]
    fn malformed_header_is_ignored() {
        let zero_trace = "00-00000000000000000000000000000000-b7ad6b7169203331-01";
        let zero_span = "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01";
        let upper = GOOD.to_uppercase();
        let long = format!("{GOOD}-more");
        let unseparated = format!("{}x", GOOD.replacen("00", "01", 1));
        let forbidden = GOOD.replacen("00", "ff", 1);
        let shifted = GOOD.replace('-', "0");
        for bad in ["", "00", &GOOD[1..], zero_trace, zero_span, &upper, &long, &unseparated, &forbidden, &shifted] {
            assert_eq!(TraceParent::parse(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn two_headers_are_ignored() {
        let mut headers = HeaderMap::new();
        headers.append(TRACEPARENT, GOOD.parse().unwrap());
        assert!(TraceParent::read(&headers).is_some());
        headers.append(TRACEPARENT, GOOD.parse().unwrap());
        assert!(TraceParent::read(&headers).is_none());
    }
}
