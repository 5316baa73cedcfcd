//! One key of a JWK Set (RFC 7517, section 4), checked once and prepared for use.

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::{Algorithm, reason};
use crate::authn::Rejection;

/// A public key with the one algorithm it is good for.
pub(super) struct Key {
    pub(super) kid: Option<String>,
    pub(super) algorithm: Algorithm,
    public: ParsedPublicKey,
}

/// Why a key of a set is left out, without any of its material.
pub(super) enum Unusable {
    /// An ordinary key for other ears.
    Foreign(&'static str),
    /// A key that its issuer should look at.
    Suspect(&'static str),
}

impl Key {
    pub(super) fn read(jwk: &Map<String, Value>) -> Result<Self, Unusable> {
        let kid = text(jwk, "kid")?.map(String::from);
        check_public(jwk)?;
        check_use(jwk)?;
        let (algorithm, public) = match text(jwk, "kty")? {
            Some("EC") => (Algorithm::Es256, elliptic(jwk)?),
            Some("OKP") => (Algorithm::EdDsa, edwards(jwk)?),
            Some("RSA") => (Algorithm::Rs256, rsa(jwk)?),
            Some(_) => return Err(Unusable::Foreign("`kty` is unknown")),
            None => return Err(Unusable::Suspect("`kty` is missing")),
        };
        check_algorithm(jwk, algorithm)?;
        Ok(Self { kid, algorithm, public })
    }

    pub(super) fn verify(&self, signed: &[u8], signature: &[u8]) -> Result<(), Rejection> {
        self.public.verify_sig(signed, signature).map_err(|_| reason::SIGNATURE)
    }
}

impl Unusable {
    pub(super) fn log(self, place: usize) {
        match self {
            Self::Foreign(reason) => tracing::debug!(place, reason, "a key of the set is left out"),
            Self::Suspect(reason) => tracing::warn!(place, reason, "a key of the set is left out"),
        }
    }
}

/// RFC 7518, sections 6.2.2, 6.3.2 and 6.4; RFC 8037, section 2.
fn check_public(jwk: &Map<String, Value>) -> Result<(), Unusable> {
    match SECRET_MEMBERS.iter().any(|name| jwk.contains_key(*name)) || text(jwk, "kty")? == Some("oct") {
        true => Err(Unusable::Suspect("it is a secret key")),
        false => Ok(()),
    }
}

/// RFC 7517, sections 4.2 and 4.3.
fn check_use(jwk: &Map<String, Value>) -> Result<(), Unusable> {
    if !matches!(text(jwk, "use")?, None | Some("sig")) {
        return Err(Unusable::Foreign("`use` is not `sig`"));
    }
    match jwk.get("key_ops") {
        None => Ok(()),
        Some(Value::Array(operations)) if operations.iter().any(|it| it == "verify") => Ok(()),
        Some(_) => Err(Unusable::Foreign("`key_ops` does not hold `verify`")),
    }
}

/// RFC 7517, section 4.4.
fn check_algorithm(jwk: &Map<String, Value>, algorithm: Algorithm) -> Result<(), Unusable> {
    match text(jwk, "alg")?.map(Algorithm::named) {
        None => Ok(()),
        Some(named) if named == Some(algorithm) => Ok(()),
        Some(_) => Err(Unusable::Foreign("`alg` is not supported for its `kty`")),
    }
}

/// RFC 7518, section 6.2.1. The point is on the curve, or the library refuses it.
fn elliptic(jwk: &Map<String, Value>) -> Result<ParsedPublicKey, Unusable> {
    check_curve(jwk, "P-256")?;
    let (x, y) = (octets(jwk, "x")?, octets(jwk, "y")?);
    if x.len() != COORDINATE_BYTES || y.len() != COORDINATE_BYTES {
        return Err(Unusable::Suspect("a coordinate does not have 32 bytes"));
    }
    let point = [[UNCOMPRESSED].as_slice(), &x, &y].concat();
    ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
        .map_err(|_| Unusable::Suspect("the point is not on the curve"))
}

/// RFC 8037, section 2.
fn edwards(jwk: &Map<String, Value>) -> Result<ParsedPublicKey, Unusable> {
    check_curve(jwk, "Ed25519")?;
    match octets(jwk, "x")? {
        // The library would take a longer text for a certificate's encoding of a key.
        x if x.len() == COORDINATE_BYTES => {
            ParsedPublicKey::new(&ED25519, x).map_err(|_| Unusable::Suspect("`x` is no key"))
        }
        _ => Err(Unusable::Suspect("`x` does not have 32 bytes")),
    }
}

/// RFC 7518, sections 6.3.1 and 3.3.
fn rsa(jwk: &Map<String, Value>) -> Result<ParsedPublicKey, Unusable> {
    let (n, e) = (octets(jwk, "n")?, octets(jwk, "e")?);
    if !(MIN_RSA_BITS..=MAX_RSA_BITS).contains(&bits(&n)) {
        return Err(Unusable::Suspect("the modulus does not have 2048 to 8192 bits"));
    }
    parse_rsa(&RsaPublicKeyComponents { n, e }).ok_or(Unusable::Suspect("modulus or exponent is no good"))
}

/// Takes the way through DER because the library checks modulus and exponent (odd, at least 3) only when it parses.
fn parse_rsa(components: &RsaPublicKeyComponents<Vec<u8>>) -> Option<ParsedPublicKey> {
    let der: PublicKeyX509Der<'_> = components.as_der().ok()?;
    ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, der.as_ref()).ok()
}

/// The bits of a number without leading zero bytes; with them, the library refuses the key (RFC 7518, section 2).
fn bits(number: &[u8]) -> usize {
    number.first().map_or(0, |first| number.len() * 8 - first.leading_zeros() as usize)
}

fn check_curve(jwk: &Map<String, Value>, curve: &str) -> Result<(), Unusable> {
    match text(jwk, "crv")? {
        Some(name) if name == curve => Ok(()),
        Some(_) => Err(Unusable::Foreign("`crv` is not supported")),
        None => Err(Unusable::Suspect("`crv` is missing")),
    }
}

fn octets(jwk: &Map<String, Value>, name: &str) -> Result<Vec<u8>, Unusable> {
    let text = text(jwk, name)?.ok_or(Unusable::Suspect("a number is missing"))?;
    URL_SAFE_NO_PAD.decode(text).map_err(|_| Unusable::Suspect("a number is not strict base64url"))
}

fn text<'a>(jwk: &'a Map<String, Value>, name: &str) -> Result<Option<&'a str>, Unusable> {
    match jwk.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Unusable::Suspect("a member is not a string")),
    }
}

const COORDINATE_BYTES: usize = 32;
const MIN_RSA_BITS: usize = 2_048;
const MAX_RSA_BITS: usize = 8_192;
const SECRET_MEMBERS: [&str; 8] = ["d", "dp", "dq", "k", "oth", "p", "q", "qi"];

/// SEC 1, section 2.3.3.
const UNCOMPRESSED: u8 = 4;
