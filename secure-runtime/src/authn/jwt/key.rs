//! A key, and the one algorithm that it is for.

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ECDSA_P521_SHA512_FIXED, ED25519, ParsedPublicKey,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256,
    RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, VerificationAlgorithm,
};

use super::public_key::{PublicKey, Unusable};
use super::{Algorithm, Issuer, reason};
use crate::authn::Rejection;

/// A key of a set.
///
/// `readings` has several entries only for an RSA key whose JWK has no `alg`. The issuer's list then decides which one
/// counts. So for one issuer a key has one algorithm, whatever a token says (RFC 8725, section 3.1).
pub(super) struct Key {
    pub(super) name: KeyName,
    readings: Vec<Reading>,
    /// The public key, to compare with others. Empty for a secret.
    encoded: Vec<u8>,
}

/// Which `kid` of a token means a key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum KeyName {
    /// Every `kid`: the key was published without names.
    Any,
    Kid(String),
    /// No `kid`: the key is for tokens without one.
    None,
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

impl KeyName {
    pub(super) fn is(&self, kid: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Kid(own) => own == kid,
            Self::None => false,
        }
    }
}

impl Key {
    /// A public key for these algorithms, if the library accepts it for each of them.
    pub(super) fn public(name: KeyName, algorithms: &[Algorithm], key: PublicKey) -> Result<Self, Unusable> {
        let PublicKey { encoded, flaw, .. } = key;
        let reading = |algorithm: &Algorithm| {
            let public = ParsedPublicKey::new(verification(*algorithm)?, &encoded).ok()?;
            Some(Reading { algorithm: *algorithm, material: Material::Public(public) })
        };
        let readings = algorithms.iter().map(reading).collect::<Option<_>>().ok_or(Unusable::Faulty(flaw))?;
        Ok(Self { name, readings, encoded })
    }

    pub(super) fn secret(algorithm: Algorithm, secret: hmac::Key) -> Self {
        let readings = vec![Reading { algorithm, material: Material::Secret(Box::new(secret)) }];
        Self { name: KeyName::None, readings, encoded: Vec::new() }
    }

    /// The key as this issuer uses it: for the first of the issuer's algorithms that fits it.
    pub(super) fn of(&self, issuer: &Issuer) -> Option<&Reading> {
        issuer.signs_with().find_map(|algorithm| self.reading(algorithm))
    }

    pub(super) fn has_same_material(&self, other: &Self) -> bool {
        self.encoded == other.encoded
    }

    pub(super) fn is_copy_of(&self, other: &Self) -> bool {
        let algorithms = |key: &Self| key.readings.iter().map(|reading| reading.algorithm).collect::<Vec<_>>();
        self.name == other.name && self.has_same_material(other) && algorithms(self) == algorithms(other)
    }

    /// Whether a token could mean both keys by its `kid`, and they are different.
    pub(super) fn conflicts_with(&self, other: &Self) -> bool {
        let shares_algorithm = self.readings.iter().any(|reading| other.reading(reading.algorithm).is_some());
        self.name == other.name && self.name != KeyName::None && shares_algorithm && !self.has_same_material(other)
    }

    fn reading(&self, algorithm: Algorithm) -> Option<&Reading> {
        self.readings.iter().find(|reading| reading.algorithm == algorithm)
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
