use std::fmt;

#[cfg(feature = "introspection")]
use serde_json::{Map, Value};

use super::audience::AUD;
use super::claims::Claims;
use super::header::Header;
use super::issuer_name::IssuerName;
use super::string_or_uri::{self, NotStringOrUri};
use super::tenants::Template;
use super::{Algorithm, Audience, ListClaim, SubjectClaim, Tenants, TokenLimits, list_claim, reason, subject};
use crate::authn::Rejection;
use crate::tls;

/// The issuer of tokens, and the form of its tokens.
///
/// Defaults are those of RFC 9068. [`providers`](super::providers) has the settings of well-known issuers.
#[derive(Clone, Debug)]
pub struct Issuer {
    text: String,
    name: IssuerName,
    token_type: TokenType,
    algorithms: Vec<Algorithm>,
    audience_claim: String,
    required_claims: Vec<RequiredClaim>,
    subject: Vec<SubjectClaim>,
    roles: Vec<ListClaim>,
    scopes: Vec<ListClaim>,
    mistakes: Vec<Mistake>,
}

/// A claim that must have one of these values.
#[derive(Clone, Debug)]
struct RequiredClaim {
    claim: String,
    values: Vec<String>,
    refusal: Rejection,
}

/// Another issuer whose tokens are presented here by mistake, and what the log says then.
#[derive(Clone, Debug)]
struct Mistake {
    text: String,
    name: IssuerName,
    refusal: Rejection,
}

/// The `typ` of an issuer's tokens.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum TokenType {
    /// `at+jwt` only (RFC 9068, section 2.1), so that an ID token is never taken for an access token.
    #[default]
    AccessToken,
    /// Also `JWT`, or no `typ` at all, for an issuer that does not follow RFC 9068.
    ///
    /// Risk: only the audience and [`Issuer::require_claim`] then tell its access tokens from its other tokens.
    Jwt,
}

impl Issuer {
    /// An issuer whose tokens have this name in `iss`, byte for byte (RFC 7519, section 4.1.1). It is usually an https
    /// URL.
    ///
    /// # Errors
    ///
    /// The name is not a StringOrURI.
    pub fn new(name: impl Into<String>) -> Result<Self, NotStringOrUri> {
        string_or_uri::parse(name.into()).map(|text| Self::named(text, IssuerName::Exact))
    }

    /// An issuer with one name for each tenant. `template` is the name with `{tenant}` in it, once, such as
    /// `https://login.example.com/{tenant}/v2.0`.
    ///
    /// The issuer of a caller is the whole name in its token, so the same subject of two tenants is two callers. All
    /// tenants share the [`KeySet`](super::KeySet).
    ///
    /// Risk: each accepted tenant may give every role and subject. Accept only tenants that are yours or your customers'.
    ///
    /// ```
    /// use secure_runtime::authn::jwt::{Issuer, Tenants};
    ///
    /// # fn main() -> Result<(), secure_runtime::authn::jwt::NotStringOrUri> {
    /// let customers = Tenants::listed(["acme", "globex"]).also_in("tid");
    /// let issuer = Issuer::for_tenants("https://login.example.com/{tenant}/v2.0", customers)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// The template is not a StringOrURI with one `{tenant}` after its start, or a listed tenant is not one.
    pub fn for_tenants(template: impl Into<String>, tenants: Tenants) -> Result<Self, NotStringOrUri> {
        let text = string_or_uri::parse(template.into())?;
        let template = Template::parse(&text, tenants)?;
        Ok(Self::named(text, IssuerName::Template(template)))
    }

    /// The issuer of a SPIFFE trust domain: its tokens name it in `sub`, and not in `iss`.
    pub(super) fn of_trust_domain(name: &str) -> Result<Self, NotStringOrUri> {
        match tls::is_trust_domain(name) {
            true => Ok(Self::named(format!("{}{name}", tls::SPIFFE_SCHEME), IssuerName::TrustDomain)),
            false => Err(NotStringOrUri::NoTrustDomain),
        }
    }

