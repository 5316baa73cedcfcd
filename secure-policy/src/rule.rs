//! Rules as plain data.

use crate::{Actor, Credential};

/// Who may call a method, and under which conditions. All conditions are enforced together.
///
/// ```
/// use secure_policy::{Credential, Rule};
///
/// const CLERKS: Rule<'static> = Rule::any_role(&["clerk", "admin"]).scopes(&["orders:read"]);
/// const MESH: Rule<'static> = Rule::authenticated().peers(&["spiffe://example.org/ns/shop/**"]);
/// const BOTH: Rule<'static> = Rule::authenticated().credentials(&[Credential::Jwt, Credential::Mtls]);
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Rule<'a> {
    access: Access<'a>,
    scopes: &'a [&'a str],
    credentials: &'a [Credential],
    peers: &'a [&'a str],
    actors: Option<&'a [&'a str]>,
    has_request_conditions: bool,
}

/// Who may call a method, before its other conditions.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Access<'a> {
    /// Anyone. Credentials are not read, so even an invalid one is not refused.
    Anonymous,
    /// A caller that holds at least one of these roles. An empty list admits nobody.
    AnyRole(&'a [&'a str]),
    /// Any authenticated caller.
    Authenticated,
    /// Nobody.
    Denied,
    /// Anyone, with or without a credential. An invalid credential is refused. So is a delegated token, unless the rule
    /// allows delegation.
    Public,
}

impl<'a> Rule<'a> {
    /// A caller that holds at least one of these roles. An empty list admits nobody.
    pub const fn any_role(roles: &'a [&'a str]) -> Self {
        Self::of(Access::AnyRole(roles))
    }

    /// Any authenticated caller.
    pub const fn authenticated() -> Self {
        Self::of(Access::Authenticated)
    }

    /// Nobody, whatever is presented.
    pub const fn denied() -> Self {
        Self::of(Access::Denied)
    }

    /// Anyone. Credentials are not read, so even an expired or malformed one is not refused.
    pub const fn anonymous() -> Self {
        Self::of(Access::Anonymous)
    }

    /// Anyone, with or without a credential. An invalid credential is refused. So is a delegated token, unless the rule
    /// allows delegation.
    pub const fn public() -> Self {
        Self::of(Access::Public)
    }

    const fn of(access: Access<'a>) -> Self {
        Self { access, scopes: &[], credentials: &[], peers: &[], actors: None, has_request_conditions: false }
    }

    /// Also demands all of these scopes (RFC 6749, section 3.3), compared byte for byte. Replaces earlier scopes.
    #[must_use]
    pub const fn scopes(self, scopes: &'a [&'a str]) -> Self {
        Self { scopes, ..self }
    }

    /// Also demands all of these credentials in one call. Replaces earlier credentials.
    #[must_use]
    pub const fn credentials(self, credentials: &'a [Credential]) -> Self {
        Self { credentials, ..self }
    }

    /// Also demands a client certificate that has one of these peers among its names: SPIFFE IDs and DNS names as they are, and
    /// `spiffe://.../**` for every ID with at least one more segment after that path. Replaces earlier peers.
    #[must_use]
    pub const fn peers(self, peers: &'a [&'a str]) -> Self {
        Self { peers, ..self }
    }

    /// Also admits delegated tokens: those with an actor, who acts for their subject (`act`, RFC 8693, section 4.1). The
    /// actor must be one of `actors`, if there are any: `ISSUER#SUBJECT` as it is, and `ISSUER#spiffe://.../**` for every
    /// SPIFFE ID with at least one more segment after that path. Without this, delegated tokens are refused.
    /// Replaces earlier actors.
    #[must_use]
    pub const fn allow_delegation(self, actors: &'a [&'a str]) -> Self {
        Self { actors: Some(actors), ..self }
    }

    /// Also demands that each request satisfies the request conditions of the method: [`FieldCondition`]s that only generated
    /// code has. A rule that is written by hand has none, so it admits nobody after this call.
    #[must_use]
    pub const fn with_request_conditions(self) -> Self {
        Self { has_request_conditions: true, ..self }
    }

    /// Who may call, before the other conditions.
    pub const fn access(&self) -> Access<'a> {
        self.access
    }

    /// The scopes, of which a call needs all.
    pub const fn required_scopes(&self) -> &'a [&'a str] {
        self.scopes
    }

    /// The credentials, of which a call needs all.
    pub const fn required_credentials(&self) -> &'a [Credential] {
        self.credentials
    }

    /// The peers, of which a client certificate must name one.
    pub const fn allowed_peers(&self) -> &'a [&'a str] {
        self.peers
    }

    /// The actors of which a delegated token must have one. `None` if delegated tokens are refused. An empty list
    /// allows any actor.
    pub const fn allowed_actors(&self) -> Option<&'a [&'a str]> {
        self.actors
    }

    /// True if it has request conditions: the decision also needs the request.
    pub const fn has_request_conditions(&self) -> bool {
        self.has_request_conditions
    }

    /// True if a client should send its credential: the method is neither public nor denied.
    pub const fn asks_for_credentials(&self) -> bool {
        !matches!(self.access, Access::Anonymous | Access::Denied | Access::Public)
    }

    /// True if there is a condition beside the access.
    pub(crate) const fn has_conditions(&self) -> bool {
        !(self.scopes.is_empty() && self.credentials.is_empty() && self.peers.is_empty()) || self.has_request_conditions
    }

    /// True if a client certificate is demanded. Nothing else names a peer.
    pub fn demands_certificate(&self) -> bool {
        !self.peers.is_empty() || self.credentials.contains(&Credential::Mtls)
    }

    /// True if a client certificate with this name is that of one of the peers.
    pub fn is_peer(&self, name: &str) -> bool {
        self.peers.iter().any(|peer| is_peer(name, peer))
    }
}

