//! An issuer for tests: makes keys, publishes them, signs tokens.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::authn::jwt::Algorithm;

/// An issuer of tokens that exists only in tests. It has one fresh key of each algorithm.
pub struct TestIssuer {
    name: String,
    edwards: Ed25519KeyPair,
    elliptic: EcdsaKeyPair,
    rsa: RsaKeyPair,
}

impl TestIssuer {
    /// Makes an issuer of this name, and its keys.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            edwards: Ed25519KeyPair::generate().expect(NO_KEYS),
            elliptic: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect(NO_KEYS),
            rsa: RsaKeyPair::generate(KeySize::Rsa2048).expect(NO_KEYS),
        }
    }

    /// The name, as its tokens have it in `iss`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its public keys as a JWK Set. The `kid` of each is its algorithm: `EdDSA`, `ES256`, `RS256`.
    pub fn jwks(&self) -> String {
        let keys: Vec<_> = Algorithm::ALL.iter().map(|algorithm| self.jwk(*algorithm)).collect();
        json!({ "keys": keys }).to_string()
    }

    /// Its public key of one algorithm as a JWK.
    pub fn jwk(&self, algorithm: Algorithm) -> Value {
        match algorithm {
            Algorithm::EdDsa => edwards_jwk(self.edwards.public_key().as_ref()),
            Algorithm::Es256 => elliptic_jwk(self.elliptic.public_key().as_ref()),
            Algorithm::Rs256 => rsa_jwk(self.rsa.public_key().as_ref()),
        }
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

    /// A token of this header and these claims as they are, signed with the key of the header's `alg`, or with the
    /// key of `EdDSA` if there is none.
    pub fn sign(&self, header: Value, claims: Value) -> String {
        let algorithm = header["alg"].as_str().and_then(Algorithm::named).unwrap_or(Algorithm::EdDsa);
        self.sign_text(algorithm, &header.to_string(), &claims.to_string())
    }

    /// A token of this text, be it JSON or not.
    pub fn sign_text(&self, algorithm: Algorithm, header: &str, claims: &str) -> String {
        self.sign_parts(algorithm, &format!("{}.{}", encode(header), encode(claims)))
    }

    /// A token of these parts, be they base64url or not.
    pub fn sign_parts(&self, algorithm: Algorithm, parts: &str) -> String {
        format!("{parts}.{}", encode(self.signature(algorithm, parts.as_bytes())))
    }

    fn signature(&self, algorithm: Algorithm, signed: &[u8]) -> Vec<u8> {
        match algorithm {
            Algorithm::EdDsa => self.edwards.sign(signed).as_ref().to_vec(),
            Algorithm::Es256 => self.elliptic.sign(&SystemRandom::new(), signed).expect(NO_SIGNATURE).as_ref().to_vec(),
            Algorithm::Rs256 => self.rsa_signature(signed),
        }
    }

    fn rsa_signature(&self, signed: &[u8]) -> Vec<u8> {
        let mut signature = vec![0; self.rsa.public_modulus_len()];
        self.rsa.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed, &mut signature).expect(NO_SIGNATURE);
        signature
    }
}

impl fmt::Debug for TestIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TestIssuer({})", self.name)
    }
}

fn edwards_jwk(key: &[u8]) -> Value {
    json!({ "kty": "OKP", "crv": "Ed25519", "kid": "EdDSA", "x": encode(key) })
}

/// `point` is uncompressed: one byte 4, then the coordinates (SEC 1, section 2.3.3).
fn elliptic_jwk(point: &[u8]) -> Value {
    json!({ "kty": "EC", "crv": "P-256", "kid": "ES256", "x": encode(&point[1..33]), "y": encode(&point[33..]) })
}

/// `der` is the sequence of two integers of RFC 8017, appendix A.1.1. With 2,048 bits and the exponent 65537 every
/// length in it is known.
fn rsa_jwk(der: &[u8]) -> Value {
    json!({ "kty": "RSA", "kid": "RS256", "n": encode(&der[9..265]), "e": encode(&der[267..]) })
}

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

const NO_KEYS: &str = "the library makes keys";
const NO_SIGNATURE: &str = "the library signs";
