//! One key of a JWK Set (RFC 7517, section 4), checked once and prepared for use.

use std::slice;

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::signature::RsaPublicKeyComponents;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::Algorithm;
use super::key::Key;

/// Why a key of a set is left out, without any of its material.
pub(super) enum Unusable {
    /// An ordinary key for other ears.
    Foreign(&'static str),
    /// A key that its issuer should look at.
    Suspect(&'static str),
}

/// A public key as its JWK has it.
struct PublicKey {
    /// What keys of this kind can be good for.
    fits: &'static [Algorithm],
    encoded: Vec<u8>,
    /// What is wrong with it if the library refuses it.
    flaw: &'static str,
}

pub(super) fn read(jwk: &Map<String, Value>) -> Result<Key, Unusable> {
    let kid = text(jwk, "kid")?.map(String::from);
    check_public(jwk)?;
    check_use(jwk)?;
    let PublicKey { fits, encoded, flaw } = public_key(jwk)?;
    Key::public(kid, algorithms(jwk, fits)?, &encoded).ok_or(Unusable::Suspect(flaw))
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

fn public_key(jwk: &Map<String, Value>) -> Result<PublicKey, Unusable> {
    match text(jwk, "kty")? {
        Some("EC") => elliptic(jwk),
        Some("OKP") => edwards(jwk),
        Some("RSA") => rsa(jwk),
        Some(_) => Err(Unusable::Foreign("`kty` is unknown")),
        None => Err(Unusable::Suspect("`kty` is missing")),
    }
}

/// The one that `alg` names, or all that fit (RFC 7517, section 4.4).
fn algorithms(jwk: &Map<String, Value>, fits: &'static [Algorithm]) -> Result<&'static [Algorithm], Unusable> {
    let Some(name) = text(jwk, "alg")? else { return Ok(fits) };
    let named = Algorithm::named(name).and_then(|named| fits.iter().find(|fit| **fit == named));
    named.map(slice::from_ref).ok_or(Unusable::Foreign("`alg` is not supported for its `kty` and `crv`"))
}

/// RFC 7518, section 6.2.1. The point is on the curve, or the library refuses it.
fn elliptic(jwk: &Map<String, Value>) -> Result<PublicKey, Unusable> {
    let (fits, bytes): (&[Algorithm], _) = match curve(jwk)? {
        "P-256" => (&[Algorithm::Es256], 32),
        "P-384" => (&[Algorithm::Es384], 48),
        "P-521" => (&[Algorithm::Es512], 66),
        _ => return Err(UNKNOWN_CURVE),
    };
    let (x, y) = (octets(jwk, "x")?, octets(jwk, "y")?);
    if x.len() != bytes || y.len() != bytes {
        return Err(Unusable::Suspect("a coordinate does not have the bytes of its curve"));
    }
    let encoded = [[UNCOMPRESSED].as_slice(), &x, &y].concat();
    Ok(PublicKey { fits, encoded, flaw: "the point is not on the curve" })
}

/// RFC 8037, section 2.
fn edwards(jwk: &Map<String, Value>) -> Result<PublicKey, Unusable> {
    if curve(jwk)? != "Ed25519" {
        return Err(UNKNOWN_CURVE);
    }
    match octets(jwk, "x")? {
        // The library would take a longer text for a certificate's encoding of a key.
        x if x.len() == EDWARDS_BYTES => Ok(PublicKey { fits: &[Algorithm::EdDsa], encoded: x, flaw: "`x` is no key" }),
        _ => Err(Unusable::Suspect("`x` does not have 32 bytes")),
    }
}

/// RFC 7518, sections 6.3.1, 3.3 and 3.5.
fn rsa(jwk: &Map<String, Value>) -> Result<PublicKey, Unusable> {
    let (n, e) = (octets(jwk, "n")?, octets(jwk, "e")?);
    if !(MIN_RSA_BITS..=MAX_RSA_BITS).contains(&bits(&n)) {
        return Err(Unusable::Suspect("the modulus does not have 2048 to 8192 bits"));
    }
    let encoded = rsa_der(&RsaPublicKeyComponents { n, e }).ok_or(Unusable::Suspect(RSA_FLAW))?;
    Ok(PublicKey { fits: RSA, encoded, flaw: RSA_FLAW })
}

/// As DER, because the library checks modulus and exponent (odd, at least 3) only when it parses.
fn rsa_der(components: &RsaPublicKeyComponents<Vec<u8>>) -> Option<Vec<u8>> {
    let der: PublicKeyX509Der<'_> = components.as_der().ok()?;
    Some(der.as_ref().to_vec())
}

/// The bits of a number without leading zero bytes; with them, the library refuses the key (RFC 7518, section 2).
fn bits(number: &[u8]) -> usize {
    number.first().map_or(0, |first| number.len() * 8 - first.leading_zeros() as usize)
}

fn curve(jwk: &Map<String, Value>) -> Result<&str, Unusable> {
    text(jwk, "crv")?.ok_or(Unusable::Suspect("`crv` is missing"))
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

const EDWARDS_BYTES: usize = 32;
const MIN_RSA_BITS: usize = 2_048;
const MAX_RSA_BITS: usize = 8_192;
const SECRET_MEMBERS: [&str; 8] = ["d", "dp", "dq", "k", "oth", "p", "q", "qi"];

const UNKNOWN_CURVE: Unusable = Unusable::Foreign("`crv` is not supported");
const RSA_FLAW: &str = "modulus or exponent is no good";
const RSA: &[Algorithm] =
    &[Algorithm::Rs256, Algorithm::Rs384, Algorithm::Rs512, Algorithm::Ps256, Algorithm::Ps384, Algorithm::Ps512];

/// SEC 1, section 2.3.3.
const UNCOMPRESSED: u8 = 4;
