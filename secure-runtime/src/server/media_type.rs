//! The media types of gRPC.

use http::{HeaderMap, header};

/// Whether the content type is any gRPC media type, so that no gRPC server can be mounted without a gate.
pub(super) fn is_grpc(headers: &HeaderMap) -> bool {
    content_types(headers).any(|value| after(value, GRPC).is_some())
}

/// Whether the content type is a gRPC media type, but none of gRPC-Web.
pub(super) fn is_native_grpc(headers: &HeaderMap) -> bool {
    content_types(headers).filter_map(|value| after(value, GRPC)).any(|rest| after(rest, WEB).is_none())
}

/// How the messages of a request are in its body.
pub(super) enum Encoding {
    /// Each behind its length.
    Framed,
    /// Base64 of that.
    Text,
    /// It is not known.
    Unknown,
}

impl Encoding {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let Some(rest) = headers.get(header::CONTENT_TYPE).and_then(|value| after(value.as_bytes(), GRPC)) else {
            return Self::Unknown;
        };
        let (rest, is_web) = after(rest, WEB).map_or((rest, false), |rest| (rest, true));
        match after(rest, TEXT).filter(|_| is_web) {
            Some(rest) if is_end(rest) => Self::Text,
            None if is_end(rest) => Self::Framed,
            _ => Self::Unknown,
        }
    }
}

fn content_types(headers: &HeaderMap) -> impl Iterator<Item = &[u8]> {
    headers.get_all(header::CONTENT_TYPE).iter().map(|value| value.as_bytes())
}

fn after<'a>(value: &'a [u8], prefix: &str) -> Option<&'a [u8]> {
    let (start, rest) = value.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix.as_bytes()).then_some(rest)
}

fn is_end(rest: &[u8]) -> bool {
    matches!(rest.first(), None | Some(b'+' | b';'))
}

const GRPC: &str = "application/grpc";
const WEB: &str = "-web";
const TEXT: &str = "-text";

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::CONTENT_TYPE, http::HeaderValue::from_static(value))])
    }

    #[test]
    fn grpc_web_is_not_native_grpc() {
        for native in ["application/grpc", "Application/gRPC+proto", "application/grpc;charset=x", "application/grpcx"]
        {
            assert!(is_native_grpc(&headers(native)) && is_grpc(&headers(native)), "{native}");
        }
        for web in ["application/grpc-web", "application/GRPC-Web-text", "application/grpc-web+proto"] {
            assert!(!is_native_grpc(&headers(web)) && is_grpc(&headers(web)), "{web}");
        }
        assert!(!is_native_grpc(&headers("text/plain")) && !is_grpc(&headers("application/grp")));
    }

    #[test]
    fn encoding_of_messages_is_known_from_the_media_type() {
        for framed in
            ["application/grpc", "application/grpc+proto", "application/grpc-web;x=y", "application/grpc-web+proto"]
        {
            assert!(matches!(Encoding::of(&headers(framed)), Encoding::Framed), "{framed}");
        }
        for text in ["application/grpc-web-text", "application/grpc-web-text+proto"] {
            assert!(matches!(Encoding::of(&headers(text)), Encoding::Text), "{text}");
        }
        for unknown in ["application/grpcx", "application/grpc-text", "application/grpc-websocket", "text/plain"] {
            assert!(matches!(Encoding::of(&headers(unknown)), Encoding::Unknown), "{unknown}");
        }
        assert!(matches!(Encoding::of(&HeaderMap::new()), Encoding::Unknown));
    }
}
