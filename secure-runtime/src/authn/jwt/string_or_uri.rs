//! Names of issuers and audiences (RFC 7519, section 2: StringOrURI).

/// Why a text cannot name an issuer or an audience.
#[non_exhaustive]
#[derive(Clone, Copy, Eq, PartialEq, thiserror::Error)]
pub enum NotStringOrUri {
    /// It starts or ends with a blank, or holds a control character. Names are compared byte for byte, so a newline
    /// left over from a file would refuse every token.
    #[error("the name starts or ends with a blank, or holds a control character")]
    Blank,
    /// The text is empty.
    #[error("the name is empty")]
    Empty,
    /// The text has a colon, and is not a URI.
    #[error("the name holds `:` but does not start with a URI scheme")]
    NoScheme,
    /// The text is not a trust domain (SPIFFE-ID, section 2.1).
    #[error("a trust domain is 1 to 255 characters out of `a-z 0-9 . _ -`")]
    NoTrustDomain,
    /// The template does not have exactly one `{tenant}`, after the start of the name.
    #[error("the template does not hold `{{tenant}}` exactly once, after its start")]
    Template,
    /// A tenant is not 1 to 128 characters out of `A-Z a-z 0-9 - . _ ~`.
    #[error("a tenant is 1 to 128 characters out of `A-Z a-z 0-9 - . _ ~`")]
    Tenant,
}

debug_as_display!(NotStringOrUri);

pub(super) fn parse(name: String) -> Result<String, NotStringOrUri> {
    if name.is_empty() {
        return Err(NotStringOrUri::Empty);
    }
    if name.trim() != name || name.contains(char::is_control) {
        return Err(NotStringOrUri::Blank);
    }
    match name.split_once(':') {
        Some((scheme, _)) if !is_scheme(scheme.as_bytes()) => Err(NotStringOrUri::NoScheme),
        _ => Ok(name),
    }
}

/// RFC 3986, section 3.1.
fn is_scheme(text: &[u8]) -> bool {
    let [first, rest @ ..] = text else { return false };
    first.is_ascii_alphabetic() && rest.iter().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(byte))
}
