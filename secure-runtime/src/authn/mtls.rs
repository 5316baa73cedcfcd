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

/// Authenticates callers by the client certificate of their connection.
///
/// | certificate | subject of the principal | issuer of the principal |
/// |---|---|---|
/// | one SPIFFE ID | the SPIFFE ID | its trust domain, as in `spiffe://example.org` |
/// | one DNS name | the name | the issuer given to [`new`](Self::new) |
/// | several DNS names | the name that [`choose_dns_name`](Self::choose_dns_name) returns. Default: no principal | as for one DNS name |
/// | only a common name | the name, after [`common_names`](Self::common_names). Default: no principal | the issuer given there |
///
/// A SPIFFE ID counts alone, even if there are DNS names beside it. If no row applies, the certificate makes no caller:
/// without another credential, the call is anonymous. The principal of a SPIFFE ID is the same
/// as with a JWT-SVID (see [`providers::jwt_svid`](super::jwt::providers::jwt_svid)).
///
/// The principal has the roles that [`roles`](Self::roles) gives to its name, and no others. It expires with the
/// certificate: new calls are refused then, and running calls end.
///
/// The TLS handshake verifies the certificate. [`ClientRoots`](crate::tls::ClientRoots) list the names for which each
/// CA is accepted.
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
/// To accept tokens on the same server, use [`beside`](Self::beside).
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
    /// Accepts certificates with one SPIFFE ID or one DNS name. Default: no roles, and every trust domain for
    /// which the client roots are accepted.
    ///
    /// `issuer` is the issuer of principals with a DNS name. Choose a name of your own for your CA. Do not use the name
    /// of an issuer of tokens: a token and a certificate with the same subject would be the same principal.
    pub fn new(issuer: impl Into<String>) -> Self {
        Self { dns: issuer.into(), common_names: None, trust_domains: None, choose: None, roles: HashMap::new() }
    }

    /// Accepts SPIFFE IDs of these trust domains only. Default: those for which the client roots are accepted. An empty
    /// list refuses all.
    ///
    /// A call with another SPIFFE ID is refused with UNAUTHENTICATED. With a token that [`beside`](Self::beside) accepts, the
    /// certificate is ignored instead.
    ///
    /// # Errors
    ///
    /// A name is not a trust domain.
    pub fn trust_domains(self, names: impl IntoIterator<Item = impl Into<String>>) -> Result<Self, MtlsError> {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        match names.iter().all(|name| tls::is_trust_domain(name)) {
            true => Ok(Self { trust_domains: Some(names), ..self }),
            false => Err(PeerNameError::TrustDomain.into()),
        }
    }

    /// Gives these roles to the certificate with this name. They replace the roles that it had before. Roles are
    /// compared byte for byte with those of the `.proto`. Default: no roles.
    ///
    /// A text with a colon is read as a SPIFFE ID, and any other text as a DNS name. For a common name, pass a
    /// [`CommonName`](crate::tls::CommonName).
    ///
    /// # Errors
    ///
    /// The text is neither a SPIFFE ID nor a DNS name, so no certificate could have it.
    pub fn roles<N>(mut self, name: N, roles: impl IntoIterator<Item = impl Into<String>>) -> Result<Self, MtlsError>
    where
        N: TryInto<PeerName, Error: Into<PeerNameError>>,
    {
        let name = name.try_into().map_err(Into::into)?;
        self.roles.insert(name, roles.into_iter().map(Into::into).collect());
        Ok(self)
    }

    /// Also accepts certificates without any subject alternative name, by the common name of their subject. Default:
    /// such a certificate counts as none.
    ///
    /// Risk: common names are legacy. Browsers and TLS libraries ignore them (RFC 9525, section 2), and the name
    /// constraints of a CA do not limit them.
    ///
    /// `issuer` is the issuer of these principals. It must differ from that of DNS names, so that a common name and an
    /// equal DNS name are two principals.
    ///
    /// # Errors
    ///
    /// The issuer is that of DNS names.
    pub fn common_names(self, issuer: impl Into<String>) -> Result<Self, MtlsError> {
        let issuer = issuer.into();
        match issuer == self.dns {
            true => Err(MtlsError::SameIssuer),
            false => Ok(Self { common_names: Some(issuer), ..self }),
        }
    }

    /// Accepts certificates with several DNS names, by the name that `choose` returns. `None` makes the call anonymous.
    ///
    /// Default: such a certificate makes no caller, because it has several names. Beside a token, it still satisfies
    /// `peers` and `CREDENTIAL_MTLS`. `choose` receives the valid names in the order of the certificate, and must
    /// return one of them; any other name makes the call anonymous. It is called for each call, so it should be quick.
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

    /// The principal of the connection's certificate. `None` if there is no certificate, or it has no name that counts.
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

    /// Whether `peers` and `CREDENTIAL_MTLS` may use the certificate when another credential proves the caller.
    pub(super) fn standing(&self, connection: &Connection) -> CertificateStanding {
        let Some(peer) = connection.peer_certificates() else { return CertificateStanding::ByAlternativeNames };
        match self.name(peer) {
            Ok(PeerName::CommonName(_)) => CertificateStanding::ByCommonName,
            Ok(PeerName::Spiffe(id)) if !self.trusts(id.trust_domain()) => CertificateStanding::Ignored,
            _ => CertificateStanding::ByAlternativeNames,
        }
    }

    fn principal(&self, name: &PeerName, peer: &PeerCertificates) -> Result<Principal, Rejection> {
        let principal = Principal::new(self.issuer(name)?, name.as_str()).proven_by(Credential::Mtls);
        let principal = principal.expires_at(peer.not_after()).roles(self.roles.get(name).into_iter().flatten());
        // A DNS name and a common name of the same text are two callers.
        Ok(match name {
            PeerName::CommonName(_) => {
                principal.excluded_from_ownership().certificate(CertificateStanding::ByCommonName)
            }
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

/// Shows no roles.
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

/// Why the settings of [`Mtls`] are refused.
#[derive(Clone, Copy, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum MtlsError {
    /// A name is not valid, so no certificate could have it.
    #[error("the name cannot be the name of a client certificate")]
    Name(#[from] PeerNameError),
    /// Common names and DNS names have the same issuer, so equal names would be one principal.
    #[error("common names and DNS names have the same issuer: name another one for common names")]
    SameIssuer,
}

debug_as_display!(MtlsError);

const NOT_ASKED_FOR: Rejection = Rejection::rejected("common names are not accepted (`Mtls::common_names`)");
const TRUST_DOMAIN: Rejection = Rejection::rejected("the SPIFFE ID is of another trust domain (`Mtls::trust_domains`)");
