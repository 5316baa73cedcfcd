//! Tokens bound to a client certificate (RFC 8705, section 3.1).

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secure_policy::Credential;
use serde_json::Value;

use super::claims::Claims;
use super::reason;
use crate::authn::Rejection;
use crate::tls::PeerCertificates;

/// What a token proves its caller by, if [`check`] accepts it.
pub(super) fn proof(claims: &Claims) -> Credential {
    match claims.members().contains_key("cnf") {
        true => Credential::BoundJwt,
        false => Credential::Jwt,
    }
}

/// Checks that a bound token is presented by the client that it is bound to (RFC 7800, section 3.1).
///
/// A binding of another form is refused, `null` included, and so are two at once: the other one would go unchecked.
pub(super) fn check(claims: &Claims, peer: Option<&PeerCertificates>) -> Result<(), Rejection> {
    let Some(confirmation) = claims.members().get("cnf") else { return Ok(()) };
    let bound = thumbprint(confirmation).ok_or(reason::BINDING)?;
    match peer.map(|peer| digest(&SHA256, peer.leaf())) {
        Some(held) if held.as_ref() == bound => Ok(()),
        _ => Err(reason::BOUND),
    }
}

fn thumbprint(confirmation: &Value) -> Option<Vec<u8>> {
    match confirmation.as_object()? {
        methods if methods.len() == 1 => URL_SAFE_NO_PAD.decode(methods.get("x5t#S256")?.as_str()?).ok(),
        _ => None,
    }
}
