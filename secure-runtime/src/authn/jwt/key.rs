//! A key, and the one algorithm it is good for.

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ECDSA_P521_SHA512_FIXED, ED25519, ParsedPublicKey,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256,
    RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, VerificationAlgorithm,
};

use super::{Algorithm, Issuer, reason};
use crate::authn::Rejection;

/// A key of a set.
///
/// `readings` has several entries only for an RSA key whose JWK has no `alg`. The issuer's list then settles which
/// one counts, so that for an issuer a key has one algorithm, whatever a token says (RFC 8725, section 3.1).
pub(super) struct Key {
    pub(super) kid: Option<String>,
    readings: Vec<Reading>,
}

/// A key, prepared for one algorithm.
pub(super) struct Reading {
    pub(super) algorithm: Algorithm,
    material: Material,
}

enum Material {
    Public(ParsedPublicKey),
    Secret(Box<hmac::Key>),
}

impl Key {
    /// `None` if the encoded key is no good for one of the algorithms.
    pub(super) fn public(kid: Option<String>, algorithms: &[Algorithm], encoded: &[u8]) -> Option<Self> {
        let reading = |algorithm: &Algorithm| {
            let public = ParsedPublicKey::new(verification(*algorithm)?, encoded).ok()?;
            Some(Reading { algorithm: *algorithm, material: Material::Public(public) })
        };
        algorithms.iter().map(reading).collect::<Option<_>>().map(|readings| Self { kid, readings })
    }

    pub(super) fn secret(algorithm: Algorithm, secret: hmac::Key) -> Self {
        Self { kid: None, readings: vec![Reading { algorithm, material: Material::Secret(Box::new(secret)) }] }
    }

    /// The key as this issuer uses it: for the first of the issuer's algorithms that fits it.
    pub(super) fn of(&self, issuer: &Issuer) -> Option<&Reading> {
        let read_as = |algorithm| self.readings.iter().find(|reading| reading.algorithm == algorithm);
        issuer.signs_with().find_map(read_as)
    }
}

impl Reading {
    /// The signature of a shared secret is compared in constant time.
    pub(super) fn verify(&self, signed: &[u8], signature: &[u8]) -> Result<(), Rejection> {
        let outcome = match &self.material {
            Material::Public(public) => public.verify_sig(signed, signature),
            Material::Secret(secret) => hmac::verify(secret, signed, signature),
        };
        outcome.map_err(|_| reason::SIGNATURE)
    }
}

/// RFC 7518, sections 3.3 to 3.5; RFC 8037, section 3.1. A shared secret has none.
fn verification(algorithm: Algorithm) -> Option<&'static dyn VerificationAlgorithm> {
    Some(match algorithm {
        Algorithm::EdDsa => &ED25519,
        Algorithm::Es256 => &ECDSA_P256_SHA256_FIXED,
        Algorithm::Es384 => &ECDSA_P384_SHA384_FIXED,
        Algorithm::Es512 => &ECDSA_P521_SHA512_FIXED,
        Algorithm::Hs256 | Algorithm::Hs384 | Algorithm::Hs512 => return None,
        Algorithm::Ps256 => &RSA_PSS_2048_8192_SHA256,
        Algorithm::Ps384 => &RSA_PSS_2048_8192_SHA384,
        Algorithm::Ps512 => &RSA_PSS_2048_8192_SHA512,
        Algorithm::Rs256 => &RSA_PKCS1_2048_8192_SHA256,
        Algorithm::Rs384 => &RSA_PKCS1_2048_8192_SHA384,
        Algorithm::Rs512 => &RSA_PKCS1_2048_8192_SHA512,
    })
}