    fn named(text: String, name: IssuerName) -> Self {
        Self {
            text,
            name,
            token_type: TokenType::default(),
            algorithms: Algorithm::DEFAULT.to_vec(),
            audience_claim: AUD.into(),
            required_claims: Vec::new(),
            subject: vec![SubjectClaim::new(["sub"])],
            roles: vec![ListClaim::array(["roles"])],
            scopes: vec![ListClaim::words(["scope"])],
            mistakes: Vec::new(),
        }
    }

    /// The `typ` of its tokens. Default: [`TokenType::AccessToken`].
    pub fn token_type(self, token_type: TokenType) -> Self {
        Self { token_type, ..self }
    }

    /// The algorithms that it signs with. Default: [`Algorithm::DEFAULT`]. An empty list refuses every token.
    ///
    /// The order matters for RSA keys whose JWK has no `alg`: they are for the first RSA algorithm of the list.
    pub fn algorithms(self, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        Self { algorithms: algorithms.into_iter().collect(), ..self }
    }

    /// The claims that list the caller's roles, all together. Default: `roles`, an array of strings.
    pub fn roles_from(self, claims: impl IntoIterator<Item = ListClaim>) -> Self {
        Self { roles: claims.into_iter().collect(), ..self }
    }

    /// The claims that list the token's scopes, all together. Default: `scope`, words with a space between any two (RFC
    /// 9068, section 2.2.3).
    ///
    /// Only the claims that are named here and in [`roles_from`](Self::roles_from) must have a certain form. For an
    /// issuer whose `scope` is an array: `ListClaim::array(["scope"])`.
    pub fn scopes_from(self, claims: impl IntoIterator<Item = ListClaim>) -> Self {
        Self { scopes: claims.into_iter().collect(), ..self }
    }

    /// The claim that names the caller. Default: `sub`. Of several, the first that is in the token counts.
    ///
    /// Risk: see [`SubjectClaim::prefix`].
    pub fn subject_from(self, claims: impl IntoIterator<Item = SubjectClaim>) -> Self {
        Self { subject: claims.into_iter().collect(), ..self }
    }

    /// The claim that holds the audience. Default: `aud`. It has the form of `aud`. If the token has `aud` too, the same
    /// name must be in both (RFC 7519, section 4.1.3).
    pub fn audience_in(self, claim: impl Into<String>) -> Self {
        Self { audience_claim: claim.into(), ..self }
    }

    /// Refuses tokens in which `claim` is not one of these strings, in addition to earlier demands.
    ///
    /// It tells access tokens of an issuer from its other tokens if their `typ` does not.
    pub fn require_claim(self, claim: impl Into<String>, values: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.require_claim_or(reason::REQUIRED_CLAIM, claim, values)
    }

    /// The same, with what the log says of a refused token.
    pub(super) fn require_claim_or(
        mut self,
        refusal: Rejection,
        claim: impl Into<String>,
        values: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        let values = values.into_iter().map(Into::into).collect();
        self.required_claims.push(RequiredClaim { claim: claim.into(), values, refusal });
        self
    }

    /// Refuses tokens of `other` with a reason of its own. They are refused anyway.
    pub(super) fn mistaken_for(mut self, other: Self, refusal: Rejection) -> Self {
        self.mistakes.push(Mistake { text: other.text, name: other.name, refusal });
        self
    }

    /// The name, as it is compared, or the template of the names.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the name is one text, and not one for each tenant.
    #[cfg(any(feature = "introspection", feature = "jwks-https"))]
    pub(super) fn has_one_name(&self) -> bool {
        !matches!(self.name, IssuerName::Template(_))
    }

    /// Names this issuer in an answer of its own endpoint that has no `iss`, if it has one name only.
    #[cfg(feature = "introspection")]
    pub(in crate::authn) fn name_if_missing(&self, members: &mut Map<String, Value>) {
        if self.has_one_name() && members.get("iss").is_none_or(Value::is_null) {
            members.insert("iss".into(), self.text.clone().into());
        }
    }

