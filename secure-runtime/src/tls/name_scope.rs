//! The names of clients for which a set of roots is accepted.

use super::peer::Leaf;
use super::{DnsName, PeerName, PeerNameError, is_trust_domain};

/// The names for which a set of roots is accepted. Default: all DNS names, and no SPIFFE ID.
#[derive(Clone, Debug, Default)]
pub(super) struct NameScope {
    trust_domains: Vec<String>,
    dns: DnsScope,
}

#[derive(Clone, Debug, Default)]
enum DnsScope {
    Any,
    Suffixes(Vec<DnsName>),
    /// All names, unless names of another kind are listed.
    #[default]
    Unstated,
}

impl NameScope {
    pub(super) fn add_trust_domain(&mut self, name: &str) -> Result<(), PeerNameError> {
        if !is_trust_domain(name) {
            return Err(PeerNameError::TrustDomain);
        }
        self.trust_domains.push(name.to_owned());
        Ok(())
    }

    pub(super) fn add_dns_suffix(&mut self, suffix: &str) -> Result<(), PeerNameError> {
        let suffix = suffix.parse()?;
        match &mut self.dns {
            DnsScope::Any => {}
            DnsScope::Suffixes(suffixes) => suffixes.push(suffix),
            DnsScope::Unstated => self.dns = DnsScope::Suffixes(vec![suffix]),
        }
        Ok(())
    }

    pub(super) fn add_any_dns_name(&mut self) {
        self.dns = DnsScope::Any;
    }

    /// Whether all names of the leaf may come from these roots.
    ///
    /// A leaf whose names count for nobody passes. One with no alternative names may have a common name, which nothing
    /// limits, so it passes only if nothing is stated.
    pub(super) fn permits(&self, leaf: &Leaf) -> bool {
        match &leaf.names {
            Ok(names) => names.all().iter().all(|name| self.permits_name(name)),
            Err(_) => leaf.may_have_names() || self.is_unstated(),
        }
    }

    fn permits_name(&self, name: &PeerName) -> bool {
        match name {
            PeerName::CommonName(_) => self.is_unstated(),
            PeerName::Dns(name) => self.permits_dns(name.as_str()),
            PeerName::Spiffe(id) => self.trust_domains.iter().any(|domain| domain == id.trust_domain()),
        }
    }

    fn permits_dns(&self, name: &str) -> bool {
        match &self.dns {
            DnsScope::Any => true,
            DnsScope::Suffixes(suffixes) => suffixes.iter().any(|suffix| is_below(name, suffix.as_str())),
            DnsScope::Unstated => self.is_unstated(),
        }
    }

    fn is_unstated(&self) -> bool {
        matches!(self.dns, DnsScope::Unstated) && self.trust_domains.is_empty()
    }
}

/// Whether a name is the suffix, or has whole labels before it.
fn is_below(name: &str, suffix: &str) -> bool {
    name.strip_suffix(suffix).is_some_and(|before| before.is_empty() || before.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf(names: &[&str]) -> Leaf {
        Leaf::with_names(names.iter().map(|name| name.parse().unwrap()))
    }

    #[track_caller]
    fn check(scope: &NameScope, permitted: &[&[&str]], refused: &[&[&str]]) {
        for names in permitted {
            assert!(scope.permits(&leaf(names)), "{names:?}");
        }
        for names in refused {
            assert!(!scope.permits(&leaf(names)), "{names:?}");
        }
    }

    #[test]
    fn roots_without_a_scope_are_accepted_for_dns_names_only() {
        let permitted: &[&[&str]] = &[&["a.example"], &["a.example", "b.internal"], &[]];
        check(&NameScope::default(), permitted, &[&["spiffe://example.org/a"]]);
    }

    #[test]
    fn roots_of_a_trust_domain_are_accepted_for_it_only() {
        let mut scope = NameScope::default();
        scope.add_trust_domain("example.org").unwrap();
        let refused: &[&[&str]] = &[
            &["spiffe://example.com/a"],
            &["spiffe://a.example.org/a"],
            &["spiffe://example.org.evil/a"],
            &["a.example.org"],
            &[],
        ];
        check(&scope, &[&["spiffe://example.org/a"]], refused);
        scope.add_any_dns_name();
        check(&scope, &[&["spiffe://example.org/a"], &["a.example"]], &[&["spiffe://example.com/a"], &[]]);
    }

    #[test]
    fn roots_of_a_dns_suffix_are_accepted_for_whole_labels_below_it() {
        let mut scope = NameScope::default();
        scope.add_dns_suffix("shop.internal").unwrap();
        let permitted: &[&[&str]] = &[&["shop.internal"], &["a.shop.internal", "b.c.shop.internal"]];
        let refused: &[&[&str]] = &[
            &["evilshop.internal"],
            &["shop.internal.evil"],
            &["internal"],
            &["a.shop.internal", "a.example"],
            &["spiffe://shop.internal/a"],
            &[],
        ];
        check(&scope, permitted, refused);
        scope.add_dns_suffix("example").unwrap();
        check(&scope, &[&["a.shop.internal", "a.example"]], &[&["internal"]]);
    }

    #[test]
    fn malformed_scope_is_refused() {
        for name in ["", "*.shop.internal", ".shop.internal", "Shop.internal", "shop.internal."] {
            assert_eq!(NameScope::default().add_dns_suffix(name), Err(PeerNameError::Dns), "{name}");
        }
        for name in ["", "spiffe://example.org", "Example.org", "example.org/"] {
            assert_eq!(NameScope::default().add_trust_domain(name), Err(PeerNameError::TrustDomain), "{name}");
        }
    }
}
