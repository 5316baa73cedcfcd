//! The rules, as generated tables hold them.

use crate::credential::Credential;
use crate::principal::Principal;

/// Who may call a method, and with what. Everything that narrows it must hold, too.
///
/// ```
/// use secure_runtime::authz::{Credential, Rule};
///
/// const CLERKS: Rule = Rule::any_role(&["clerk", "admin"]).scopes(&["orders:read"]);
/// const MESH: Rule = Rule::authenticated().peers(&["spiffe://example.org/ns/shop/**"]);
/// const BOTH: Rule = Rule::authenticated().credentials(&[Credential::Jwt, Credential::Mtls]);
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Rule {
    pub(super) access: Access,
    pub(super) scopes: &'static [&'static str],
    pub(super) credentials: &'static [Credential],
    pub(super) peers: &'static [&'static str],
    is_bound: bool,
}

/// Who may call a method.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Access {
    /// A caller that holds at least one of these roles; an empty list admits nobody.
    AnyRole(&'static [&'static str]),
    /// Any caller with a proven identity.
    Authenticated,
    /// Nobody.
    Denied,
    /// Anyone.
    Public,
}

impl Rule {
    /// A caller that holds at least one of these roles; an empty list admits nobody.
    pub const fn any_role(roles: &'static [&'static str]) -> Self {
        Self::of(Access::AnyRole(roles))
    }

    /// Any caller with a proven identity.
    pub const fn authenticated() -> Self {
        Self::of(Access::Authenticated)
    }

    /// Nobody, whatever is presented.
    pub const fn denied() -> Self {
        Self::of(Access::Denied)
    }

    /// Anyone, with or without a credential.
    pub const fn public() -> Self {
        Self::of(Access::Public)
    }

    const fn of(access: Access) -> Self {
        Self { access, scopes: &[], credentials: &[], peers: &[], is_bound: false }
    }

    /// Also demands all of these scopes (RFC 6749, section 3.3), compared byte for byte.
    #[must_use]
    pub const fn scopes(self, scopes: &'static [&'static str]) -> Self {
        Self { scopes, ..self }
    }

    /// Also demands all of these credentials in one call.
    #[must_use]
    pub const fn credentials(self, credentials: &'static [Credential]) -> Self {
        Self { credentials, ..self }
    }

    /// Also demands a client certificate that names one of these peers: SPIFFE IDs and DNS names as they are, and
    /// `spiffe://.../**` for every ID with at least one more segment after that path.
    #[must_use]
    pub const fn peers(self, peers: &'static [&'static str]) -> Self {
        Self { peers, ..self }
    }

    /// Also demands what generated code says of the method's requests. For rules written by hand there is no such code:
    /// they admit nobody then.
    #[must_use]
    pub const fn bound_to_request(self) -> Self {
        Self { is_bound: true, ..self }
    }

    /// Who may call, whatever narrows it.
    pub const fn access(&self) -> Access {
        self.access
    }

    /// The scopes that narrow it, all of them.
    pub const fn required_scopes(&self) -> &'static [&'static str] {
        self.scopes
    }

    /// The credentials that narrow it, all of them.
    pub const fn required_credentials(&self) -> &'static [Credential] {
        self.credentials
    }

    /// The peers that narrow it, any of them.
    pub const fn allowed_peers(&self) -> &'static [&'static str] {
        self.peers
    }

    /// True if a decision also needs the request.
    pub const fn is_bound_to_request(&self) -> bool {
        self.is_bound
    }

    /// True if a credential makes a difference.
    pub(crate) const fn asks_for_credentials(&self) -> bool {
        !matches!(self.access, Access::Denied | Access::Public)
    }

    pub(super) const fn is_narrowed(&self) -> bool {
        !(self.scopes.is_empty() && self.credentials.is_empty() && self.peers.is_empty()) || self.is_bound
    }

    /// Whether a certificate is demanded; peers are named by nothing else.
    pub(super) fn demands_certificate(&self) -> bool {
        !self.peers.is_empty() || self.credentials.contains(&Credential::Mtls)
    }

    /// Whether a principal was proven by what is demanded.
    pub(super) fn takes_proof_of(&self, principal: &Principal) -> bool {
        !self.credentials.contains(&Credential::Jwt) || principal.is_proven_by(Credential::Jwt)
    }

    /// Whether a certificate with this name is that of one of the peers.
    pub(super) fn takes_peer(&self, name: Option<&str>) -> bool {
        self.peers.is_empty() || name.is_some_and(|name| self.peers.iter().any(|peer| is_peer(name, peer)))
    }
}

/// `**` stands for one segment or more; the slash before it ends the path that must be equal.
fn is_peer(name: &str, peer: &str) -> bool {
    match peer.strip_suffix("**") {
        Some(path) if path.len() > "spiffe://".len() && path.starts_with("spiffe://") && path.ends_with('/') => {
            name.strip_prefix(path).is_some_and(|rest| !rest.is_empty())
        }
        _ => name == peer,
    }
}

#[cfg(test)]
mod tests {
    use super::is_peer;

    #[test]
    fn a_peer_is_what_it_shows_and_nothing_else() {
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
