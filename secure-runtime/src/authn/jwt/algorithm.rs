/// A signature algorithm a token may use (RFC 7518, section 3.1; RFC 8037, section 3.1).
///
/// `none` and algorithms with a shared secret have no value here.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Algorithm {
    /// Ed25519, called `EdDSA` or `Ed25519` (RFC 9864, section 2.2) in a token.
    EdDsa,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
}

impl Algorithm {
    /// Every algorithm.
    pub const ALL: &'static [Self] = &[Self::EdDsa, Self::Es256, Self::Rs256];

    /// The algorithm of this `alg`. Names are case-sensitive (RFC 7515, section 4.1.1).
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "Ed25519" | "EdDSA" => Some(Self::EdDsa),
            "ES256" => Some(Self::Es256),
            "RS256" => Some(Self::Rs256),
            _ => None,
        }
    }
}
