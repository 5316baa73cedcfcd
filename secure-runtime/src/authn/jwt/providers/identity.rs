//! Services and servers that log people in.

use crate::authn::Rejection;
use crate::authn::jwt::{Issuer, ListClaim, NotStringOrUri, TokenType};

const CLERK: Rejection = Rejection::rejected("`sts` is not `active`: not an active session of Clerk, of version 2");
const COGNITO: Rejection = Rejection::rejected("`token_use` is not `access`: not an access token of Cognito");
const KEYCLOAK: Rejection = Rejection::rejected("`typ` in the claims is not `Bearer`: not an access token of Keycloak");
const SUPABASE: Rejection = Rejection::rejected("`role` is not `authenticated`: not a token of a Supabase user");

/// Auth0, with the domain of the tenant, such as `shop.eu.auth0.com`.
///
/// What to configure there: register an API, whose identifier is the audience, and enable role-based access control with
/// "Add Permissions in the Access Token". Roles are these `permissions`. A claim that an action adds has a URL for its
/// name: `ListClaim::array(["https://example.com/roles"])`.
///
/// # Errors
///
/// The domain does not make an issuer.
pub fn auth0(domain: &str) -> Result<Issuer, NotStringOrUri> {
    let issuer = Issuer::new(format!("https://{domain}/"))?.token_type(TokenType::Jwt);
    Ok(issuer.roles_from([ListClaim::array(["permissions"])]))
}

/// Clerk, with the URL of the frontend API, such as `https://clerk.example.com`.
///
/// What to configure there: use session tokens of version 2. They have no `aud`: the audience is the origin of the
/// application, such as `https://app.example.com`, which they have in `azp`. The role is that in the active organization,
/// such as `admin`, without the prefix `org:`.
///
/// # Errors
///
/// The URL is not an issuer.
pub fn clerk(frontend_api: &str) -> Result<Issuer, NotStringOrUri> {
    let issuer = Issuer::new(frontend_api)?.token_type(TokenType::Jwt).audience_in("azp");
    let issuer = issuer.require_claim_or(CLERK, "sts", ["active"]).scopes_from([]);
    Ok(issuer.roles_from([ListClaim::string_or_array(["o", "rol"])]))
}

/// Amazon Cognito, with the region and the id of the user pool.
///
/// What to configure there: nothing. The audience is the id of the app client, which access tokens have in `client_id`;
/// for several clients of one pool, [`Audience::any_of`](crate::authn::jwt::Audience::any_of). Roles are the groups of the
/// user pool.
///
/// # Errors
///
/// Region and id do not make an issuer.
pub fn cognito(region: &str, user_pool: &str) -> Result<Issuer, NotStringOrUri> {
    let issuer = Issuer::new(format!("https://cognito-idp.{region}.amazonaws.com/{user_pool}"))?;
    let issuer = issuer.token_type(TokenType::Jwt).audience_in("client_id");
    let issuer = issuer.require_claim_or(COGNITO, "token_use", ["access"]);
    Ok(issuer.roles_from([ListClaim::array(["cognito:groups"])]))
}

/// Keycloak, with the URL of the realm, such as `https://id.example.com/realms/shop`, and the ids of the clients whose
/// roles count.
///
/// What to configure there: add an audience mapper to the client scope; its audience, usually the id of a client, is the
/// audience. Roles are those of the realm and of the clients together: roles of the same name in two of them are one role.
///
/// # Errors
///
/// The URL is not an issuer.
pub fn keycloak(realm: &str, clients: impl IntoIterator<Item = impl Into<String>>) -> Result<Issuer, NotStringOrUri> {
    let issuer = Issuer::new(realm)?.token_type(TokenType::Jwt).require_claim_or(KEYCLOAK, "typ", ["Bearer"]);
    let of_client = |client: String| ListClaim::array(["resource_access".into(), client, "roles".into()]);
    let of_clients = clients.into_iter().map(Into::into).map(of_client);
    Ok(issuer.roles_from([ListClaim::array(["realm_access", "roles"])].into_iter().chain(of_clients)))
}

/// Okta, with the URL of a custom authorization server, such as `https://shop.okta.com/oauth2/default`.
///
/// What to configure there: the audience is that of the server, such as `api://default`. Add a claim `groups` of the type
/// Groups to access tokens: roles are these groups.
///
/// # Errors
///
/// The URL is not an issuer.
pub fn okta(authorization_server: &str) -> Result<Issuer, NotStringOrUri> {
    let issuer = Issuer::new(authorization_server)?.token_type(TokenType::Jwt);
    Ok(issuer.roles_from([ListClaim::array(["groups"])]).scopes_from([ListClaim::array(["scp"])]))
}

/// Supabase, with the reference of the project, such as `abcdefghijklmnopqrst`.
///
/// What to configure there: use asymmetric signing keys. The audience is `authenticated`. Roles are `roles` in the
/// `app_metadata` of a user, an array that only the service role can write. The anonymous key of the project is refused.
/// Keys come from `https://<project>.supabase.co/auth/v1/.well-known/jwks.json` with `KeySet::from_jwks_url`.
///
/// # Errors
///
/// The reference does not make an issuer.
pub fn supabase(project: &str) -> Result<Issuer, NotStringOrUri> {
    let issuer = Issuer::new(format!("https://{project}.supabase.co/auth/v1"))?.token_type(TokenType::Jwt);
    let issuer = issuer.require_claim_or(SUPABASE, "role", ["authenticated"]).scopes_from([]);
    Ok(issuer.roles_from([ListClaim::array(["app_metadata", "roles"])]))
}

/// ZITADEL, with the URL of the instance.
///
/// What to configure there: set the token type of the application to JWT, and enable "User roles inside token". The audience is
/// the id of the project. Roles are those of the project, whichever organization granted them.
///
/// # Errors
///
/// The URL is not an issuer.
pub fn zitadel(instance: &str) -> Result<Issuer, NotStringOrUri> {
    let issuer = Issuer::new(instance)?.token_type(TokenType::Jwt);
    Ok(issuer.roles_from([ListClaim::keys(["urn:zitadel:iam:org:project:roles"])]))
}
