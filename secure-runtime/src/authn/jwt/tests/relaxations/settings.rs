//! The relaxations, each alone.

use std::time::Duration;

use super::super::{ISSUER, KEYS, issuer, strict, verifier};
use crate::authn::Rejection;
use crate::authn::jwt::{
    Algorithm, Audience, Issuer, Jwt, KeyFormat, KeySet, ListClaim, SubjectClaim, Tenants, TokenLimits, TokenType,
    reason,
};

/// One relaxation, and the reasons of refusals that it may change.
pub(super) struct Setting {
    pub(super) name: &'static str,
    pub(super) reasons: &'static [Rejection],
    pub(super) verifier: Jwt,
}

pub(super) fn settings() -> Vec<Setting> {
    [of_tokens(), of_callers(), of_lists(), of_sizes()].into_iter().flatten().collect()
}

fn setting(name: &'static str, reasons: &'static [Rejection], verifier: Jwt) -> Setting {
    Setting { name, reasons, verifier }
}

fn of_tokens() -> Vec<Setting> {
    let pem = KeySet::from_text(&ed25519_pem(), KeyFormat::pem()).unwrap();
    let dates = &[reason::EXPIRED, reason::NOT_BEFORE, reason::ISSUED];
    let by_pem = Jwt::new(issuer(), Audience::new("orders").unwrap(), pem);
    vec![
        setting(
            "Issuer::algorithms",
            &[reason::ALGORITHM],
            verifier(issuer().algorithms(Algorithm::ASYMMETRIC.to_vec())),
        ),
        setting("Issuer::token_type", &[reason::TYPE], verifier(issuer().token_type(TokenType::Jwt))),
        setting("Jwt::leeway", dates, strict().leeway(Duration::from_secs(300)).unwrap()),
        setting("KeyFormat::pem", &[reason::KEY_UNKNOWN, reason::KEY_ALGORITHM], by_pem),
    ]
}

fn of_callers() -> Vec<Setting> {
    let subject = |claim| verifier(issuer().subject_from([claim]));
    let sub = || SubjectClaim::new(["sub"]);
    let any_of = Jwt::new(issuer(), Audience::any_of(["orders", "billing"]).unwrap(), KEYS.clone());
    let tenants = Issuer::for_tenants("https://{tenant}.example.com", Tenants::listed(["id", "login"])).unwrap();
    let client = SubjectClaim::new(["client_id"]).prefix("client:");
    vec![
        setting("Audience::any_of", &[reason::AUDIENCE], any_of),
        setting("Issuer::audience_in", &[reason::AUDIENCE], verifier(issuer().audience_in("client_id"))),
        setting("Issuer::for_tenants", &[reason::ISSUER], verifier(tenants)),
        setting("Issuer::subject_from", &[reason::SUBJECT], verifier(issuer().subject_from([sub(), client]))),
        setting("SubjectClaim::allow_integers", &[reason::SUBJECT], subject(sub().allow_integers())),
        setting("SubjectClaim::allow_spaces", &[reason::SUBJECT_TEXT], subject(sub().allow_spaces())),
    ]
}

fn of_lists() -> Vec<Setting> {
    let roles = ListClaim::string_or_array(["roles"]);
    let scopes = ListClaim::words_or_array(["scope"]);
    vec![
        setting("Issuer::roles_from", &[reason::ROLES], verifier(issuer().roles_from([]))),
        setting("Issuer::scopes_from", &[reason::SCOPES], verifier(issuer().scopes_from([]))),
        setting("ListClaim::string_or_array", &[reason::ROLES], verifier(issuer().roles_from([roles]))),
        setting("ListClaim::words_or_array", &[reason::SCOPES], verifier(issuer().scopes_from([scopes]))),
    ]
}

fn of_sizes() -> Vec<Setting> {
    let (default, lists) = (TokenLimits::default(), &[reason::ROLES, reason::SCOPES]);
    vec![
        setting("TokenLimits::max_bytes", &[reason::LONG], strict().limits(default.max_bytes(65_536).unwrap())),
        setting("TokenLimits::max_depth", &[reason::CLAIMS], strict().limits(default.max_depth(64).unwrap())),
        setting("TokenLimits::max_list_entries", lists, strict().limits(default.max_list_entries(4_096).unwrap())),
    ]
}

/// The Ed25519 key of the issuer as a SubjectPublicKeyInfo (RFC 8410, section 4).
fn ed25519_pem() -> String {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
    const BEFORE_THE_KEY: [u8; 12] = [0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0];
    let jwk = ISSUER.jwk(Algorithm::EdDsa);
    let key = URL_SAFE_NO_PAD.decode(jwk["x"].as_str().unwrap()).unwrap();
    let der = STANDARD.encode([&BEFORE_THE_KEY[..], &key].concat());
    format!("-----BEGIN PUBLIC KEY-----\n{der}\n-----END PUBLIC KEY-----\n")
}
