//! Microsoft Entra ID, whose access tokens have two generations.

use crate::authn::Rejection;
use crate::authn::jwt::{Issuer, ListClaim, NotStringOrUri, Tenants, TokenType};

const V1_FOR_V2: Rejection = Rejection::rejected(
    "a token of version 1.0 of Entra ID: use `providers::entra_id_v1`, or set `requestedAccessTokenVersion` to 2 there",
);
const V2_FOR_V1: Rejection = Rejection::rejected("a token of version 2.0 of Entra ID: use `providers::entra_id`");
const VERSION: Rejection = Rejection::rejected("`ver` is not the version of this preset of Entra ID");
const ID_TOKEN: Rejection =
    Rejection::rejected("not an access token of Entra ID: it does not say how its client was authenticated");

/// Microsoft Entra ID with access tokens of version 2.0, and the id of the tenant.
///
/// What to configure there: in the manifest of the application, set `requestedAccessTokenVersion` to 2. The audience is
/// the id of the application. Roles are its app roles. The log names tokens of version 1.0, which are refused.
///
/// # Errors
///
/// The id does not make an issuer.
pub fn entra_id(tenant: &str) -> Result<Issuer, NotStringOrUri> {
    let issuer = Issuer::new(v2(tenant))?.mistaken_for(Issuer::new(v1(tenant))?, V1_FOR_V2);
    Ok(access_tokens(issuer, "2.0", "azpacr"))
}

/// Microsoft Entra ID with access tokens of version 2.0 of several tenants, for an application that all of them use.
///
/// What to configure there: as for [`entra_id`], and make the application multitenant. Take the keys from
/// `https://login.microsoftonline.com/common/discovery/v2.0/keys` with `KeySet::from_jwks_url`. `tid` must be the tenant of
/// `iss`.
///
/// # Errors
///
/// A listed tenant is not one.
pub fn entra_id_tenants(tenants: Tenants) -> Result<Issuer, NotStringOrUri> {
    let older = Issuer::for_tenants(v1("{tenant}"), Tenants::any())?;
    let issuer = Issuer::for_tenants(v2("{tenant}"), tenants.also_in("tid"))?.mistaken_for(older, V1_FOR_V2);
    Ok(access_tokens(issuer, "2.0", "azpacr"))
}

/// Microsoft Entra ID with access tokens of version 1.0, and the id of the tenant.
///
/// What to configure there: nothing; it is the default of applications. The audience is the Application ID URI, such as
/// `api://6e74172b-be56-4843-9ff4-e66a39bb12e3`, or the id of the application. Roles are its app roles. The log names
/// tokens of version 2.0, which are refused.
///
/// # Errors
///
/// The id does not make an issuer.
pub fn entra_id_v1(tenant: &str) -> Result<Issuer, NotStringOrUri> {
    let issuer = Issuer::new(v1(tenant))?.mistaken_for(Issuer::new(v2(tenant))?, V2_FOR_V1);
    Ok(access_tokens(issuer, "1.0", "appidacr"))
}

/// Only access tokens say how the client was authenticated.
fn access_tokens(issuer: Issuer, version: &str, client_authentication: &str) -> Issuer {
    issuer
        .token_type(TokenType::Jwt)
        .scopes_from([ListClaim::words(["scp"])])
        .require_claim_or(VERSION, "ver", [version])
        .require_claim_or(ID_TOKEN, client_authentication, ["0", "1", "2"])
}

fn v1(tenant: &str) -> String {
    format!("https://sts.windows.net/{tenant}/")
}

fn v2(tenant: &str) -> String {
    format!("https://login.microsoftonline.com/{tenant}/v2.0")
}
