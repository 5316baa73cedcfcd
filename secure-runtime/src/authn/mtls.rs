//! Client certificates as credentials.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use http::HeaderName;
use secure_policy::Credential;

use super::{Authentication, Authenticator, CallHead, Rejection};
use crate::Principal;
use crate::connection::Connection;
use crate::principal::CertificateStanding;
use crate::tls::{self, NamelessReason, PeerCertificates, PeerName, PeerNameError};

/// Makes a principal of the connection's client certificate.
///
/// The subject is the certificate's [`name`](PeerCertificates::name). The issuer of a SPIFFE ID is its trust domain, as in
/// `spiffe://example.org`, so that a workload is the same with a JWT-SVID (see
/// [`providers::jwt_svid`](super::jwt::providers::jwt_svid)). The issuer of a DNS name is the one that is given here.
///
/// A certificate gives no roles but those of [`roles`](Self::roles). It counts until its not-after, for calls that run,
/// too. A certificate that names nobody counts as no certificate: the call is anonymous. Names that count for nobody are
/// several DNS names, unless [`choose_dns_name`](Self::choose_dns_name) chooses one, and a common name, unless
/// [`common_names`](Self::common_names) asks for it.
///
/// [`ClientRoots`](crate::tls::ClientRoots) say for which names a CA may speak.
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
    choose: Option<ChooseDnsName>,
    roles: HashMap<PeerName, Vec<String>>,
}

/// Chooses one of several DNS names.
type ChooseDnsName = Arc<dyn Fn(&[PeerName]) -> Option<&PeerName> + Send + Sync>;

impl Mtls {
    /// Takes certificates with a SPIFFE ID or a DNS name. `issuer` is who vouches for DNS names: a name of your own for
    /// your CA, and no issuer of tokens, whose subjects would become the same callers.
    pub fn new(issuer: impl Into<String>) -> Self {
        Self { dns: issuer.into(), common_names: None, trust_domains: None, choose: None, roles: HashMap::new() }
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

    /// Takes certificates with several DNS names, by the name that `choose` returns. `None` is nobody.
    ///
    /// Default: such a certificate makes no caller, because it would be several. It satisfies `peers` and
    /// `CREDENTIAL_MTLS` beside a token all the same. `choose` sees the valid names in the order of the certificate, and
    /// must return one of them. It is called for each call, so it should be quick.
    ///
    /// ```
    /// # use secure_runtime::authn::Mtls;
    /// let certificates = Mtls::new("https://ca.example.com")
    ///     .choose_dns_name(|names| names.iter().find(|name| name.as_str().ends_with(".shop.internal")));
    /// ```
    #[must_use]
    pub fn choose_dns_name<F>(self, choose: F) -> Self
    where
        F: Fn(&[PeerName]) -> Option<&PeerName> + Send + Sync + 'static,
    {
        Self { choose: Some(Arc::new(choose)), ..self }
    }

    /// Whom the certificate of a connection proves. `None` if there is none, or it names nobody.
    pub(super) fn principal_of(&self, connection: &Connection) -> Result<Option<Principal>, Rejection> {
        let Some(peer) = connection.peer_certificates() else { return Ok(None) };
        match self.name(peer) {
            Ok(name) => self.principal(name, peer).map(Some),
            Err(nameless) => {
                tracing::debug!(reason = nameless.reason(), "a client certificate counts as none");
                Ok(None)
            }
        }
    }

    /// How the certificate of a connection counts beside the credential that proves the caller.
    pub(super) fn standing(&self, connection: &Connection) -> CertificateStanding {
        let Some(peer) = connection.peer_certificates() else { return CertificateStanding::ByItsNames };
        match self.name(peer) {
            Ok(PeerName::CommonName(_)) => CertificateStanding::Somebody,
            Ok(PeerName::Spiffe(id)) if !self.trusts(id.trust_domain()) => CertificateStanding::Nobody,
            _ => CertificateStanding::ByItsNames,
        }
    }

    fn principal(&self, name: &PeerName, peer: &PeerCertificates) -> Result<Principal, Rejection> {
        let principal = Principal::new(self.issuer(name)?, name.as_str()).proven_by(Credential::Mtls);
        let principal = principal.expires_at(peer.not_after()).roles(self.roles.get(name).into_iter().flatten());
        // A DNS name and a common name of the same text are two callers.
        Ok(match name {
            PeerName::CommonName(_) => principal.owns_nothing().certificate(CertificateStanding::Somebody),
            _ => principal,
        })
    }

    fn name<'a>(&self, peer: &'a PeerCertificates) -> Result<&'a PeerName, NamelessReason> {
        let named = peer.name_or_reason();
        let other = match (named, &self.choose) {
            (Err(NamelessReason::SeveralDnsNames), Some(choose)) => {
                choose(peer.names()).filter(|chosen| peer.names().contains(chosen))
            }
            (Err(NamelessReason::NoAlternativeNames), _) if self.common_names.is_some() => peer.common_name(),
            _ => None,
        };
        other.map_or(named, Ok)
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

    /// The handshake verified the certificate.
    fn recall(&self, head: &CallHead<'_>) -> Option<Principal> {
        self.principal_of(head.connection()).ok().flatten()
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
