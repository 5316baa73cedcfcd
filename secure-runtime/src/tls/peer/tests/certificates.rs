//! Every form of a certificate, and the name that it has.

use rcgen::{BasicConstraints, CertificateParams, CustomExtension, DnType, IsCa, KeyPair, KeyUsagePurpose};

use crate::tls::peer::leaf::{Leaf, UnreadableCertificate};
use crate::tls::peer::{NamelessReason, PeerName};

const CART: &[u8] = b"spiffe://example.org/ns/shop/sa/cart";

#[test]
fn certificate_with_one_name_gives_it() {
    let rows: &[(&str, &[Name], &str)] = &[
        ("a SPIFFE ID", &[uri(CART)], "spiffe://example.org/ns/shop/sa/cart"),
        ("one character each", &[uri(b"spiffe://a/b")], "spiffe://a/b"),
        ("what a path may hold", &[uri(b"spiffe://a.b_c-1/A.b_c-1/...")], "spiffe://a.b_c-1/A.b_c-1/..."),
        (
            "beside DNS names, even bad ones",
            &[dns(b"a.example"), uri(CART), dns(b"*")],
            "spiffe://example.org/ns/shop/sa/cart",
        ),
        ("a DNS name", &[dns(b"cart.example.org")], "cart.example.org"),
        ("a single label", &[dns(b"cart-1")], "cart-1"),
        ("punycode", &[dns(b"xn--bcher-kva.example")], "xn--bcher-kva.example"),
        (
            "beside names of other kinds",
            &[(0x81, b"a@example.org"), dns(b"a.example"), (0x87, &[127, 0, 0, 1])],
            "a.example",
        ),
    ];
    for (row, names, expected) in rows {
        let leaf = leaf(names);
        assert_eq!(only(&leaf), Ok(*expected), "{row}");
        assert_eq!(leaf.common_name, None, "{row}");
    }
}

#[test]
fn certificate_with_a_uri_that_is_not_a_spiffe_id_is_nameless() {
    let long = [b"spiffe://a/".as_slice(), &[b'b'; 2_038]].concat();
    let domain = [b"spiffe://".as_slice(), &[b'a'; 256], b"/b"].concat();
    let rows: &[&[u8]] = &[
        b"",
        b"https://example.org/cart",
        b"spiffe:",
        b"spiffe://",
        b"spiffe:///cart",
        b"spiffe://example.org",
        b"spiffe://example.org/",
        b"spiffe://example.org/cart/",
        b"spiffe://example.org//cart",
        b"spiffe:/example.org/cart",
        b"SPIFFE://example.org/cart",
        b"spiffe://Example.org/cart",
        b"spiffe://example.org:8080/cart",
        b"spiffe://root@example.org/cart",
        b"spiffe://[::1]/cart",
        b"spiffe://example.org/.",
        b"spiffe://example.org/..",
        b"spiffe://example.org/a/./b",
        b"spiffe://example.org/a/../b",
        b"spiffe://example.org/%63art",
        b"spiffe://ex%61mple.org/cart",
        b"spiffe://example.org/cart?a",
        b"spiffe://example.org/cart#a",
        b"spiffe://example.org/cart\0",
        b"spiffe://example.org\0.evil.example/cart",
        b"spiffe://example.org/ca\nrt",
        b"spiffe://example.org/c\xc3\xa4rt",
        b"spiffe://\xc3\xa4.org/cart",
        b"spiffe://example.org/c\xffrt",
        b" spiffe://example.org/cart",
        b"spiffe://example.org/cart ",
        b"spiffe://example.org/a*",
        &long,
        &domain,
    ];
    for row in rows {
        let name = String::from_utf8_lossy(row);
        assert_eq!(only(&leaf(&[uri(row)])), Err(NamelessReason::NotSpiffeId), "{name}");
        assert_eq!(only(&leaf(&[dns(b"a.example"), uri(row)])), Err(NamelessReason::NotSpiffeId), "{name}");
    }
    // A constructed string, whose content would be a name.
    assert_eq!(only(&leaf(&[(0xa6, CART)])), Err(NamelessReason::NotSpiffeId));
    assert_eq!(only(&leaf(&[uri(CART), uri(b"spiffe://example.org/other")])), Err(NamelessReason::SeveralUris));
    assert_eq!(only(&leaf(&[uri(CART), uri(CART)])), Err(NamelessReason::SeveralUris));
    assert_eq!(only(&leaf(&[uri(CART), uri(b"https://example.org")])), Err(NamelessReason::SeveralUris));
}

