//! Platforms that give their workloads an identity.

use crate::authn::jwt::{Algorithm, Issuer, NotStringOrUri, TokenType};

/// The JWT-SVIDs of a SPIFFE trust domain, such as `example.org`. The issuer of a caller is `spiffe://example.org`. `iss`,
/// which an SVID need not have, is not read.
///
/// What to configure there: keys come as a JWK Set without `use`, or with `sig`, as SPIRE's discovery provider has it. An
/// SVID has no roles.
///
/// # Errors
///
/// The trust domain is not one.
pub fn jwt_svid(trust_domain: &str) -> Result<Issuer, NotStringOrUri> {
    let algorithms = Algorithm::ASYMMETRIC.iter().copied().filter(|algorithm| *algorithm != Algorithm::EdDsa);
    let issuer = Issuer::of_trust_domain(trust_domain)?.token_type(TokenType::Jwt);
    Ok(issuer.algorithms(algorithms).roles_from([]))
}

/// Service account tokens of a Kubernetes cluster, with the issuer of the cluster, such as
/// `https://kubernetes.default.svc.cluster.local` (`kubectl get --raw /.well-known/openid-configuration` shows it).
///
/// What to configure there: project a token into the pod, `serviceAccountToken: { audience: <your audience>, ... }`. The
/// subject is such as `system:serviceaccount:shop:cart`. The token has no roles. Tokens from a Secret have no end and are
/// refused.
///
/// # Errors
///
/// The name is not an issuer.
pub fn kubernetes(issuer: &str) -> Result<Issuer, NotStringOrUri> {
    Ok(Issuer::new(issuer)?.token_type(TokenType::Jwt).roles_from([]).scopes_from([]))
}
