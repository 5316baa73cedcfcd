//! One key of a JWK Set (RFC 7517, section 4).
//!
//! A member that may be absent may be `null` too.

use std::slice;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::Algorithm;
use super::key::{Key, KeyName};
use super::public_key::{PublicKey, UNKNOWN_CURVE, Unusable};

pub(super) fn read(jwk: &Map<String, Value>) -> Result<Key, Unusable> {
    let name = text(jwk, "kid")?.map_or(KeyName::None, |kid| KeyName::Kid(kid.into()));
    check_public(jwk)?;
    check_use(jwk)?;
    let key = public_key(jwk)?;
    let algorithms = algorithms(jwk, key.fits)?;
    Key::public(name, algorithms, key)
}

/// RFC 7518, sections 6.2.2, 6.3.2 and 6.4; RFC 8037, section 2.
fn check_public(jwk: &Map<String, Value>) -> Result<(), Unusable> {
    match SECRET_MEMBERS.iter().any(|name| get(jwk, name).is_some()) || text(jwk, "kty")? == Some("oct") {
        true => Err(Unusable::Faulty("it is a secret key")),
        false => Ok(()),
    }
}

/// RFC 7517, sections 4.2 and 4.3.
fn check_use(jwk: &Map<String, Value>) -> Result<(), Unusable> {
    if !matches!(text(jwk, "use")?, None | Some("sig")) {
        return Err(Unusable::OtherPurpose("`use` is not `sig`"));
    }
    match get(jwk, "key_ops") {
        None => Ok(()),
        Some(Value::Array(operations)) if operations.iter().any(|it| it == "verify") => Ok(()),
        Some(_) => Err(Unusable::OtherPurpose("`key_ops` does not contain `verify`")),
    }
}

fn public_key(jwk: &Map<String, Value>) -> Result<PublicKey, Unusable> {
    match text(jwk, "kty")? {
        Some("EC") => match curve(jwk)? {
            curve @ ("P-256" | "P-384" | "P-521") => PublicKey::elliptic(curve, &octets(jwk, "x")?, &octets(jwk, "y")?),
            _ => Err(UNKNOWN_CURVE),
        },
        Some("OKP") if curve(jwk)? == "Ed25519" => PublicKey::ed25519(&octets(jwk, "x")?),
        Some("OKP") => Err(UNKNOWN_CURVE),
        Some("RSA") => PublicKey::rsa(&octets(jwk, "n")?, &octets(jwk, "e")?),
        Some(_) => Err(Unusable::OtherPurpose("`kty` is unknown")),
        None => Err(Unusable::Faulty("`kty` is missing")),
    }
}

/// The one that `alg` names, or all that fit (RFC 7517, section 4.4).
fn algorithms(jwk: &Map<String, Value>, fits: &'static [Algorithm]) -> Result<&'static [Algorithm], Unusable> {
    let Some(name) = text(jwk, "alg")? else { return Ok(fits) };
    let named = Algorithm::named(name).and_then(|named| fits.iter().find(|fit| **fit == named));
    named.map(slice::from_ref).ok_or(Unusable::OtherPurpose("`alg` is not supported for its `kty` and `crv`"))
}

fn curve(jwk: &Map<String, Value>) -> Result<&str, Unusable> {
    text(jwk, "crv")?.ok_or(Unusable::Faulty("`crv` is missing"))
}

fn octets(jwk: &Map<String, Value>, name: &str) -> Result<Vec<u8>, Unusable> {
    let text = text(jwk, name)?.ok_or(Unusable::Faulty("a number is missing"))?;
    URL_SAFE_NO_PAD.decode(text).map_err(|_| Unusable::Faulty("a number is not strict base64url"))
}

fn text<'a>(jwk: &'a Map<String, Value>, name: &str) -> Result<Option<&'a str>, Unusable> {
    match get(jwk, name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Unusable::Faulty("a member is not a string")),
    }
}

fn get<'a>(jwk: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    jwk.get(name).filter(|value| !value.is_null())
}

const SECRET_MEMBERS: [&str; 8] = ["d", "dp", "dq", "k", "oth", "p", "q", "qi"];
