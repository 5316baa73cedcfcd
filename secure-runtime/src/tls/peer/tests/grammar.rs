//! A text that is taken is printed back as it came, and is what its standard says.

use proptest::prelude::*;

use crate::tls::{CommonName, DnsName, PeerName, PeerNameError, SpiffeId};

proptest! {
    #[test]
    fn spiffe_id_follows_its_standard(text in "(spiffe|SPIFFE|https)://[a-zA-Z0-9._:@-]{0,8}(/[a-zA-Z0-9._%~-]{0,3}){0,4}[?#]?") {
        let Ok(id) = text.parse::<SpiffeId>() else { return Ok(()) };
        prop_assert_eq!(id.to_string(), &*text);
        prop_assert_eq!(format!("spiffe://{}{}", id.trust_domain(), id.path()), text);
        prop_assert!(!id.trust_domain().is_empty() && id.trust_domain().chars().all(|it| "abcdefghijklmnopqrstuvwxyz0123456789._-".contains(it)));
        prop_assert!(id.path().starts_with('/') && !id.path().ends_with('/') && !id.path().contains("//"));
        prop_assert!(id.path().split('/').all(|segment| segment != "." && segment != ".."));
        prop_assert!(!id.path().contains(['%', '?', '#', '~', '@', ':']));
    }

    #[test]
    fn every_valid_spiffe_id_is_accepted(domain in "[a-z0-9._-]{1,20}", path in "(/[a-zA-Z0-9_-][a-zA-Z0-9._-]{0,5}){1,5}") {
        let id: SpiffeId = format!("spiffe://{domain}{path}").parse().unwrap();
        prop_assert_eq!((id.trust_domain(), id.path()), (&*domain, &*path));
    }

    #[test]
    fn dns_name_follows_its_standard(text in "[a-zA-Z0-9.*_-]{0,12}") {
        let Ok(name) = text.parse::<DnsName>() else { return Ok(()) };
        prop_assert_eq!(name.to_string(), &*text);
        prop_assert!(text.split('.').all(|label| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-')));
        prop_assert!(text.chars().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || "-.".contains(it)));
        prop_assert!(text.parse::<std::net::IpAddr>().is_err());
    }

    #[test]
    fn every_valid_dns_name_is_accepted(text in "([a-z0-9]([a-z0-9-]{0,5}[a-z0-9])?[.]){0,4}[a-z][a-z0-9]{0,5}") {
        prop_assert_eq!(text.parse::<DnsName>().unwrap().to_string(), text);
    }

    #[test]
    fn random_name_is_accepted_unchanged_or_refused(text in any::<String>()) {
        prop_assert!(text.parse::<PeerName>().is_ok_and(|name| name.as_str() == text) || text.parse::<PeerName>().is_err());
        prop_assert!(text.parse::<CommonName>().is_ok_and(|name| name.as_str() == text) || text.parse::<CommonName>().is_err());
    }
}

#[test]
fn name_that_is_too_long_is_refused() {
    let spiffe = |bytes: usize| format!("spiffe://a/{}", "b".repeat(bytes - 11)).parse::<SpiffeId>();
    assert!(spiffe(2_048).is_ok());
    assert_eq!(spiffe(2_049), Err(PeerNameError::Spiffe));
    let domain = |bytes: usize| format!("spiffe://{}/b", "a".repeat(bytes)).parse::<SpiffeId>();
    assert!(domain(255).is_ok());
    assert_eq!(domain(256), Err(PeerNameError::Spiffe));
    let dns = |bytes: usize| format!("{}{}", "a.".repeat(60), "b".repeat(bytes - 120)).parse::<DnsName>();
    assert!(dns(120 + 63).is_ok());
    assert_eq!(dns(120 + 64), Err(PeerNameError::Dns));
    assert!(format!("{}b", "a.".repeat(126)).parse::<DnsName>().is_ok());
    assert_eq!(format!("{}bb", "a.".repeat(126)).parse::<DnsName>(), Err(PeerNameError::Dns));
    assert!("a".repeat(64).parse::<CommonName>().is_ok());
    assert_eq!("a".repeat(65).parse::<CommonName>(), Err(PeerNameError::CommonName));
    assert_eq!("".parse::<CommonName>(), Err(PeerNameError::CommonName));
    assert_eq!(" a".parse::<CommonName>(), Err(PeerNameError::CommonName));
}
