use std::fmt;

use super::header::Header;
use super::string_or_uri::{self, NotStringOrUri};
use super::{Algorithm, RolesClaim, reason};
use crate::authn::Rejection;

/// Who makes the tokens, and how they look.
#[derive(Clone, Debug)]
pub struct Issuer {
    name: String,
    token_type: TokenType,
    algorithms: Vec<Algorithm>,
    roles: Vec<RolesClaim>,
}

/// What tokens of an issuer call themselves in `typ`.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum TokenType {
    /// `at+jwt` only (RFC 9068, section 2.1), so that an ID token is never taken for an access token.
    #[default]
    AccessToken,
    /// Also `JWT`, or no `typ` at all, for an issuer that does not follow RFC 9068. Only the audience then tells its
    /// access tokens from its other tokens.
    Jwt,
}

impl Issuer {
    /// Names the issuer as its tokens do in `iss`, byte for byte (RFC 7519, section 4.1.1): usually an https URL.
    ///
    /// # Errors
    ///
    /// If the name is no StringOrURI.
    pub fn new(name: impl Into<String>) -> Result<Self, NotStringOrUri> {
        let name = string_or_uri::parse(name.into())?;
        let algorithms = Algorithm::DEFAULT.to_vec();
        Ok(Self { name, token_type: TokenType::default(), algorithms, roles: vec![RolesClaim::default()] })
    }

    /// Says which `typ` its tokens have: [`TokenType::AccessToken`] if not called.
    pub fn token_type(self, token_type: TokenType) -> Self {
        Self { token_type, ..self }
    }

    /// Says which algorithms it signs with: [`Algorithm::DEFAULT`] if not called. An empty list refuses every token.
    ///
    /// The order counts for RSA keys whose JWK has no `alg`: they are good for the first RSA algorithm of the list.
    pub fn algorithms(self, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        Self { algorithms: algorithms.into_iter().collect(), ..self }
    }

    /// Says which claims hold the caller's roles: `roles`, an array of strings, if not called. Several are united.
    pub fn roles_from(self, claims: impl IntoIterator<Item = RolesClaim>) -> Self {
        Self { roles: claims.into_iter().collect(), ..self }
    }

    /// The name, as it is compared.
    pub fn as_str(&self) -> &str {
        &self.name
    }

    pub(super) fn signs_with(&self) -> impl Iterator<Item = Algorithm> {
        self.algorithms.iter().copied()
    }

    pub(super) fn roles(&self) -> &[RolesClaim] {
        &self.roles
    }

    /// The algorithm of a header, if tokens of this issuer look like it.
    pub(super) fn algorithm(&self, header: &Header) -> Result<Algorithm, Rejection> {
        if !self.types_as(header.typ()) {
            return Err(reason::TYPE);
        }
        let algorithm = header.alg().and_then(Algorithm::named);
        algorithm.filter(|algorithm| self.algorithms.contains(algorithm)).ok_or(reason::ALGORITHM)
    }

    fn types_as(&self, typ: Option<&str>) -> bool {
        match self.token_type {
            TokenType::AccessToken => typ.is_some_and(is_access_token),
            TokenType::Jwt => typ.is_none_or(|typ| typ.eq_ignore_ascii_case("JWT") || is_access_token(typ)),
        }
    }
}

impl fmt::Display for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// RFC 9068, section 4. Media types have no case (RFC 6838, section 4.2).
fn is_access_token(typ: &str) -> bool {
    ["at+jwt", "application/at+jwt"].iter().any(|it| it.eq_ignore_ascii_case(typ))
}
