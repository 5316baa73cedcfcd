//! What the targets of tokens share: one moment, one audience, an issuer with a secret and one with a public key.

pub mod claims;

use std::sync::LazyLock;
use std::time::{Duration, UNIX_EPOCH};

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secure_runtime::Principal;
use secure_runtime::authn::jwt::{Algorithm, Audience, Grants, Issuer, Jwt, KeySet, Trust};
use serde_json::{Map, Value};

/// The audience of a good token.
pub const AUDIENCE: &str = "orders";
/// The issuer with a secret.
pub const ISSUER: &str = "https://id.example.com";
/// The header of its good tokens.
pub const HEADER: &str = r#"{"alg":"HS256","typ":"at+jwt"}"#;
/// The claims of its good tokens.
pub const CLAIMS: &str = include_str!("../seeds/claims/good");
/// The only tokens that are good and that a fuzzer can know: it has no key.
pub const GOOD: [&str; 2] = [include_str!("../seeds/token/eddsa"), include_str!("../seeds/token/hs256")];

/// The moment at which every token is judged, in seconds.
pub const NOW: u64 = 1_800_000_000;

const SECRET: &[u8; 32] = b"32 bytes that nobody else knows!";
/// The key of RFC 8037, appendix A.2.
const JWKS: &str = include_str!("../seeds/jwks/okp");

static VERIFIER: LazyLock<Jwt> = LazyLock::new(|| {
    let verifier = Jwt::trusting([
        trust(ISSUER, Algorithm::Hs256, KeySet::from_secret(Algorithm::Hs256, SECRET).unwrap()),
        trust("https://public.example.com", Algorithm::EdDsa, KeySet::from_jwks(JWKS).unwrap()),
    ]);
    verifier.unwrap()
});

fn trust(name: &str, algorithm: Algorithm, keys: KeySet) -> Trust {
    let issuer = Issuer::new(name).unwrap().algorithms([algorithm]);
    Trust::new(issuer, Audience::new(AUDIENCE).unwrap(), keys, Grants::only(["reader"]))
}

/// Whom a token proves; `None` if it is refused.
pub fn verify(token: &str) -> Option<Principal> {
    verify_by(&VERIFIER, token)
}

/// The same, by another verifier.
pub fn verify_by(verifier: &Jwt, token: &str) -> Option<Principal> {
    verifier.verify_at(token, None, UNIX_EPOCH + Duration::from_secs(NOW)).ok()
}

/// A token of these bytes whose signature holds, so that what is behind the signature is reached.
pub fn sign(header: &[u8], claims: &[u8]) -> String {
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let signature = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, SECRET), signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// The object that serde_json reads. What we accept it must accept too.
pub fn object(text: &[u8]) -> Map<String, Value> {
    serde_json::from_slice(text).expect("serde_json reads what we accept")
}
