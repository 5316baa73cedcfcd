//! Signatures that a careless verifier takes for good.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::{ATTACKER, Attack, Class, ISSUER, accepted, claims, cut, good, header, refused};
use crate::authn::jwt::{Algorithm, reason};

pub(super) fn classes() -> Vec<Class> {
    vec![
        Class {
            name: "psychic ECDSA",
            clause: "FIPS 186-5, section 6.4.2; RFC 7518, section 3.4",
            attacks: elliptic(),
        },
        Class { name: "malleable EdDSA", clause: "RFC 8032, section 5.1.7", attacks: edwards() },
        Class { name: "degenerate RSA", clause: "RFC 8017, section 8.2.2", attacks: rsa() },
        Class { name: "signature of something else", clause: "RFC 7515, section 5.2", attacks: foreign() },
    ]
}

fn elliptic() -> Vec<Attack> {
    let (zero, one) = ([0; 32], number(1));
    let pairs = [
        ("r = 0, s = 0", [zero, zero]),
        ("r = 0, s = 1", [zero, one]),
        ("r = 1, s = 0", [one, zero]),
        ("r = 1, s = 1", [one, one]),
        ("r = n, s = n", [P256_ORDER, P256_ORDER]),
        ("r = 0, s = n", [zero, P256_ORDER]),
        ("r = n, s = 1", [P256_ORDER, one]),
        ("r = 1, s = n", [one, P256_ORDER]),
        ("all ones", [[0xff; 32]; 2]),
    ];
    let good = signature("ES256");
    let forms = [
        ("as DER", der(&good)),
        ("a byte less", good[..63].to_vec()),
        ("a byte more", [&good[..], &[0]].concat()),
        ("r alone", good[..32].to_vec()),
        ("halves swapped", [&good[32..], &good[..32]].concat()),
        ("of P-384's length", vec![1; 96]),
    ];
    let pairs = pairs.into_iter().map(|(name, pair)| (name, pair.concat()));
    let wrong = pairs.chain(forms).map(|(name, signature)| signed("ES256", name, &signature));
    wrong.chain([accepted("the signature", token("ES256"))]).collect()
}

fn edwards() -> Vec<Attack> {
    let good = signature("EdDSA");
    let (point, scalar) = good.split_at(32);
    let identity = number_le(1);
    let forms = [
        ("zero", vec![0; 64]),
        ("s + L", [point, &plus_order(scalar)].concat()),
        ("the identity, s = 0", [identity, [0; 32]].concat()),
        ("a byte less", good[..63].to_vec()),
        ("a byte more", [&good[..], &[0]].concat()),
        ("halves swapped", [scalar, point].concat()),
        ("all ones", vec![0xff; 64]),
    ];
    forms.into_iter().map(|(name, signature)| signed("EdDSA", name, &signature)).collect()
}

fn rsa() -> Vec<Attack> {
    let good = signature("RS256");
    let modulus = URL_SAFE_NO_PAD.decode(ISSUER.jwk(Algorithm::Rs256)["n"].as_str().unwrap()).unwrap();
    let one = [vec![0; 255], vec![1]].concat();
    let forms = [
        ("zero", vec![0; 256]),
        ("one", one),
        ("the modulus", modulus),
        ("all ones", vec![0xff; 256]),
        ("a byte less", good[..255].to_vec()),
        ("a zero in front", [&[0], &good[..]].concat()),
        ("a zero at the end", [&good[..], &[0]].concat()),
        ("one byte", vec![0]),
    ];
    let pss = ISSUER.sign_parts(Algorithm::Ps256, cut(&token("RS256")).0);
    let wrong = forms.into_iter().map(|(name, signature)| signed("RS256", name, &signature));
    wrong.chain([refused("of PS256", pss, reason::SIGNATURE)]).collect()
}

fn foreign() -> Vec<Attack> {
    let token = good();
    let (signed, signature) = cut(&token);
    let (head, payload) = signed.split_once('.').unwrap();
    let wrong = |name, token| refused(name, token, reason::SIGNATURE);
    let of = |text: &str| cut(&ISSUER.sign_parts(Algorithm::EdDsa, text)).1.to_owned();
    vec![
        wrong("of another key", ATTACKER.sign(header("EdDSA"), claims())),
        wrong("of another key of ES256", ATTACKER.sign(header("ES256"), claims())),
        wrong("of another key of RS256", ATTACKER.sign(header("RS256"), claims())),
        wrong("of the payload alone", swapped(&token, payload)),
        wrong("of the header alone", swapped(&token, head)),
        wrong(
            "of the JSON",
            format!("{signed}.{}", cut(&ISSUER.sign_parts(Algorithm::EdDsa, &claims().to_string())).1),
        ),
        wrong("of header and payload without the dot", format!("{signed}.{}", of(&format!("{head}{payload}")))),
        wrong(
            "over another header",
            format!("{}.{payload}.{signature}", encoded(r#"{"alg":"EdDSA","kid":"EdDSA","typ":"AT+JWT"}"#)),
        ),
    ]
}

fn swapped(token: &str, text: &str) -> String {
    let signed_text = ISSUER.sign_parts(Algorithm::EdDsa, text);
    format!("{}.{}", cut(token).0, cut(&signed_text).1)
}

fn signed(alg: &str, name: &str, signature: &[u8]) -> Attack {
    let token = token(alg);
    refused(name, format!("{}.{}", cut(&token).0, URL_SAFE_NO_PAD.encode(signature)), reason::SIGNATURE)
}

fn token(alg: &str) -> String {
    ISSUER.sign(header(alg), claims())
}

fn signature(alg: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(cut(&token(alg)).1).unwrap()
}

fn encoded(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(text)
}

/// A sequence of two integers. Only its form matters: it is refused whatever it says.
fn der(signature: &[u8]) -> Vec<u8> {
    let (r, s) = signature.split_at(32);
    [&[0x30, 70, 2, 33, 0], r, &[2, 33, 0], s].concat()
}

fn number(last: u8) -> [u8; 32] {
    let mut number = [0; 32];
    number[31] = last;
    number
}

fn number_le(first: u8) -> [u8; 32] {
    let mut number = [0; 32];
    number[0] = first;
    number
}

/// The same scalar modulo the order, in another spelling.
fn plus_order(scalar: &[u8]) -> Vec<u8> {
    let mut carry = 0;
    let add = |(byte, order): (&u8, &u8)| {
        let sum = u16::from(*byte) + u16::from(*order) + carry;
        carry = sum >> 8;
        sum as u8
    };
    scalar.iter().zip(&EDWARDS_ORDER).map(add).collect()
}

/// The order of P-256, most significant byte first.
const P256_ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa, 0xad, 0xa7,
    0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

/// The order of Ed25519's base point, least significant byte first.
const EDWARDS_ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];
