//! What every verifier is asked.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::super::{ISSUER, attacks};
use super::{good, mutants};
use crate::authn::jwt::{Algorithm, Audience, Issuer, Jwt, KeySet};

/// Tokens for verifiers that hold the same keys and allow the same algorithms.
pub(super) struct Corpus {
    pub(super) jwks: Value,
    pub(super) algorithms: Vec<Algorithm>,
    pub(super) classes: Vec<Tokens>,
}

/// Tokens of one kind, by name.
pub(in super::super) struct Tokens {
    pub(in super::super) name: &'static str,
    pub(in super::super) clause: &'static str,
    pub(in super::super) all: Vec<(String, String)>,
}

impl Corpus {
    /// Ours, with nothing but defaults.
    pub(super) fn verifier(&self) -> Jwt {
        let issuer = Issuer::new(ISSUER.name()).unwrap().algorithms(self.algorithms.iter().copied());
        let keys = match self.algorithms[..] {
            [Algorithm::Hs256 | Algorithm::Hs384 | Algorithm::Hs512] => {
                KeySet::from_secret(self.algorithms[0], ISSUER.secret()).unwrap()
            }
            _ => KeySet::from_jwks(&self.jwks.to_string()).unwrap(),
        };
        Jwt::new(issuer, Audience::new("orders").unwrap(), keys)
    }

    /// Class, name and text of each token.
    pub(super) fn tokens(&self) -> impl Iterator<Item = (&Tokens, &str, &str)> {
        self.classes.iter().flat_map(|class| class.all.iter().map(move |(name, token)| (class, &**name, &**token)))
    }
}

/// Forged and mutated tokens for the algorithms that are allowed by default.
pub(in super::super) fn forged() -> impl Iterator<Item = Tokens> {
    attacks::tokens().chain(mutants::classes())
}

/// Forged and mutated tokens for the algorithms that are allowed by default, good ones for each algorithm alone.
pub(super) fn corpora() -> Vec<Corpus> {
    let classes = forged().collect();
    let forged = Corpus { jwks: attacks::jwks(), algorithms: Algorithm::DEFAULT.to_vec(), classes };
    let public = Algorithm::ASYMMETRIC.iter().map(|algorithm| alone(*algorithm, ISSUER.jwk(*algorithm)));
    let secret =
        [Algorithm::Hs256, Algorithm::Hs384, Algorithm::Hs512].map(|algorithm| alone(algorithm, oct(algorithm)));
    [forged].into_iter().chain(public).chain(secret).collect()
}

fn alone(algorithm: Algorithm, jwk: Value) -> Corpus {
    Corpus { jwks: json!({ "keys": [jwk] }), algorithms: vec![algorithm], classes: good::classes(algorithm) }
}

/// The secret as a JWK, for verifiers that know no other form.
fn oct(algorithm: Algorithm) -> Value {
    json!({ "kty": "oct", "alg": algorithm.as_str(), "k": URL_SAFE_NO_PAD.encode(ISSUER.secret()) })
}
