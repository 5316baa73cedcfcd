//! The status that a refused caller gets: one constant text and a reason for each denial. Neither helps an attacker.

use std::sync::LazyLock;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use tonic::body::Body;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use crate::authz::{Decision, Denial};

/// The domain of every `google.rpc.ErrorInfo` of this crate.
const DOMAIN: &str = "secure.v1";

impl From<Denial> for Status {
    fn from(denial: Denial) -> Self {
        let (code, reason, message) = match denial {
            Denial::AuditUnavailable => (Code::Unavailable, "AUDIT_UNAVAILABLE", "the call cannot be recorded now"),
            Denial::CredentialExpired => (Code::Unauthenticated, CREDENTIAL_EXPIRED, UNAUTHENTICATED),
            Denial::CredentialMissing => (Code::Unauthenticated, "CREDENTIAL_MISSING", UNAUTHENTICATED),
            Denial::CredentialRejected => (Code::Unauthenticated, "CREDENTIAL_REJECTED", UNAUTHENTICATED),
            Denial::KeysUnavailable => (Code::Unavailable, "KEYS_UNAVAILABLE", "credentials cannot be checked now"),
            Denial::PermissionDenied => (Code::PermissionDenied, "PERMISSION_DENIED", "permission denied"),
            Denial::ResourceExhausted => (Code::ResourceExhausted, "RESOURCE_EXHAUSTED", "too many calls"),
            Denial::Unavailable => (Code::Unavailable, "UNAVAILABLE", "the call cannot be served now"),
            Denial::Cancelled => return Self::cancelled("the call ended"),
            Denial::MalformedRequest => return Self::internal("not a gRPC request"),
            Denial::UnknownMethod => return Self::unimplemented("unknown method"),
        };
        Self::with_error_details(code, message, ErrorDetails::with_error_info(reason, DOMAIN, []))
    }
}

const UNAUTHENTICATED: &str = "a valid credential is required";
const CREDENTIAL_EXPIRED: &str = "CREDENTIAL_EXPIRED";
const GRPC_STATUS: HeaderName = HeaderName::from_static("grpc-status");

/// The end of a call whose credential expired while its handler ran. The reason differs from that of a refusal. A
/// client repeats a refused call with a new token, but a handler that has run must not run twice.
pub(crate) fn expired_during_call() -> Status {
    let details = ErrorDetails::with_error_info("CREDENTIAL_EXPIRED_DURING_CALL", DOMAIN, []);
    Status::with_error_details(Code::Unauthenticated, UNAUTHENTICATED, details)
}

/// Whether a response refuses a token because it had expired before the handler.
pub(crate) fn is_credential_expired(headers: &HeaderMap) -> bool {
    if headers.get(GRPC_STATUS).is_none_or(|code| code != "16") {
        return false;
    }
    let info = Status::from_header_map(headers).and_then(|status| status.get_details_error_info());
    info.is_some_and(|info| info.domain == DOMAIN && info.reason == CREDENTIAL_EXPIRED)
}

/// The response of a handler. If it forwards another server's refusal of an expired token, the details are removed.
/// Otherwise the client would assume that the handler did not run, and would send the call again.
pub(crate) fn of_handler<B>(mut answer: http::Response<B>) -> http::Response<B> {
    if is_credential_expired(answer.headers()) {
        answer.headers_mut().remove("grpc-status-details-bin");
    }
    answer
}

/// The response to a refused call. Its extensions hold the [`Decision`], for layers that log it.
pub(crate) fn refusal(denial: Denial) -> http::Response<Body> {
    let mut response = http::Response::new(Body::empty());
    match denial {
        Denial::MalformedRequest => *response.status_mut() = StatusCode::UNSUPPORTED_MEDIA_TYPE,
        denial => response.headers_mut().clone_from(&HEADERS[denial as usize]),
    }
    response.extensions_mut().insert(Decision::Deny(denial));
    response
}

/// The response to a call that may come again later.
pub(crate) fn refusal_until(denial: Denial, retry_after: Duration) -> http::Response<Body> {
    let mut status = Status::from(denial);
    let mut details = status.get_error_details();
    details.set_retry_info(Some(retry_after));
    status = Status::with_error_details(status.code(), status.message(), details);
    let mut response = status.into_http();
    response.extensions_mut().insert(Decision::Deny(denial));
    response
}

/// The headers of each refusal. They are encoded once, so that a flood of refused calls costs little.
static HEADERS: LazyLock<[HeaderMap; Denial::ALL.len()]> = LazyLock::new(|| Denial::ALL.map(encoded));

fn encoded(denial: Denial) -> HeaderMap {
    let response = Status::from(denial).into_http::<()>();
    let headers = response.headers().iter();
    // Cloning a static value writes nothing that threads share. These few are never freed.
    headers.map(|(name, value)| (name.clone(), HeaderValue::from_static(leaked(value)))).collect()
}

fn leaked(value: &HeaderValue) -> &'static str {
    String::from_utf8_lossy(value.as_bytes()).into_owned().leak()
}

/// The response to a refused request with any HTTP method: a malformed one that is not a POST gets status 405.
pub(crate) fn refusal_to(method: &Method, denial: Denial) -> http::Response<Body> {
    let mut response = refusal(denial);
    if denial == Denial::MalformedRequest && method != Method::POST {
        *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_of_a_handler_cannot_claim_that_the_token_expired_before_it_ran() {
        let forwarded = Status::from(Denial::CredentialExpired).into_http::<()>();
        assert!(is_credential_expired(forwarded.headers()));
        let answer = of_handler(forwarded);
        assert!(!is_credential_expired(answer.headers()));
        assert_eq!(Status::from_header_map(answer.headers()).unwrap().code(), Code::Unauthenticated);
        for other in [Status::from(Denial::PermissionDenied), expired_during_call(), Status::not_found("x")] {
            let headers = other.clone().into_http::<()>().headers().clone();
            assert_eq!(*of_handler(other.into_http::<()>()).headers(), headers, "other details stay");
        }
    }

    #[test]
    fn a_refusal_has_the_headers_of_its_status() {
        for denial in Denial::ALL.into_iter().filter(|denial| *denial != Denial::MalformedRequest) {
            let (refusal, status) = (refusal(denial), Status::from(denial).into_http::<()>());
            assert_eq!((refusal.status(), refusal.headers()), (status.status(), status.headers()), "{denial:?}");
        }
    }
}
