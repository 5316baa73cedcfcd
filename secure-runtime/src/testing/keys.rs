//! The keys of an issuer for tests, each made when it is first needed.

use std::sync::OnceLock;

use aws_lc_rs::rand::{self, SystemRandom};
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, ECDSA_P521_SHA512_FIXED_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512,
    RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512, RsaEncoding, RsaKeyPair,
};
use aws_lc_rs::{digest, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::authn::jwt::Algorithm;

/// One key of each kind. All algorithms of RSA share theirs, because it takes long to make.
#[derive(Default)]
pub(super) struct Keys {
    edwards: OnceLock<Ed25519KeyPair>,
    p256: OnceLock<EcdsaKeyPair>,
    p384: OnceLock<EcdsaKeyPair>,
    p521: OnceLock<EcdsaKeyPair>,
    rsa: OnceLock<RsaKeyPair>,
    secret: OnceLock<[u8; 64]>,
}

impl Keys {
    /// The public key as a JWK. The secret has none.
    pub(super) fn jwk(&self, algorithm: Algorithm) -> Option<Value> {
        use Algorithm::{EdDsa, Es256, Es384, Es512, Hs256, Hs384, Hs512, Ps256, Ps384, Ps512, Rs256, Rs384, Rs512};
        let mut jwk = match algorithm {
            EdDsa => json!({ "kty": "OKP", "crv": "Ed25519", "x": encode(self.edwards().public_key()) }),
            Es256 => elliptic_jwk("P-256", self.p256()),
            Es384 => elliptic_jwk("P-384", self.p384()),
            Es512 => elliptic_jwk("P-521", self.p521()),
            Hs256 | Hs384 | Hs512 => return None,
            Ps256 | Ps384 | Ps512 | Rs256 | Rs384 | Rs512 => rsa_jwk(self.rsa().public_key().as_ref()),
        };
        jwk["alg"] = json!(algorithm.as_str());
        jwk["kid"] = json!(algorithm.as_str());
        Some(jwk)
    }

    pub(super) fn sign(&self, algorithm: Algorithm, signed: &[u8]) -> Vec<u8> {
        match algorithm {
            Algorithm::EdDsa => self.edwards().sign(signed).as_ref().to_vec(),
            Algorithm::Es256 => elliptic(self.p256(), signed),
            Algorithm::Es384 => elliptic(self.p384(), signed),
            Algorithm::Es512 => elliptic(self.p521(), signed),
            Algorithm::Hs256 => self.mac(hmac::HMAC_SHA256, signed),
            Algorithm::Hs384 => self.mac(hmac::HMAC_SHA384, signed),
            Algorithm::Hs512 => self.mac(hmac::HMAC_SHA512, signed),
            Algorithm::Ps256 => self.rsa_signature(&RSA_PSS_SHA256, signed),
            Algorithm::Ps384 => self.rsa_signature(&RSA_PSS_SHA384, signed),
            Algorithm::Ps512 => self.rsa_signature(&RSA_PSS_SHA512, signed),
            Algorithm::Rs256 => self.rsa_signature(&RSA_PKCS1_SHA256, signed),
            Algorithm::Rs384 => self.rsa_signature(&RSA_PKCS1_SHA384, signed),
            Algorithm::Rs512 => self.rsa_signature(&RSA_PKCS1_SHA512, signed),
        }
    }

    /// As long as the longest hash.
    pub(super) fn secret(&self) -> &[u8; 64] {
        self.secret.get_or_init(|| {
            let mut secret = [0; digest::SHA512_OUTPUT_LEN];
            rand::fill(&mut secret).expect(NO_KEYS);
            secret
        })
    }

    fn edwards(&self) -> &Ed25519KeyPair {
        self.edwards.get_or_init(|| Ed25519KeyPair::generate().expect(NO_KEYS))
    }

    fn p256(&self) -> &EcdsaKeyPair {
        self.p256.get_or_init(|| generated(&ECDSA_P256_SHA256_FIXED_SIGNING))
    }

    fn p384(&self) -> &EcdsaKeyPair {
        self.p384.get_or_init(|| generated(&ECDSA_P384_SHA384_FIXED_SIGNING))
    }

    fn p521(&self) -> &EcdsaKeyPair {
        self.p521.get_or_init(|| generated(&ECDSA_P521_SHA512_FIXED_SIGNING))
    }

    fn rsa(&self) -> &RsaKeyPair {
        self.rsa.get_or_init(|| RsaKeyPair::generate(KeySize::Rsa2048).expect(NO_KEYS))
    }

    fn mac(&self, algorithm: hmac::Algorithm, signed: &[u8]) -> Vec<u8> {
        hmac::sign(&hmac::Key::new(algorithm, self.secret()), signed).as_ref().to_vec()
    }

    fn rsa_signature(&self, encoding: &'static dyn RsaEncoding, signed: &[u8]) -> Vec<u8> {
        let mut signature = vec![0; self.rsa().public_modulus_len()];
        self.rsa().sign(encoding, &SystemRandom::new(), signed, &mut signature).expect(NO_SIGNATURE);
        signature
    }
}

pub(super) fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn generated(algorithm: &'static EcdsaSigningAlgorithm) -> EcdsaKeyPair {
    EcdsaKeyPair::generate(algorithm).expect(NO_KEYS)
}

fn elliptic(key: &EcdsaKeyPair, signed: &[u8]) -> Vec<u8> {
    key.sign(&SystemRandom::new(), signed).expect(NO_SIGNATURE).as_ref().to_vec()
}

/// The point is uncompressed: one byte 4, then the coordinates (SEC 1, section 2.3.3).
fn elliptic_jwk(curve: &str, key: &EcdsaKeyPair) -> Value {
    let coordinates = &key.public_key().as_ref()[1..];
    let (x, y) = coordinates.split_at(coordinates.len() / 2);
    json!({ "kty": "EC", "crv": curve, "x": encode(x), "y": encode(y) })
}

/// `der` is the sequence of two integers of RFC 8017, appendix A.1.1. With 2,048 bits and the exponent 65537 every
/// length in it is known.
fn rsa_jwk(der: &[u8]) -> Value {
    json!({ "kty": "RSA", "n": encode(&der[9..265]), "e": encode(&der[267..]) })
}

const NO_KEYS: &str = "the library makes keys";
const NO_SIGNATURE: &str = "the library signs";
