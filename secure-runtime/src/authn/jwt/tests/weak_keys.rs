//! Check 13: keys with which everybody can sign.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use num_bigint::BigUint;
use serde_json::{Value, json};

use super::{ISSUER, with};
use crate::authn::jwt::public_key::{PublicKey, Unusable};
use crate::authn::jwt::{Algorithm, KeySet, KeySetError, rsa_weakness};

#[test]
fn an_edwards_key_of_small_order_is_left_out_in_every_encoding() {
    let encodings = [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ];
    for encoding in encodings {
        for sign in [0, 0x80] {
            let mut point = bytes(encoding);
            point[31] |= sign;
            let jwk = with(ISSUER.jwk(Algorithm::EdDsa), "x", json!(URL_SAFE_NO_PAD.encode(&point)));
            let set = json!({ "keys": [jwk] }).to_string();
            assert_eq!(KeySet::from_jwks(&set).err(), Some(KeySetError::NoUsableKey), "{encoding} {sign}");
            let Err(Unusable::Faulty(reason)) = PublicKey::ed25519(&point) else { panic!("{encoding}") };
            assert!(reason.contains("small order"), "{reason}");
        }
    }
}

#[test]
fn rsa_modulus_that_is_easy_to_factor_is_left_out() {
    let rows = [
        ("prime", mersenne(2_203), "prime"),
        ("a square", mersenne(1_279).pow(2), "close"),
        ("close factors", close_factors(), "close"),
        ("a factor of 3", odd_multiple_of(3), "small factor"),
        ("a factor of 65,521", odd_multiple_of(65_521), "small factor"),
        ("of the broken generator", roca(), "ROCA"),
    ];
    for (name, modulus, reason) in rows {
        let weakness = rsa_weakness::find(&modulus.to_bytes_be());
        assert!(weakness.is_some_and(|weakness| weakness.contains(reason)), "{name}: {weakness:?}");
        let jwk = with(ISSUER.jwk(Algorithm::Rs256), "n", json!(URL_SAFE_NO_PAD.encode(modulus.to_bytes_be())));
        let set = json!({ "keys": [jwk] }).to_string();
        assert_eq!(KeySet::from_jwks(&set).err(), Some(KeySetError::NoUsableKey), "{name}");
    }
}

#[test]
fn rsa_modulus_of_a_good_generator_is_used() {
    let jwk = ISSUER.jwk(Algorithm::Rs256);
    assert_eq!(rsa_weakness::find(&URL_SAFE_NO_PAD.decode(text(&jwk["n"])).unwrap()), None);
}

/// 2^exponent - 1, a prime for these exponents.
fn mersenne(exponent: u32) -> BigUint {
    (BigUint::from(1_u32) << exponent) - 1_u32
}

/// The product of two numbers that differ by less than 2^16, without a small factor.
fn close_factors() -> BigUint {
    let factor = mersenne(1_279);
    let product = |step: u32| &factor * (&factor - 2 * step);
    let has_small_factor =
        |number: &BigUint| rsa_weakness::find(&number.to_bytes_be()).is_some_and(|it| it.contains("small factor"));
    (1..).map(product).find(|number| !has_small_factor(number)).unwrap()
}

fn odd_multiple_of(factor: u32) -> BigUint {
    (mersenne(2_203) - 2_u32) * factor
}

/// A power of 65537 modulo each of the first odd primes.
fn roca() -> BigUint {
    let primes = (3..=167_u32).filter(|number| (2..*number).all(|divisor| number % divisor != 0));
    let product = primes.fold(BigUint::from(1_u32), |product, prime| product * prime);
    let power = BigUint::from(65_537_u32).modpow(&BigUint::from(12_345_u32), &product);
    let candidate = |step: u32| &product * ((BigUint::from(1_u32) << 1_900_u32) + step) + &power;
    let is_found = |number: &BigUint| {
        number.bit(0) && rsa_weakness::find(&number.to_bytes_be()).is_some_and(|it| it.contains("ROCA"))
    };
    (0..).map(candidate).find(is_found).unwrap()
}

fn bytes(hexadecimal: &str) -> Vec<u8> {
    (0..hexadecimal.len()).step_by(2).map(|at| u8::from_str_radix(&hexadecimal[at..at + 2], 16).unwrap()).collect()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}
