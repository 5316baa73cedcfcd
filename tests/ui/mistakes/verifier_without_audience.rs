//! A verifier of tokens does not know whom they are for.
use secure_runtime::authn::jwt::{Issuer, Jwt, KeySet};

fn verifier(issuer: Issuer, keys: KeySet) -> Jwt {
    Jwt::new(issuer, keys)
}

fn main() {}
