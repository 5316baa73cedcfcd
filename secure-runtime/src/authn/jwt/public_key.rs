//! Public keys, checked once when they are loaded.

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::signature::RsaPublicKeyComponents;

use super::{Algorithm, rsa_weakness};

/// Why a key is left out, without any of its material.
pub(super) enum Unusable {
    /// An ordinary key for another purpose.
    OtherPurpose(&'static str),
    /// A key that its issuer should not publish.
    Faulty(&'static str),
}

/// A public key, in the encoding of the library.
#[derive(Debug)]
pub(super) struct PublicKey {
    /// The algorithms that a key of this type can be for.
    pub(super) fits: &'static [Algorithm],
    pub(super) encoded: Vec<u8>,
    /// What is wrong with it if the library refuses it.
    pub(super) flaw: &'static str,
}

impl Unusable {
    pub(super) fn log(self, place: usize) {
        match self {
            Self::OtherPurpose(reason) => tracing::debug!(place, reason, "a key of the set is left out"),
            Self::Faulty(reason) => tracing::warn!(place, reason, "a key of the set is left out"),
        }
    }
}

impl PublicKey {
    /// RFC 7518, sections 6.3.1, 3.3 and 3.5. Zero bytes in front of a number are not part of it.
    pub(super) fn rsa(n: &[u8], e: &[u8]) -> Result<Self, Unusable> {
        let (n, e) = (without_leading_zeros(n), without_leading_zeros(e));
        if !(MIN_RSA_BITS..=MAX_RSA_BITS).contains(&bits(n)) {
            return Err(Unusable::Faulty("the modulus does not have 2048 to 8192 bits"));
        }
        let components = RsaPublicKeyComponents { n: n.to_vec(), e: e.to_vec() };
        let encoded = rsa_der(&components).ok_or(Unusable::Faulty(RSA_FLAW))?;
        match rsa_weakness::find(n) {
            Some(weakness) => Err(Unusable::Faulty(weakness)),
            None => Ok(Self { fits: RSA, encoded, flaw: RSA_FLAW }),
        }
    }

    /// An uncompressed point (RFC 7518, section 6.2.1). It is on the curve, or the library refuses it.
    pub(super) fn elliptic(curve: &str, x: &[u8], y: &[u8]) -> Result<Self, Unusable> {
        let (fits, bytes): (&[Algorithm], _) = match curve {
            "P-256" => (&[Algorithm::Es256], 32),
            "P-384" => (&[Algorithm::Es384], 48),
            "P-521" => (&[Algorithm::Es512], 66),
            _ => return Err(UNKNOWN_CURVE),
        };
        if x.len() != bytes || y.len() != bytes {
            return Err(Unusable::Faulty("a coordinate does not have the bytes of its curve"));
        }
        let encoded = [[UNCOMPRESSED].as_slice(), x, y].concat();
        Ok(Self { fits, encoded, flaw: "the point is not on the curve" })
    }

    /// RFC 8037, section 2.
    pub(super) fn ed25519(x: &[u8]) -> Result<Self, Unusable> {
        // The library would take a longer text for a certificate's encoding of a key.
        let x: [u8; 32] = x.try_into().map_err(|_| Unusable::Faulty("`x` does not have 32 bytes"))?;
        match has_small_order(x) {
            true => Err(Unusable::Faulty("the point has a small order: everybody can sign for it")),
            false => Ok(Self { fits: &[Algorithm::EdDsa], encoded: x.to_vec(), flaw: "`x` is not a key" }),
        }
    }
}

/// As DER, because the library checks modulus and exponent (odd, at least 3) only when it parses.
fn rsa_der(components: &RsaPublicKeyComponents<Vec<u8>>) -> Option<Vec<u8>> {
    let der: PublicKeyX509Der<'_> = components.as_der().ok()?;
    Some(der.as_ref().to_vec())
}

fn without_leading_zeros(number: &[u8]) -> &[u8] {
    &number[number.iter().take_while(|byte| **byte == 0).count()..]
}

fn bits(number: &[u8]) -> usize {
    number.first().map_or(0, |first| number.len() * 8 - first.leading_zeros() as usize)
}

/// Whether a point of edwards25519 has an order of at most 8, in any of its encodings. With such a key, a signature is
/// valid for one message in eight, without any private key.
fn has_small_order(mut point: [u8; 32]) -> bool {
    // The sign of the other coordinate.
    point[31] &= 0x7f;
    SMALL_ORDER.contains(&point)
}

pub(super) const UNKNOWN_CURVE: Unusable = Unusable::OtherPurpose("`crv` is not supported");

const MIN_RSA_BITS: usize = 2_048;
const MAX_RSA_BITS: usize = 8_192;
const RSA_FLAW: &str = "the modulus is even, or the exponent is not an odd number from 3 up";
const RSA: &[Algorithm] =
    &[Algorithm::Rs256, Algorithm::Rs384, Algorithm::Rs512, Algorithm::Ps256, Algorithm::Ps384, Algorithm::Ps512];

/// SEC 1, section 2.3.3.
const UNCOMPRESSED: u8 = 4;

/// The y coordinates of the eight points of small order. The encodings of 0 and 1 that are not reduced modulo p are
/// among them (Cremers and Jackson, "Prime, Order Please!", table 3).
const SMALL_ORDER: [[u8; 32]; 7] = [
    [0; 32],
    little_endian(1, 0, 0),
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf,
        0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
    ],
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20,
        0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
    ],
    little_endian(0xec, 0xff, 0x7f),
    little_endian(0xed, 0xff, 0x7f),
    little_endian(0xee, 0xff, 0x7f),
];

const fn little_endian(first: u8, middle: u8, last: u8) -> [u8; 32] {
    let mut number = [middle; 32];
    number[0] = first;
    number[31] = last;
    number
}
