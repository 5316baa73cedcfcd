//! An issuer for tests: makes keys, publishes them, signs tokens.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::keys::{Keys, encode};
use crate::authn::jwt::Algorithm;

/// An issuer of tokens that exists only in tests. Its keys are fresh, and made when they are first needed.
pub struct TestIssuer {
    name: String,
    keys: Keys,
}

impl TestIssuer {
    /// Makes an issuer of this name.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), keys: Keys::default() }
    }

    /// The name, as its tokens have it in `iss`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its public keys as a JWK Set: one for each of [`Algorithm::ASYMMETRIC`], whose `alg` and `kid` are its name,
    /// such as `EdDSA`.
    pub fn jwks(&self) -> String {
        let keys: Vec<_> = Algorithm::ASYMMETRIC.iter().map(|algorithm| self.jwk(*algorithm)).collect();
        json!({ "keys": keys }).to_string()
    }

    /// Its public key of one algorithm as a JWK.
    ///
    /// # Panics
    ///
    /// Panics if the algorithm has a shared secret.
    pub fn jwk(&self, algorithm: Algorithm) -> Value {
        self.keys.jwk(algorithm).expect("the algorithm has a public key")
    }

    /// The secret of its tokens with HMAC, 64 bytes.
    pub fn secret(&self) -> &[u8] {
        self.keys.secret()
    }

    /// An access token with these claims, signed with `EdDSA`.
    ///
    /// `iss` is the issuer, `iat` now and `exp` in an hour unless the claims say otherwise.
    pub fn token(&self, claims: Value) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let hour = Duration::from_secs(3_600);
        let mut all = json!({ "iss": self.name, "iat": now.as_secs(), "exp": (now + hour).as_secs() });
        for (name, value) in claims.as_object().expect("claims are an object") {
            all[name] = value.clone();
        }
        self.sign(json!({ "alg": "EdDSA", "kid": "EdDSA", "typ": "at+jwt" }), all)
    }

    /// A token with exactly this header and these claims. It is signed with the key of the header's `alg`, or with the
    /// key of `EdDSA` if the header has none.
    pub fn sign(&self, header: Value, claims: Value) -> String {
        let algorithm = header["alg"].as_str().and_then(Algorithm::named).unwrap_or(Algorithm::EdDsa);
        self.sign_text(algorithm, &header.to_string(), &claims.to_string())
    }

    /// A token with this text as header and claims, which need not be JSON.
    pub fn sign_text(&self, algorithm: Algorithm, header: &str, claims: &str) -> String {
        self.sign_parts(algorithm, &format!("{}.{}", encode(header), encode(claims)))
    }

    /// A token with these parts, which need not be base64url, and their signature.
    pub fn sign_parts(&self, algorithm: Algorithm, parts: &str) -> String {
        format!("{parts}.{}", encode(self.keys.sign(algorithm, parts.as_bytes())))
    }
}

impl fmt::Debug for TestIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TestIssuer({})", self.name)
    }
}
