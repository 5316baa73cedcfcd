//! Client certificates as credentials.

use std::collections::HashMap;
use std::fmt;

use secure_policy::Credential;

use http::HeaderName;

use super::{Authentication, Authenticator, CallHead, Rejection};
use crate::Principal;
use crate::connection::Connection;
use crate::tls::{self, NamelessReason, PeerCertificates, PeerName, PeerNameError};

/// Makes a principal of the connection's client certificate.
///
/// Who is a caller is the certificate's [`name`](PeerCertificates::name). A SPIFFE ID is the subject, and its trust domain
/// the issuer, as in `spiffe://example.org`, so that a workload is the same with a JWT-SVID (see
/// [`providers::jwt_svid`](super::jwt::providers::jwt_svid)). A DNS name is the subject at an issuer that is said here.
///
/// A certificate gives no roles but those of [`roles`](Self::roles). It counts until its not-after, for calls that run,
/// too. A call on a connection without one is anonymous; a certificate without a name is refused.
///
/// Every CA among the [`ClientRoots`](crate::tls::ClientRoots) may give every name, unless its certificate constrains
/// it. If they are of several owners, serve each on a listener of its own.
///
/// ```
/// use secure_runtime::Gate;
/// use secure_runtime::authn::Mtls;
///
/// # fn main() -> Result<(), secure_runtime::authn::MtlsError> {
/// let certificates = Mtls::new("https://ca.example.com")
///     .trust_domains(["example.org"])?
///     .roles("spiffe://example.org/ns/shop/sa/cart", ["clerk"])?
///     .roles("backup.example.com", ["reader"])?;
/// let gate = Gate::new(certificates);
/// # Ok(())
/// # }
/// ```
///
/// With tokens it goes [`beside`](Self::beside) them.
#[derive(Clone)]
pub struct Mtls {
    dns: String,
    common_names: Option<String>,
    trust_domains: Option<Vec<String>>,
    roles: HashMap<PeerName, Vec<String>>,
}

impl Mtls {
    /// Takes certificates with a SPIFFE ID or a DNS name. `issuer` is who vouches for DNS names: a name of your own for
    /// your CA, and no issuer of tokens, whose subjects would become the same callers.
    pub fn new(issuer: impl Into<String>) -> Self {
        Self { dns: issuer.into(), common_names: None, trust_domains: None, roles: HashMap::new() }
    }

    /// Refuses SPIFFE IDs of other trust domains; any is taken if not called. An empty list refuses all.
    ///
    /// # Errors
    ///
    /// If one is no trust domain.
    pub fn trust_domains(self, names: impl IntoIterator<Item = impl Into<String>>) -> Result<Self, MtlsError> {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        match names.iter().all(|name| tls::is_trust_domain(name)) {
            true => Ok(Self { trust_domains: Some(names), ..self }),
            false => Err(PeerNameError::TrustDomain.into()),
        }
    }

    /// Gives roles to who has this name, in place of those given before. They are compared byte for byte with those of
    /// the `.proto`.
    ///
    /// A text with a colon is a SPIFFE ID, and any other a DNS name; a common name is a
    /// [`CommonName`](crate::tls::CommonName).
    ///
    /// # Errors
    ///
    /// If it is no name, and would be met in no certificate.
    pub fn roles<N>(mut self, name: N, roles: impl IntoIterator<Item = impl Into<String>>) -> Result<Self, MtlsError>
    where
        N: TryInto<PeerName, Error: Into<PeerNameError>>,
    {
        let name = name.try_into().map_err(Into::into)?;
        self.roles.insert(name, roles.into_iter().map(Into::into).collect());
        Ok(self)
    }

    /// Also takes certificates without any subject alternative name, by the common name of their subject. It is legacy:
    /// no browser and no TLS library looks at it any more (RFC 9525, section 2), and name constraints do not bind it.
    ///
    /// `issuer` is who vouches for common names, another than for DNS names: what is called alike there is someone else.
    ///
    /// # Errors
    ///
    /// If the issuer is that of DNS names.
    pub fn common_names(self, issuer: impl Into<String>) -> Result<Self, MtlsError> {
        let issuer = issuer.into();
        match issuer == self.dns {
            true => Err(MtlsError::SameIssuer),
            false => Ok(Self { common_names: Some(issuer), ..self }),
        }
    }

    /// Whom the certificate of a connection proves, if there is one.
    pub(super) fn principal_of(&self, connection: &Connection) -> Result<Option<Principal>, Rejection> {
        connection.peer_certificates().map(|peer| self.principal(peer)).transpose()
    }

    /// Lets connections pass whose certificate is somebody's, or that have none.
    pub(super) fn check(&self, connection: &Connection) -> Result<(), Rejection> {
        self.principal_of(connection).map(drop)
    }

    fn principal(&self, peer: &PeerCertificates) -> Result<Principal, Rejection> {
        let name = self.name(peer).map_err(|unnamed| Rejection::rejected(unnamed.reason()))?;
        let principal = Principal::new(self.issuer(name)?, name.as_str()).proven_by(Credential::Mtls);
        let principal = principal.expires_at(peer.not_after()).roles(self.roles.get(name).into_iter().flatten());
        // What a DNS name and a common name call alike are two callers.
        Ok(if matches!(name, PeerName::CommonName(_)) { principal.owns_nothing() } else { principal })
    }

    fn name<'a>(&self, peer: &'a PeerCertificates) -> Result<&'a PeerName, NamelessReason> {
        match peer.name_or_reason() {
            Err(NamelessReason::NoAlternativeNames) if self.common_names.is_some() => {
                peer.common_name().ok_or(NamelessReason::NoCommonName)
            }
            named => named,
        }
    }

    fn issuer<'a>(&'a self, name: &'a PeerName) -> Result<&'a str, Rejection> {
        match name {
            PeerName::CommonName(_) => self.common_names.as_deref().ok_or(NOT_ASKED_FOR),
            PeerName::Dns(_) => Ok(&self.dns),
            PeerName::Spiffe(id) if self.trusts(id.trust_domain()) => Ok(id.issuer()),
            PeerName::Spiffe(_) => Err(TRUST_DOMAIN),
        }
    }

    fn trusts(&self, trust_domain: &str) -> bool {
        self.trust_domains.as_ref().is_none_or(|names| names.iter().any(|name| name == trust_domain))
    }
}

/// Names nobody's roles.
impl fmt::Debug for Mtls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mtls").field("trust_domains", &self.trust_domains).finish_non_exhaustive()
    }
}

impl Authenticator for Mtls {
    fn authenticate(&self, head: &CallHead<'_>) -> Authentication {
        self.principal_of(head.connection()).into()
    }

    fn credential_headers(&self) -> Vec<HeaderName> {
        Vec::new()
    }

    fn is_presented(&self, head: &CallHead<'_>) -> bool {
        head.connection().peer_certificates().is_some()
    }
}

/// Why client certificates cannot be taken so.
#[derive(Clone, Copy, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum MtlsError {
    /// No certificate has such a name.
    #[error("no client certificate has such a name")]
    Name(#[from] PeerNameError),
    /// The same name would be one caller, whoever vouched for it.
    #[error("common names and DNS names have the same issuer")]
    SameIssuer,
}

debug_as_display!(MtlsError);

const NOT_ASKED_FOR: Rejection = Rejection::rejected("common names are not asked for");
const TRUST_DOMAIN: Rejection = Rejection::rejected("the SPIFFE ID is of another trust domain");