#[test]
fn certificate_with_a_dns_name_that_is_not_plain_is_nameless() {
    let label = [b'a'; 64];
    let rows: &[&[u8]] = &[
        b"",
        b".",
        b"*",
        b"*.example.org",
        b"a.*.org",
        b"Cart.example.org",
        b"cart.example.org.",
        b".example.org",
        b"a..example.org",
        b"-a.example",
        b"a-.example",
        b"a_b.example",
        b"a b.example",
        b"a.example\0",
        b"a\0.example",
        b"a.example\n",
        b"b\xc3\xbccher.example",
        b"b\xfccher.example",
        b"10.0.0.1",
        b"a.1",
        b"a.example:443",
        b"[::1]",
        b"user@a.example",
        &label,
    ];
    for row in rows {
        assert_eq!(only(&leaf(&[dns(row)])), Err(NamelessReason::NotDnsName), "{}", String::from_utf8_lossy(row));
    }
    assert_eq!(only(&leaf(&[(0xa2, b"a.example")])), Err(NamelessReason::NotDnsName), "constructed");
    assert_eq!(only(&leaf(&[dns(b"a.example"), dns(b"b.example")])), Err(NamelessReason::SeveralDnsNames));
    assert_eq!(only(&leaf(&[dns(b"a.example"), dns(b"a.example")])), Err(NamelessReason::SeveralDnsNames));
    assert_eq!(only(&leaf(&[dns(b"a.example"), dns(b"*.example")])), Err(NamelessReason::SeveralDnsNames));
    assert_eq!(only(&leaf(&[dns(b"*.a.example"), dns(b"*.example")])), Err(NamelessReason::NotDnsName));
}

#[test]
fn every_valid_dns_name_is_listed_and_no_invalid_one() {
    let rows: &[(&[Name], &[&str])] = &[
        (&[dns(b"a.example"), dns(b"b.example")], &["a.example", "b.example"]),
        (&[dns(b"*.example"), dns(b"a.example"), dns(b"a.example\0")], &["a.example"]),
        (&[dns(b"*.example"), dns(b"Cart")], &[]),
        (&[dns(b"a.example"), uri(CART)], &["spiffe://example.org/ns/shop/sa/cart"]),
        (&[dns(b"a.example"), uri(b"https://example.org")], &[]),
    ];
    for (names, expected) in rows {
        let leaf = leaf(names);
        let all: Vec<_> = leaf.names.iter().flat_map(|names| names.all()).map(PeerName::as_str).collect();
        assert_eq!(all, *expected, "{names:?}");
    }
}

#[test]
fn certificate_with_more_than_64_names_is_nameless() {
    let others = |number| [vec![(0x81, b"a@example.org".as_slice()); number], vec![uri(CART)]].concat();
    assert!(only(&leaf(&others(63))).is_ok());
    assert_eq!(only(&leaf(&others(64))), Err(NamelessReason::TooMany));
}

#[test]
fn common_name_is_given_only_without_alternative_names() {
    let named = leaf_of(|params| params.distinguished_name.push(DnType::CommonName, "Till 7"));
    assert_eq!(only(&named), Err(NamelessReason::NoAlternativeNames));
    assert_eq!(named.common_name.as_ref().map(PeerName::as_str), Some("Till 7"));
    for names in [&[][..], &[(0x81, b"a@example.org".as_slice())], &[uri(CART)], &[dns(b"*")]] {
        let leaf = leaf_of(|params| {
            params.distinguished_name.push(DnType::CommonName, "Till 7");
            params.custom_extensions = vec![alternative_names(&sequence(names))];
        });
        assert_eq!(leaf.common_name, None, "{names:?}");
    }
    assert_eq!(only(&leaf(&[])), Err(NamelessReason::NoName));
    for odd in ["", " a", "a ", "a\0", "a\nb", "K\u{e4}se", &"a".repeat(65)] {
        let leaf = leaf_of(|params| params.distinguished_name.push(DnType::CommonName, odd));
        assert_eq!(leaf.common_name, None, "{odd:?}");
    }
    assert_eq!(leaf_of(|_| {}).common_name, None);
    let twice = leaf_of(|params| {
        params.distinguished_name.push(DnType::CommonName, "a");
        params.distinguished_name.push(DnType::CustomDnType(vec![2, 5, 4, 3]), "a");
    });
    assert_eq!(twice.common_name, None, "two common names");
}

#[test]
fn certificate_of_an_authority_is_nameless() {
    let with = |change: fn(&mut CertificateParams)| {
        let leaf = leaf_of(|params| {
            params.custom_extensions = vec![alternative_names(&sequence(&[uri(CART)]))];
            change(params);
        });
        only(&leaf).map(drop)
    };
    let usage = |bits: &[u8]| CustomExtension::from_oid_content(&[2, 5, 29, 15], bits.to_vec());
    assert!(with(|params| params.key_usages = vec![KeyUsagePurpose::DigitalSignature]).is_ok());
    assert!(with(|params| params.is_ca = IsCa::ExplicitNoCa).is_ok());
    let authority = Err(NamelessReason::Authority);
    assert_eq!(with(|params| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained)), authority);
    assert_eq!(with(|params| params.key_usages = vec![KeyUsagePurpose::KeyCertSign]), authority);
    assert_eq!(with(|params| params.key_usages = vec![KeyUsagePurpose::CrlSign]), authority);
    for (bits, name) in [(&[3, 2, 2, 4][..], "keyCertSign"), (&[3, 3, 0, 4, 0], "with a byte too many")] {
        let extensions = vec![alternative_names(&sequence(&[uri(CART)])), usage(bits)];
        assert_eq!(only(&leaf_of(|params| params.custom_extensions = extensions)).map(drop), authority, "{name}");
    }
}

