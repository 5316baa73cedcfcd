use std::fmt;

use super::claims::Claims;
use super::header::Header;
use super::string_or_uri::{self, NotStringOrUri};
use super::{Algorithm, Audience, ListClaim, reason, roles};
use crate::authn::Rejection;
use crate::tls::{self, SpiffeId};

/// Who makes the tokens, and how they look.
#[derive(Clone, Debug)]
pub struct Issuer {
    name: String,
    token_type: TokenType,
    algorithms: Vec<Algorithm>,
    naming: Naming,
    audience_claim: String,
    marks: Vec<Mark>,
    roles: Vec<ListClaim>,
    scopes: Vec<ListClaim>,
}

/// How tokens name their issuer.
#[derive(Clone, Copy, Debug)]
enum Naming {
    Issuer,
    TrustDomain,
}

/// A claim that only access tokens have with one of these values.
#[derive(Clone, Debug)]
struct Mark {
    claim: String,
    values: Vec<String>,
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
        string_or_uri::parse(name.into()).map(|name| Self {
            name,
            token_type: TokenType::default(),
            algorithms: Algorithm::DEFAULT.to_vec(),
            naming: Naming::Issuer,
            audience_claim: AUDIENCE.into(),
            marks: Vec::new(),
            roles: vec![ListClaim::array(["roles"])],
            scopes: vec![ListClaim::words(["scope"])],
        })
    }

    /// The issuer of a SPIFFE trust domain: its tokens name it by their `sub`, not by `iss`.
    pub(super) fn of_trust_domain(name: &str) -> Result<Self, NotStringOrUri> {
        match tls::is_trust_domain(name) {
            true => Ok(Self { naming: Naming::TrustDomain, ..Self::new(format!("{}{name}", tls::SPIFFE_SCHEME))? }),
            false => Err(NotStringOrUri::NoTrustDomain),
        }
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
    pub fn roles_from(self, claims: impl IntoIterator<Item = ListClaim>) -> Self {
        Self { roles: claims.into_iter().collect(), ..self }
    }

    /// Says which claims hold the token's scopes: `scope`, words with a space between any two (RFC 9068, section
    /// 2.2.3), if not called. Several are united.
    pub fn scopes_from(self, claims: impl IntoIterator<Item = ListClaim>) -> Self {
        Self { scopes: claims.into_iter().collect(), ..self }
    }

    /// Says which claim holds the audience: `aud` if not called. It has the form of `aud`; a token that has `aud` too
    /// must name the audience in both (RFC 7519, section 4.1.3).
    pub fn audience_in(self, claim: impl Into<String>) -> Self {
        Self { audience_claim: claim.into(), ..self }
    }

    /// Refuses tokens in which `claim` is none of these strings, in addition to what was marked before. It tells the
    /// access tokens of an issuer from its other tokens if their `typ` does not.
    pub fn marked_by(mut self, claim: impl Into<String>, values: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.marks.push(Mark { claim: claim.into(), values: values.into_iter().map(Into::into).collect() });
        self
    }

    /// The name, as it is compared.
    pub fn as_str(&self) -> &str {
        &self.name
    }

    /// Whether claims, proven or not, name this issuer (RFC 7519, section 4.1.1).
    pub(super) fn is_named_by(&self, claims: &Claims) -> bool {
        match self.naming {
            Naming::Issuer => claims.text("iss") == Some(&self.name),
            Naming::TrustDomain => claims.text("sub").is_some_and(|subject| self.is_home_of(subject)),
        }
    }

    fn is_home_of(&self, subject: &str) -> bool {
        subject.parse().is_ok_and(|id: SpiffeId| id.issuer() == self.name)
    }

    /// RFC 7519, section 4.1.3.
    pub(super) fn check_audience(&self, claims: &Claims, audience: &Audience) -> Result<(), Rejection> {
        let is_named = claims.list(&self.audience_claim, audience.as_str());
        match is_named && (claims.get(AUDIENCE).is_none() || claims.list(AUDIENCE, audience.as_str())) {
            true => Ok(()),
            false => Err(reason::AUDIENCE),
        }
    }

    pub(super) fn check_marks(&self, claims: &Claims) -> Result<(), Rejection> {
        let holds = |mark: &Mark| claims.text(&mark.claim).is_some_and(|text| mark.values.iter().any(|it| it == text));
        match self.marks.iter().all(holds) {
            true => Ok(()),
            false => Err(reason::MARK),
        }
    }

    pub(super) fn signs_with(&self) -> impl Iterator<Item = Algorithm> {
        self.algorithms.iter().copied()
    }

    pub(super) fn roles<'a>(&'a self, claims: &'a Claims) -> Result<Vec<&'a str>, Rejection> {
        roles::read(&self.roles, claims, reason::ROLES)
    }

    pub(super) fn scopes<'a>(&'a self, claims: &'a Claims) -> Result<Vec<&'a str>, Rejection> {
        roles::check_scope(claims)?;
        roles::read(&self.scopes, claims, reason::SCOPE)
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

const AUDIENCE: &str = "aud";
