//! What a refused caller is told: one constant text per status, and a reason that helps no guess.

use http::{HeaderValue, Method, StatusCode, header};
use tonic::body::Body;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use crate::authz::{Decision, Denial};

/// The domain of every `google.rpc.ErrorInfo` of this crate.
const DOMAIN: &str = "secure.v1";

impl From<Denial> for Status {
    fn from(denial: Denial) -> Self {
        let (code, reason, message) = match denial {
            Denial::CredentialExpired => (Code::Unauthenticated, "CREDENTIAL_EXPIRED", UNAUTHENTICATED),
            Denial::CredentialMissing => (Code::Unauthenticated, "CREDENTIAL_MISSING", UNAUTHENTICATED),
            Denial::CredentialRejected => (Code::Unauthenticated, "CREDENTIAL_REJECTED", UNAUTHENTICATED),
            Denial::KeysUnavailable => (Code::Unavailable, "KEYS_UNAVAILABLE", "credentials cannot be checked now"),
            Denial::PermissionDenied => (Code::PermissionDenied, "PERMISSION_DENIED", "permission denied"),
            Denial::Cancelled => return Self::cancelled("the call ended"),
            Denial::MalformedRequest => return Self::internal("not a gRPC request"),
            Denial::UnknownMethod => return Self::unimplemented("unknown method"),
        };
        Self::with_error_details(code, message, ErrorDetails::with_error_info(reason, DOMAIN, []))
    }
}

const UNAUTHENTICATED: &str = "a valid credential is required";

/// The response to a refused call. Its extensions hold the [`Decision`], for layers that log it.
pub(crate) fn refusal(denial: Denial) -> http::Response<Body> {
    let mut response = match denial {
        Denial::MalformedRequest => http::Response::new(Body::empty()),
        denial => Status::from(denial).into_http(),
    };
    if denial == Denial::MalformedRequest {
        *response.status_mut() = StatusCode::UNSUPPORTED_MEDIA_TYPE;
    }
    response.extensions_mut().insert(Decision::Deny(denial));
    response
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
