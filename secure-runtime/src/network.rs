//! The network of an address.

use std::net::IpAddr;

/// The part of an address that a client cannot choose. An IPv6 client can choose the last 64 bits.
///
/// A translator (NAT64, SIIT) puts the whole address of an IPv4 client behind one prefix (RFC 6052, section 2.1).
pub(crate) fn network(address: IpAddr) -> u64 {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_bits().into(),
        IpAddr::V6(address) if address.to_bits() >> 32 == NAT64 => u64::from(address.to_bits() as u32),
        IpAddr::V6(address) => (address.to_bits() >> 64) as u64,
    }
}

/// The first 96 bits of `64:ff9b::/96`, which only translators use.
const NAT64: u128 = 0x0064_ff9b << 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn network_is_the_address_or_its_64_bit_prefix() {
        let of = |text: &str| network(text.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:0:0:2"));
        assert_ne!(of("2001:db8:0:1::1"), of("2001:db8::1"));
        assert_eq!(of("::ffff:10.0.0.1"), of("10.0.0.1"));
        assert_ne!(of("10.0.0.1"), of("10.0.0.2"));
    }

    #[test]
    fn ipv4_client_behind_a_translator_is_an_address_of_its_own() {
        let of = |text: &str| network(text.parse().unwrap());
        assert_eq!(of("64:ff9b::198.51.100.1"), of("198.51.100.1"));
        assert_ne!(of("64:ff9b::198.51.100.1"), of("64:ff9b::198.51.100.2"));
        assert_eq!(of("64:ff9b:1::198.51.100.1"), of("64:ff9b:1::198.51.100.2"), "another prefix");
        assert_eq!(of("64:ff9b::1:0:1"), of("64:ff9b::1:0:2"), "not of the prefix of 96 bits");
    }
}
