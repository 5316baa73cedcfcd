//! Jobs of continuous integration.

use crate::authn::Rejection;
use crate::authn::jwt::{Issuer, NotStringOrUri, TokenType};

const OWNER: Rejection =
    Rejection::rejected("`repository_owner` is not one of the owners of `providers::github_actions`");
const NAMESPACE: Rejection =
    Rejection::rejected("`namespace_path` is not one of the namespaces of `providers::gitlab`");

/// GitHub Actions, for jobs in repositories of these owners.
///
/// What to configure there: give the job `permissions: id-token: write`, and request the token for the name of your
/// [`Audience`](crate::authn::jwt::Audience). The subject names repository and branch or environment, such as
/// `repo:acme/shop:environment:production`. The token has no roles.
///
/// Every repository on GitHub can get a token for your audience: the owners alone keep others out. An owner that is
/// renamed frees its name, so also compare `repository_owner_id` in the handler where that matters.
///
/// # Errors
///
/// Never: the issuer has a fixed name.
pub fn github_actions(owners: impl IntoIterator<Item = impl Into<String>>) -> Result<Issuer, NotStringOrUri> {
    let issuer = Issuer::new("https://token.actions.githubusercontent.com")?.token_type(TokenType::Jwt);
    Ok(issuer.require_claim_or(OWNER, "repository_owner", owners).roles_from([]).scopes_from([]))
}

/// GitLab CI, with the URL of the instance, such as `https://gitlab.com`, for jobs of projects in these namespaces, such as
/// `acme` or `acme/shops`.
///
/// What to configure there: declare an ID token in the job, `id_tokens: { TOKEN: { aud: <your audience> } }`. The subject
/// names project and branch, such as `project_path:acme/shop:ref_type:branch:ref:main`. The token has no roles.
///
/// Every project of the instance can get a token for your audience: the namespaces alone keep others out.
///
/// # Errors
///
/// The URL is not an issuer.
pub fn gitlab(
    instance: &str,
    namespaces: impl IntoIterator<Item = impl Into<String>>,
) -> Result<Issuer, NotStringOrUri> {
    let issuer = Issuer::new(instance)?.token_type(TokenType::Jwt);
    Ok(issuer.require_claim_or(NAMESPACE, "namespace_path", namespaces).roles_from([]).scopes_from([]))
}