    /// Whether claims name no audience at all.
    #[cfg(feature = "introspection")]
    pub(in crate::authn) fn has_no_audience(&self, claims: &Claims) -> bool {
        claims.get(&self.audience_claim).is_none() && claims.get(AUD).is_none()
    }

    /// The issuer that claims name, if it is this one. The claims may be unverified.
    pub(in crate::authn) fn named_by<'a>(&'a self, claims: &'a Claims) -> Option<&'a str> {
        self.name.of(&self.text, claims)
    }

    /// Why a token of another issuer is refused, if it is one that is often mistaken for this one.
    pub(super) fn mistake(&self, claims: &Claims) -> Option<Rejection> {
        self.mistakes.iter().find(|it| it.name.of(&it.text, claims).is_some()).map(|it| it.refusal)
    }

    /// Whether a token can name both issuers.
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        match (&self.name, &other.name) {
            (IssuerName::Template(one), IssuerName::Template(other)) => one.overlaps(other),
            (IssuerName::Template(template), _) => template.fits(&other.text),
            (_, IssuerName::Template(template)) => template.fits(&self.text),
            _ => self.text == other.text,
        }
    }

    /// RFC 7519, section 4.1.3.
    pub(super) fn check_audience(&self, claims: &Claims, audience: &Audience) -> Result<(), Rejection> {
        match audience.is_named_by(claims, &self.audience_claim) {
            true => Ok(()),
            false => Err(reason::AUDIENCE),
        }
    }

    pub(super) fn check_required_claims(&self, claims: &Claims) -> Result<(), Rejection> {
        let has_value =
            |it: &RequiredClaim| claims.text(&it.claim).is_some_and(|text| it.values.iter().any(|value| value == text));
        match self.required_claims.iter().find(|it| !has_value(it)) {
            None => Ok(()),
            Some(missing) => Err(missing.refusal),
        }
    }

    pub(super) fn signs_with(&self) -> impl Iterator<Item = Algorithm> {
        self.algorithms.iter().copied()
    }

    pub(super) fn subject(&self, claims: &Claims) -> Result<String, Rejection> {
        subject::read(&self.subject, claims)
    }

    pub(super) fn roles<'a>(&'a self, claims: &'a Claims, limits: &TokenLimits) -> Result<Vec<&'a str>, Rejection> {
        list_claim::read(&self.roles, claims, limits.max_list_entries, reason::ROLES)
    }

    pub(super) fn scopes<'a>(&'a self, claims: &'a Claims, limits: &TokenLimits) -> Result<Vec<&'a str>, Rejection> {
        list_claim::read(&self.scopes, claims, limits.max_list_entries, reason::SCOPES)
    }

    /// The algorithm of a header, if it is the header of an access token of this issuer.
    pub(super) fn algorithm(&self, header: &Header) -> Result<Algorithm, Rejection> {
        if !self.accepts_type(header.typ()) {
            return Err(reason::TYPE);
        }
        let algorithm = header.alg().and_then(Algorithm::named);
        algorithm.filter(|algorithm| self.algorithms.contains(algorithm)).ok_or(reason::ALGORITHM)
    }

    fn accepts_type(&self, typ: Option<&str>) -> bool {
        match self.token_type {
            TokenType::AccessToken => typ.is_some_and(is_access_token),
            TokenType::Jwt => typ.is_none_or(|typ| typ.eq_ignore_ascii_case("JWT") || is_access_token(typ)),
        }
    }
}

impl fmt::Display for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// RFC 9068, section 4. Media types have no case (RFC 6838, section 4.2).
fn is_access_token(typ: &str) -> bool {
    ["at+jwt", "application/at+jwt"].iter().any(|it| it.eq_ignore_ascii_case(typ))
}
