//! An authenticator, without a server.

use http::HeaderMap;

use crate::authn::{Authentication, Authenticator, CallHead};
use crate::connection::Connection;

/// Asks an authenticator about a call with these headers, from a client without a certificate.
///
/// ```
/// use secure_runtime::authn::jwt::{Audience, Issuer, Jwt, KeySet};
/// use secure_runtime::testing::{TestIssuer, authenticate};
/// use secure_runtime::Authentication;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let issuer = TestIssuer::new("https://id.example.com");
/// let keys = KeySet::from_jwks(&issuer.jwks())?;
/// let tokens = Jwt::new(Issuer::new(issuer.name())?, Audience::new("orders")?, keys);
///
/// let token = issuer.token(serde_json::json!({ "aud": "orders", "sub": "alice" }));
/// let headers = [(http::header::AUTHORIZATION, format!("Bearer {token}").parse()?)].into_iter().collect();
/// let Authentication::Ready(Ok(Some(alice))) = authenticate(&tokens, &headers) else { panic!("it is good") };
/// assert_eq!(alice.id().subject(), "alice");
/// # Ok(())
/// # }
/// ```
pub fn authenticate(authenticator: &impl Authenticator, headers: &HeaderMap) -> Authentication {
    authenticator.authenticate(&CallHead::new("/testing.Calls/Any", headers, &NOWHERE))
}

const NOWHERE: Connection = Connection::nowhere();
