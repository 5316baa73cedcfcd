//! Google.

use crate::authn::Rejection;
use crate::authn::jwt::{Algorithm, Issuer, NotStringOrUri, TokenType};

const EMAIL: Rejection = Rejection::rejected("`email` is not one of `providers::google_service_accounts`");

/// Firebase Authentication, with the id of the project, which is the audience too.
///
/// What to configure there: nothing. Clients present their ID token. Roles are a custom claim `roles`, an array. A custom
/// claim such as `admin: true` is `ListClaim::flag(["admin"], "admin")`.
///
/// # Errors
///
/// The id does not make an issuer.
pub fn firebase(project: &str) -> Result<Issuer, NotStringOrUri> {
    Ok(Issuer::new(format!("https://securetoken.google.com/{project}"))?.token_type(TokenType::Jwt))
}

/// Identity-Aware Proxy in front of this service.
///
/// What to configure there: nothing. The audience is `/projects/<number>/global/backendServices/<id>` or
/// `/projects/<number>/apps/<id>`, as the console shows it. Keys come from
/// `https://www.gstatic.com/iap/verify/public_key-jwk` with `KeySet::from_jwks_url`. The token has no roles.
///
/// The proxy puts the token into the header `x-goog-iap-jwt-assertion`, so read it in an authenticator of your own, with
/// [`Jwt::verify`](crate::authn::jwt::Jwt::verify). The subject is such as `accounts.google.com:10769150350006150715113082367`.
///
/// # Errors
///
/// Never: the issuer has a fixed name.
pub fn google_iap() -> Result<Issuer, NotStringOrUri> {
    let issuer = Issuer::new("https://cloud.google.com/iap")?.token_type(TokenType::Jwt);
    Ok(issuer.algorithms([Algorithm::Es256]).roles_from([]).scopes_from([]))
}

/// ID tokens of Google service accounts with these email addresses, such as `worker@shop.iam.gserviceaccount.com`.
///
/// What to configure there: the service requests an ID token for the name of your
/// [`Audience`](crate::authn::jwt::Audience), with its email address. The metadata server adds the address with
/// `format=full`. The subject is the unique id of the account. The token has no roles.
///
/// Every service account of Google Cloud can get a token for your audience: the addresses alone keep others out.
///
/// # Errors
///
/// Never: the issuer has a fixed name.
pub fn google_service_accounts(emails: impl IntoIterator<Item = impl Into<String>>) -> Result<Issuer, NotStringOrUri> {
    let issuer = Issuer::new("https://accounts.google.com")?.token_type(TokenType::Jwt);
    Ok(issuer.require_claim_or(EMAIL, "email", emails).roles_from([]).scopes_from([]))
}
