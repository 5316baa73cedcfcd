//! A token chooses no algorithm.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::{Attack, Class, ISSUER, claims, cut, good, header, refused, with, with_header};
use crate::authn::jwt::{Algorithm, reason};

pub(super) fn classes() -> Vec<Class> {
    vec![
        Class { name: "no signature", clause: "RFC 8725, section 3.2; RFC 7518, section 3.6", attacks: none() },
        Class { name: "public key as secret", clause: "RFC 8725, sections 2.1 and 3.1", attacks: confused() },
        Class { name: "key of another algorithm", clause: "RFC 8725, section 3.1", attacks: mixed() },
        Class { name: "algorithm out of the list", clause: "RFC 8725, section 3.1", attacks: unlisted() },
    ]
}

fn none() -> Vec<Attack> {
    let spellings = ["none", "None", "NONE", "nOnE", "none ", "\u{ff4e}one"];
    let attack = |alg: &str| {
        let token = with_header("alg", json!(alg));
        let (signed, signature) = (cut(&token).0.to_owned(), cut(&good()).1.to_owned());
        [
            refused(format!("{alg}, no signature"), format!("{signed}."), reason::PARTS),
            refused(format!("{alg}, no dot"), signed.clone(), reason::PARTS),
            refused(format!("{alg}, any signature"), format!("{signed}.AAAA"), reason::ALGORITHM),
            refused(format!("{alg}, another's signature"), format!("{signed}.{signature}"), reason::ALGORITHM),
            refused(format!("{alg}, a good signature"), token, reason::ALGORITHM),
        ]
    };
    spellings.into_iter().flat_map(attack).collect()
}

fn confused() -> Vec<Attack> {
    let macs = [("HS256", hmac::HMAC_SHA256), ("HS384", hmac::HMAC_SHA384), ("HS512", hmac::HMAC_SHA512)];
    let attack = |(alg, mac): (&str, hmac::Algorithm)| {
        let forge = move |(kid, form, secret): (&str, &str, Vec<u8>)| {
            let token = mac_signed(mac, &secret, json!({ "alg": alg, "kid": kid, "typ": "at+jwt" }));
            refused(format!("{alg} with {form} of {kid}"), token, reason::ALGORITHM)
        };
        public_texts().into_iter().map(forge).collect::<Vec<_>>()
    };
    macs.into_iter().flat_map(attack).collect()
}

/// What a verifier might hold of a key, and an attacker knows.
fn public_texts() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let jwk = |algorithm| ISSUER.jwk(algorithm);
    let octets = |algorithm, name: &str| URL_SAFE_NO_PAD.decode(jwk(algorithm)[name].as_str().unwrap()).unwrap();
    let spki =
        [&[0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0][..], &octets(Algorithm::EdDsa, "x")].concat();
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(&spki));
    let point = [vec![4], octets(Algorithm::Es256, "x"), octets(Algorithm::Es256, "y")].concat();
    vec![
        ("RS256", "the modulus", octets(Algorithm::Rs256, "n")),
        ("RS256", "the text of the modulus", jwk(Algorithm::Rs256)["n"].as_str().unwrap().into()),
        ("RS256", "the JWK", jwk(Algorithm::Rs256).to_string().into()),
        ("ES256", "the point", point),
        ("ES256", "the JWK", jwk(Algorithm::Es256).to_string().into()),
        ("EdDSA", "the bytes", octets(Algorithm::EdDsa, "x")),
        ("EdDSA", "the DER", spki),
        ("EdDSA", "the PEM", pem.into()),
        ("EdDSA", "the name", b"EdDSA".to_vec()),
        ("EdDSA", "nothing", Vec::new()),
    ]
}

fn mac_signed(mac: hmac::Algorithm, secret: &[u8], header: Value) -> String {
    let token = ISSUER.sign(header, claims());
    let signed = cut(&token).0;
    let signature = hmac::sign(&hmac::Key::new(mac, secret), signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn mixed() -> Vec<Attack> {
    let pairs = Algorithm::DEFAULT.iter().flat_map(|one| Algorithm::DEFAULT.iter().map(move |other| (*one, *other)));
    let attack = |(alg, kid): (Algorithm, Algorithm)| {
        let token = ISSUER.sign(with(header(alg.as_str()), "kid", json!(kid.as_str())), claims());
        refused(format!("{alg} with the key of {kid}"), token, reason::KEY_ALGORITHM)
    };
    pairs.filter(|(alg, kid)| alg != kid).map(attack).collect()
}

fn unlisted() -> Vec<Attack> {
    let ours = ["ES384", "ES512", "PS256", "PS384", "PS512", "RS384", "RS512"];
    let others = [
        "A128KW",
        "Ed448",
        "ES256K",
        "ESP256",
        "RS1",
        "RSA-OAEP",
        "dir",
        "eddsa",
        "EdDSA ",
        "ed25519",
        "EDDSA",
        "EdDSA\0",
        "SHA256withRSA",
        "",
    ];
    let signed = |alg: &str| {
        let kid = if alg.starts_with("ES") { "ES256" } else { "RS256" };
        refused(alg, ISSUER.sign(with(header(alg), "kid", json!(kid)), claims()), reason::ALGORITHM)
    };
    let named = |alg: &str| refused(format!("{alg:?}"), with_header("alg", json!(alg)), reason::ALGORITHM);
    ours.into_iter().map(signed).chain(others.into_iter().map(named)).collect()
}
