//! The interceptor that most services have: it verifies each token with jsonwebtoken.

use std::collections::HashMap;

use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use secure_runtime::testing::TestIssuer;
use serde::Deserialize;
use tonic::service::Interceptor;
use tonic::{Request, Status};

use crate::token::{AUDIENCE, ROLE};

#[derive(Clone, Deserialize)]
struct Claims {
    roles: Vec<String>,
}

/// An interceptor with the keys of an issuer.
pub(crate) fn interceptor(issuer: &TestIssuer) -> impl Interceptor + Clone + use<> {
    let keys = keys(issuer);
    move |mut request: Request<()>| {
        let claims = verified(&keys, &request)?;
        if !claims.roles.iter().any(|role| role == ROLE) {
            return Err(Status::permission_denied("not a reader"));
        }
        request.extensions_mut().insert(claims);
        Ok(request)
    }
}

fn verified(keys: &HashMap<String, (DecodingKey, Validation)>, request: &Request<()>) -> Result<Claims, Status> {
    let value = request.metadata().get("authorization").and_then(|value| value.to_str().ok());
    let token = value.and_then(|value| value.strip_prefix("Bearer "));
    let token = token.ok_or_else(|| Status::unauthenticated("no token"))?;
    let header = jsonwebtoken::decode_header(token).map_err(|_| Status::unauthenticated("bad token"))?;
    let key = header.kid.and_then(|kid| keys.get(&kid));
    let (key, validation) = key.ok_or_else(|| Status::unauthenticated("unknown key"))?;
    let token = jsonwebtoken::decode(token, key, validation);
    token.map(|token| token.claims).map_err(|_| Status::unauthenticated("bad token"))
}

fn keys(issuer: &TestIssuer) -> HashMap<String, (DecodingKey, Validation)> {
    let set: JwkSet = serde_json::from_str(&issuer.jwks()).expect("a key set");
    let algorithms = [Algorithm::EdDSA, Algorithm::ES256, Algorithm::RS256];
    let keys = algorithms.into_iter().map(|algorithm| {
        let name = format!("{algorithm:?}");
        let key = DecodingKey::from_jwk(set.find(&name).expect("a key of the algorithm")).expect("a key");
        let mut validation = Validation::new(algorithm);
        validation.set_issuer(&[issuer.name()]);
        validation.set_audience(&[AUDIENCE]);
        validation.validate_nbf = true;
        (name, (key, validation))
    });
    keys.collect()
}
