use super::*;

fn with(roles: &[&str]) -> Option<Principal> {
    Some(Principal::new("https://id.example.com", "somebody").roles(roles.iter().copied()))
}

#[test]
fn credentials_come_from_principal_and_certificate() {
    let peer = PeerCertificates::unverified("cart.internal".parse().ok());
    let nobodys = PeerCertificates::unverified_chain(&[b"leaf"]);
    let token = with(&[]).map(|principal| principal.proven_by(Credential::Jwt));
    let (jwt, mtls) = ([Credential::Jwt].as_slice(), [Credential::Mtls].as_slice());
    let both = [Credential::Jwt, Credential::Mtls].as_slice();
    let rows = [
        (jwt, &token, None, true),
        (jwt, &with(&[]), None, false),
        (jwt, &with(&[]), Some(&peer), false),
        (mtls, &with(&[]), Some(&peer), true),
        (mtls, &token, None, false),
        (mtls, &token, Some(&peer), true),
        (both, &token, Some(&peer), true),
        (both, &token, None, false),
        (both, &with(&[]), Some(&peer), false),
        (both, &None, Some(&peer), false),
        (mtls, &token, Some(&nobodys), false),
        (both, &token, Some(&nobodys), false),
    ];
    for (credentials, principal, peer, is_enough) in rows {
        let rule = Rule::authenticated().credentials(Box::leak(Box::from(credentials)));
        let expected = if is_enough { Ok(()) } else { Err(Denial::CredentialMissing) };
        let decided = decide(&rule, principal.as_ref(), peer).map_err(Denial::from);
        assert_eq!(decided, expected, "{credentials:?} {principal:?} {peer:?}");
    }
}

#[test]
fn peers_are_compared_with_the_only_name_of_the_certificate() {
    let rule = Rule::authenticated().peers(&["cart.internal"]);
    let decide = |peer: Option<&PeerCertificates>| decide(&rule, with(&[]).as_ref(), peer);
    let [cart, other, nameless] =
        ["cart.internal", "cart.example", "*"].map(|name| PeerCertificates::unverified(name.parse().ok()));
    assert_eq!(decide(Some(&cart)), Ok(()));
    assert_eq!(decide(Some(&other)), Err(Condition::PeerNotAllowed));
    assert_eq!(decide(Some(&nameless)), Err(Condition::CertificateHasNoName));
    assert_eq!(decide(None), Err(Condition::NoClientCertificate));
}

#[test]
fn roles_and_scopes_are_those_of_the_principal() {
    let rule = Rule::any_role(&["clerk"]).scopes(&["orders:read"]);
    let scoped = |roles: &[&str]| with(roles).map(|principal| principal.scopes(["orders:read"]));
    assert_eq!(decide(&rule, scoped(&["clerk"]).as_ref(), None), Ok(()));
    assert_eq!(decide(&rule, scoped(&["Clerk"]).as_ref(), None), Err(Condition::NoRequiredRole));
    assert_eq!(decide(&rule, scoped(&[]).as_ref(), None), Err(Condition::CredentialHasNoRoles));
    assert_eq!(decide(&rule, with(&["clerk"]).as_ref(), None), Err(Condition::MissingScope));
    assert_eq!(decide(&rule, None, None), Err(Condition::NoCredential));
}