#[test]
fn malformed_or_repeated_extension_makes_a_certificate_nameless() {
    let good = sequence(&[uri(CART)]);
    let cut = &good[..good.len() - 1];
    let rows: Vec<(&str, Vec<CustomExtension>)> = vec![
        ("twice", vec![alternative_names(&good), alternative_names(&good)]),
        ("twice, one empty", vec![alternative_names(&good), alternative_names(&sequence(&[]))]),
        ("trailing data", vec![alternative_names(&[&good[..], &[0]].concat())]),
        ("trailing data inside", vec![alternative_names(&tlv(0x30, &[&good[2..], &[0x86]].concat()))]),
        ("cut", vec![alternative_names(cut)]),
        ("nothing", vec![alternative_names(&[])]),
        ("a set", vec![alternative_names(&[&[0x31], &good[1..]].concat())]),
        ("indefinite length", vec![alternative_names(&[&[0x30, 0x80], &good[2..], &[0, 0]].concat())]),
        ("key usage that is none", vec![alternative_names(&good), extension(15, &[4, 1, 6])]),
        ("trailing data in key usage", vec![alternative_names(&good), extension(15, &[3, 2, 7, 0x80, 0])]),
        (
            "key usage twice",
            vec![alternative_names(&good), extension(15, &[3, 2, 7, 0x80]), extension(15, &[3, 2, 7, 0x80])],
        ),
        ("constraints that are none", vec![alternative_names(&good), extension(19, &[4, 0])]),
    ];
    for (row, extensions) in rows {
        let leaf = leaf_of(|params| params.custom_extensions = extensions);
        assert_eq!(only(&leaf), Err(NamelessReason::Extensions), "{row}");
        assert_eq!(leaf.common_name, None, "{row}");
    }
}

#[test]
fn malformed_certificate_is_an_error() {
    let good = der(|_| {});
    for odd in [&[][..], b"no certificate", &good[..good.len() - 1], &[&good[..], &[0]].concat()] {
        assert!(matches!(Leaf::read(odd), Err(UnreadableCertificate)));
    }
}

#[test]
fn expiry_is_the_not_after_date() {
    use std::time::{Duration, SystemTime};
    for (year, seconds) in [(1960, 0), (2001, 978_307_200), (2049, 2_493_072_000), (9999, 253_370_764_800)] {
        let leaf = leaf_of(|params| params.not_after = rcgen::date_time_ymd(year, 1, 1));
        assert_eq!(leaf.not_after, SystemTime::UNIX_EPOCH + Duration::from_secs(seconds), "{year}");
    }
}

/// The only name.
fn only(leaf: &Leaf) -> Result<&str, NamelessReason> {
    leaf.names.as_ref().map_err(|reason| *reason)?.only().map(PeerName::as_str)
}

type Name<'a> = (u8, &'a [u8]);

fn uri(text: &[u8]) -> Name<'_> {
    (0x86, text)
}

fn dns(text: &[u8]) -> Name<'_> {
    (0x82, text)
}

/// The leaf with these subject alternative names; rcgen would refuse most of them.
fn leaf(names: &[Name<'_>]) -> Leaf {
    leaf_of(|params| params.custom_extensions = vec![alternative_names(&sequence(names))])
}

fn leaf_of(change: impl FnOnce(&mut CertificateParams)) -> Leaf {
    Leaf::read(&der(change)).expect("a certificate")
}

fn der(change: impl FnOnce(&mut CertificateParams)) -> Vec<u8> {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    change(&mut params);
    params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec()
}

fn alternative_names(value: &[u8]) -> CustomExtension {
    extension(17, value)
}

fn extension(number: u64, value: &[u8]) -> CustomExtension {
    CustomExtension::from_oid_content(&[2, 5, 29, number], value.to_vec())
}

fn sequence(names: &[Name<'_>]) -> Vec<u8> {
    let names: Vec<u8> = names.iter().flat_map(|(tag, text)| tlv(*tag, text)).collect();
    tlv(0x30, &names)
}

/// DER, with lengths as short as they can be (X.690, section 10.1).
fn tlv(tag: u8, value: &[u8]) -> Vec<u8> {
    let length = value.len();
    let head = match length {
        0..=127 => vec![tag, length as u8],
        128..=255 => vec![tag, 0x81, length as u8],
        _ => vec![tag, 0x82, (length >> 8) as u8, length as u8],
    };
    [head, value.to_vec()].concat()
}
