//! How the tokens of well-known providers look.
//!
//! Each function gives an [`Issuer`] that can be changed further. What it says of roles is what an administrator of the
//! provider assigns to a caller. Scopes are what a client asked for on behalf of a caller, so none of them counts as a
//! role unless it is said, as in `okta(url)?.roles_from([ListClaim::array(["scp"])])`.
//!
//! A provider that follows RFC 9068 needs nothing from here: [`Issuer::new`] is its form.

use super::{Algorithm, Issuer, ListClaim, NotStringOrUri, TokenType};

/// Auth0, with the tenant's domain, such as `shop.eu.auth0.com`. The audience is the identifier of the API.
///
/// Roles are the `permissions` that the API's role-based access control adds. A claim that an action adds has a URL for
/// its name: `ListClaim::array(["https://example.com/roles"])`.
///
/// # Errors
///
/// If the domain makes no issuer.
pub fn auth0(domain: &str) -> Result<Issuer, NotStringOrUri> {
    let issuer = Issuer::new(format!("https://{domain}/"))?.token_type(TokenType::Jwt);
    Ok(issuer.roles_from([ListClaim::array(["permissions"])]))
}

/// Amazon Cognito, with the region and the id of the user pool. The audience is the id of the app client, which its
/// access tokens hold in `client_id`.
///
/// Roles are the groups of the user pool.
///
/// # Errors
///
/// If region and id make no issuer.
pub fn cognito(region: &str, user_pool: &str) -> Result<Issuer, NotStringOrUri> {
    let issuer = Issuer::new(format!("https://cognito-idp.{region}.amazonaws.com/{user_pool}"))?;
    let issuer = issuer.token_type(TokenType::Jwt).audience_in("client_id").marked_by("token_use", ["access"]);
    Ok(issuer.roles_from([ListClaim::array(["cognito:groups"])]))
}

/// Microsoft Entra ID, with the id of the tenant, and access tokens of version 2.0. The audience is the id of the
/// application.
///
/// Roles are the application's `roles`. Only access tokens say in `azpacr` how the client was authenticated.
///
/// # Errors
///
/// If the id makes no issuer.
pub fn entra_id(tenant: &str) -> Result<Issuer, NotStringOrUri> {
    let issuer = Issuer::new(format!("https://login.microsoftonline.com/{tenant}/v2.0"))?;
    let issuer = issuer.token_type(TokenType::Jwt).scopes_from([ListClaim::words(["scp"])]);
    Ok(issuer.marked_by("ver", ["2.0"]).marked_by("azpacr", ["0", "1", "2"]))
}

/// Firebase Authentication, with the id of the project, which is the audience too. Its ID tokens are what clients
/// present to a service.
///
/// Roles are a custom claim `roles`. A custom claim such as `admin: true` is `ListClaim::flag(["admin"], "admin")`.
///
/// # Errors
///
/// If the id makes no issuer.
pub fn firebase(project: &str) -> Result<Issuer, NotStringOrUri> {
    Ok(Issuer::new(format!("https://securetoken.google.com/{project}"))?.token_type(TokenType::Jwt))
}

/// The JWT-SVIDs of a SPIFFE trust domain, such as `example.org`. The issuer of a caller is `spiffe://example.org`,
/// and `iss`, which an SVID need not have, is not looked at.
///
/// An SVID gives no roles. Keys come as a JWK Set without `use`, or with `sig`, as SPIRE's discovery provider has it.
///
/// # Errors
///
/// If the trust domain makes no issuer.
pub fn jwt_svid(trust_domain: &str) -> Result<Issuer, NotStringOrUri> {
    let algorithms = Algorithm::ASYMMETRIC.iter().copied().filter(|algorithm| *algorithm != Algorithm::EdDsa);
    let issuer = Issuer::of_trust_domain(trust_domain)?.token_type(TokenType::Jwt);
    Ok(issuer.algorithms(algorithms).roles_from([]))
}

/// Keycloak, with the URL of the realm, such as `https://id.example.com/realms/shop`, and the id of the client whose
/// roles count. The audience is what an audience mapper adds: usually that id.
///
/// Roles are those of the realm and of the client, united: a realm role named like a client role counts as it.
///
/// # Errors
///
/// If the URL is no issuer.
pub fn keycloak(realm: &str, client: &str) -> Result<Issuer, NotStringOrUri> {
    let issuer = Issuer::new(realm)?.token_type(TokenType::Jwt).marked_by("typ", ["Bearer"]);
    Ok(issuer.roles_from([
        ListClaim::array(["realm_access", "roles"]),
        ListClaim::array(["resource_access", client, "roles"]),
    ]))
}

/// Okta, with the URL of a custom authorization server, such as `https://shop.okta.com/oauth2/default`. The audience is
/// the server's, such as `api://default`.
///
/// Roles are the `groups` that a claim of the server adds.
///
/// # Errors
///
/// If the URL is no issuer.
pub fn okta(authorization_server: &str) -> Result<Issuer, NotStringOrUri> {
    let issuer = Issuer::new(authorization_server)?.token_type(TokenType::Jwt);
    Ok(issuer.roles_from([ListClaim::array(["groups"])]).scopes_from([ListClaim::array(["scp"])]))
}

/// ZITADEL, with the URL of the instance. The audience is the id of the project.
///
/// Roles are those of the project, whichever organisation granted them: their names are the members of an object, and
/// the organisations are its values.
///
/// # Errors
///
/// If the URL is no issuer.
pub fn zitadel(instance: &str) -> Result<Issuer, NotStringOrUri> {
    let issuer = Issuer::new(instance)?.token_type(TokenType::Jwt);
    Ok(issuer.roles_from([ListClaim::keys(["urn:zitadel:iam:org:project:roles"])]))
}
