//! Which proxies may say who their clients are.

use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Arc;

/// The addresses of proxies that may say who their clients are, for
/// [`Listener::behind_proxies`](crate::server::Listener::behind_proxies).
///
/// ```
/// # use secure_runtime::server::TrustedProxies;
/// let proxies = TrustedProxies::new(["10.1.0.0/16", "2001:db8::/64", "192.0.2.7"])?;
/// # Ok::<_, secure_runtime::server::NetworkError>(())
/// ```
#[derive(Clone, Debug)]
pub struct TrustedProxies(Arc<[Network]>);

/// The text is no network: an address, `/` and the length of its prefix.
#[derive(Clone, Debug, thiserror::Error)]
#[error(
    "`{text}` is not a network: write an address, or an address and the length of its prefix, such as `10.1.0.0/16`"
)]
#[non_exhaustive]
pub struct NetworkError {
    /// The text.
    pub text: String,
}

impl TrustedProxies {
    /// The proxies of these networks.
    ///
    /// # Errors
    ///
    /// Fails if one is neither an address nor a network such as `10.1.0.0/16`, or has bits beside its prefix.
    pub fn new<T: AsRef<str>>(networks: impl IntoIterator<Item = T>) -> Result<Self, NetworkError> {
        networks.into_iter().map(|network| network.as_ref().parse()).collect::<Result<_, _>>().map(Self)
    }

    pub(super) fn contains(&self, address: IpAddr) -> bool {
        let address = Network::bits(address);
        self.0.iter().any(|network| (network.bits ^ address) & network.mask == 0)
    }
}

/// A network of IPv6, or of IPv4 as a part of it (RFC 4291, section 2.5.5.2).
#[derive(Clone, Copy, Debug)]
struct Network {
    bits: u128,
    mask: u128,
}

impl Network {
    fn bits(address: IpAddr) -> u128 {
        match address {
            IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
            IpAddr::V6(address) => address.to_bits(),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let (total, before) = if address.is_ipv4() { (32, 96) } else { (128, 0) };
        let digits = |length: &&str| length.bytes().all(|byte| byte.is_ascii_digit());
        let length = match length {
            Some(length) => Some(length).filter(digits)?.parse().ok().filter(|length| *length <= total)?,
            None => total,
        };
        let mask = u128::MAX.checked_shl(128 - before - length).unwrap_or_default();
        let bits = Self::bits(address);
        (bits & !mask == 0).then_some(Self { bits, mask })
    }
}

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, NetworkError> {
        Self::parse(text).ok_or_else(|| NetworkError { text: text.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn address_is_trusted_if_it_is_in_a_network() {
        let proxies = TrustedProxies::new(["10.1.0.0/16", "192.0.2.7", "2001:db8::/64"]).unwrap();
        for (address, expected) in [
            ("10.1.255.3", true),
            ("::ffff:10.1.0.9", true),
            ("10.2.0.1", false),
            ("192.0.2.7", true),
            ("192.0.2.6", false),
            ("2001:db8::1", true),
            ("2001:db8:0:1::1", false),
            ("::10.1.0.9", false),
        ] {
            assert_eq!(proxies.contains(address.parse().unwrap()), expected, "{address}");
        }
        assert!(TrustedProxies::new(["0.0.0.0/0"]).unwrap().contains("203.0.113.1".parse().unwrap()));
        assert!(!TrustedProxies::new(["0.0.0.0/0"]).unwrap().contains("2001:db8::1".parse().unwrap()));
        assert!(TrustedProxies::new(["::/0"]).unwrap().contains("2001:db8::1".parse().unwrap()));
    }

    #[test]
    fn malformed_network_is_refused() {
        for text in [
            "",
            "proxy",
            "10.0.0.0/33",
            "10.0.0.1/8",
            "2001:db8::1/64",
            "10.0.0.0/",
            "10.0.0.0/-1",
            "10.0.0.0/+8",
            "10.0.0.0/8/8",
        ] {
            let error = TrustedProxies::new([text]).unwrap_err();
            assert_eq!(error.text, text);
        }
    }
}