/// True if an actor is the one of a rule, or one of those.
pub(crate) fn is_actor(actor: Actor<'_>, allowed: &str) -> bool {
    allowed.split_once('#').is_some_and(|(issuer, subject)| issuer == actor.issuer && is_peer(actor.subject, subject))
}

/// `**` is one segment or more. The slash before it ends the path that must be equal.
fn is_peer(name: &str, peer: &str) -> bool {
    match peer.strip_suffix("**") {
        Some(path) if path.len() > "spiffe://".len() && path.starts_with("spiffe://") && path.ends_with('/') => {
            name.strip_prefix(path).is_some_and(|rest| !rest.is_empty())
        }
        _ => name == peer,
    }
}

/// A request condition: a field of the request must equal the caller's subject or a claim.
///
/// Text is compared byte for byte, and integers by their decimal form. There are no wildcards.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct FieldCondition<'a> {
    fact: CallerFact<'a>,
    exempt: &'a [&'a str],
}

/// The fact about the caller that a field must equal.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum CallerFact<'a> {
    /// The subject: the field names an owner.
    Subject,
    /// The claim with this path: the field names a tenant.
    Tenant(&'a [&'a str]),
}

impl<'a> FieldCondition<'a> {
    /// The field must equal the caller's subject.
    pub const fn owner() -> Self {
        Self { fact: CallerFact::Subject, exempt: &[] }
    }

    /// The field must equal the claim with this path.
    pub const fn tenant(claim: &'a [&'a str]) -> Self {
        Self { fact: CallerFact::Tenant(claim), exempt: &[] }
    }

    /// Admits every value for callers that hold one of these roles. Replaces earlier roles.
    #[must_use]
    pub const fn exempt(self, roles: &'a [&'a str]) -> Self {
        Self { exempt: roles, ..self }
    }

    /// The fact about the caller that the field must equal.
    pub const fn equals(&self) -> CallerFact<'a> {
        self.fact
    }

    /// The roles whose holders may send every value.
    pub const fn exempt_roles(&self) -> &'a [&'a str] {
        self.exempt
    }
}

#[cfg(test)]
mod tests {
    use super::{is_actor, is_peer};
    use crate::Actor;

    #[test]
    fn actor_is_the_same_subject_of_the_same_issuer() {
        let actor = |issuer, subject| Actor { issuer, subject };
        let cart = actor("https://id.example.com", "spiffe://example.org/ns/shop/sa/cart");
        for allowed in [
            "https://id.example.com#spiffe://example.org/ns/shop/sa/cart",
            "https://id.example.com#spiffe://example.org/ns/**",
        ] {
            assert!(is_actor(cart, allowed), "{allowed}");
        }
        for allowed in [
            "https://id.example.org#spiffe://example.org/ns/shop/sa/cart",
            "https://id.example.com/#spiffe://example.org/ns/**",
            "#spiffe://example.org/ns/shop/sa/cart",
            "spiffe://example.org/ns/shop/sa/cart",
            "https://id.example.com#**",
            "https://id.example.com#",
            "https://id.example.com",
            "",
        ] {
            assert!(!is_actor(cart, allowed), "{allowed}");
        }
        assert!(is_actor(actor("https://id.example.com", "a#b"), "https://id.example.com#a#b"));
        assert!(!is_actor(actor("https://id.example.com#a", "b"), "https://id.example.com#a#b"));
    }

    #[test]
    fn peer_is_the_same_name_or_below_the_same_path() {
        let id = "spiffe://example.org/ns/shop/sa/cart";
        for peer in [id, "spiffe://example.org/ns/shop/sa/**", "spiffe://example.org/ns/**", "spiffe://example.org/**"]
        {
            assert!(is_peer(id, peer), "{peer}");
        }
        for peer in [
            "spiffe://example.org/ns/shop/sa/cart/**",
            "spiffe://example.org/ns/shop",
            "spiffe://example.org/ns/sho/**",
            "spiffe://example.org/ns/shop/sa/car**",
            "spiffe://example.com/**",
            "spiffe://example.or/**",
            "spiffe://example.org/ns/shop/sa/Cart",
            "spiffe://**",
            "spiffe:/**",
            "**",
            "*",
            "",
        ] {
            assert!(!is_peer(id, peer), "{peer}");
        }
        assert!(!is_peer("spiffe://example.org/ns/shopping/sa/cart", "spiffe://example.org/ns/shop/**"));
        assert!(!is_peer("spiffe://example.org/ns/shop/", "spiffe://example.org/ns/shop/**"));
        assert!(!is_peer("spiffe://example.org.evil/cart", "spiffe://example.org/**"));
        assert!(is_peer("cart.shop.internal", "cart.shop.internal"));
        assert!(!is_peer("evil-cart.shop.internal", "cart.shop.internal"));
    }
}
