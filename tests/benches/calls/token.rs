//! Tokens of one issuer, as calls send them.

use std::time::{SystemTime, UNIX_EPOCH};

use http::HeaderValue;
use secure_runtime::testing::TestIssuer;
use serde_json::{Value, json};

/// What calls send in `authorization`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Token {
    EdDsa,
    Es256,
    /// A token with another signature.
    ForgedRs256,
    Missing,
    Rs256,
}

impl Token {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::EdDsa => "EdDSA",
            Self::Es256 => "ES256",
            Self::ForgedRs256 => "forged RS256",
            Self::Missing => "none",
            Self::Rs256 => "RS256",
        }
    }

    /// Whether a server that asks for tokens admits the call.
    pub(crate) fn is_good(self) -> bool {
        matches!(self, Self::EdDsa | Self::Es256 | Self::Rs256)
    }

    /// The token of the calls without authentication that these calls are compared with. What a call sends costs both.
    pub(crate) fn of_reference(self) -> Self {
        if self.is_good() { self } else { Self::Rs256 }
    }

    /// The values of so many callers.
    pub(crate) fn values(self, issuer: &TestIssuer, callers: usize) -> Vec<Option<HeaderValue>> {
        match self {
            Self::Missing => vec![None],
            Self::ForgedRs256 => (0..callers).map(|caller| bearer(&forged(issuer, caller))).collect(),
            good => (0..callers).map(|caller| bearer(&signed(issuer, good.name(), caller))).collect(),
        }
    }
}

/// The audience of all tokens.
pub(crate) const AUDIENCE: &str = "kinds";

/// The role that the methods require.
pub(crate) const ROLE: &str = "reader";

fn bearer(token: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::try_from(format!("Bearer {token}")).expect("a token is ASCII");
    value.set_sensitive(true);
    Some(value)
}

fn signed(issuer: &TestIssuer, algorithm: &str, caller: usize) -> String {
    issuer.sign(json!({ "alg": algorithm, "kid": algorithm, "typ": "at+jwt" }), claims(issuer, caller))
}

/// One character of the signature is another.
fn forged(issuer: &TestIssuer, caller: usize) -> String {
    let mut token = signed(issuer, "RS256", caller);
    let place = token.len() - 40;
    let other = if token.as_bytes()[place] == b'A' { "B" } else { "A" };
    token.replace_range(place..=place, other);
    token
}

/// About as much as an identity provider writes into an access token.
fn claims(issuer: &TestIssuer, caller: usize) -> Value {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970").as_secs();
    json!({
        "iss": issuer.name(),
        "sub": format!("0b6c0d1e-7a39-4a5e-9c1f-{caller:012x}"),
        "aud": AUDIENCE,
        "iat": now,
        "nbf": now,
        "exp": now + 86_400,
        "jti": format!("5f0c1f0e-2b1c-4f60-8f3f-{caller:012x}"),
        "client_id": "web-frontend",
        "scope": "openid profile email",
        "email": "ada.lovelace@example.com",
        "roles": ["auditor", ROLE, "writer"],
    })
}
