//! Why a client certificate names nobody.

/// Why a leaf has no name.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum NamelessReason {
    Authority,
    Extensions,
    NoAlternativeNames,
    NoName,
    NotDnsName,
    NotSpiffeId,
    SeveralDnsNames,
    SeveralUris,
    TooMany,
}

impl NamelessReason {
    /// The reason in the audit log.
    pub(crate) const fn reason(self) -> &'static str {
        match self {
            Self::Authority => "the client certificate is a CA certificate, or its key may sign certificates",
            Self::Extensions => "an extension of the client certificate cannot be parsed, or appears twice",
            Self::NoAlternativeNames => "the client certificate has no subject alternative name",
            Self::NoName => "the client certificate has neither a URI nor a DNS name",
            Self::NotDnsName => {
                "the DNS name of the client certificate is not valid, not in lower case, or has a wildcard"
            }
            Self::NotSpiffeId => "the URI of the client certificate is not a SPIFFE ID",
            Self::SeveralDnsNames => "the client certificate has several DNS names",
            Self::SeveralUris => "the client certificate has several URIs",
            Self::TooMany => "the client certificate has more than 64 names",
        }
    }
}
