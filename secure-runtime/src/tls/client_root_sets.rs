//! Several sets of client roots, and the verifier that they make.

use std::fmt;
use std::sync::{Arc, Once};

use rustls::client::danger::HandshakeSignatureValid;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{CertificateError, DigitallySignedStruct, DistinguishedName, Error, SignatureScheme};

use super::expiries::Expiries;
use super::name_scope::NameScope;
use super::peer::Leaf;
use super::pem::{PemSource, Texts};
use super::{ClientRoots, PeerName, TlsError};

/// Several [`ClientRoots`], each with the names for which it is accepted: see [`ClientRoots::and`].
#[derive(Clone)]
pub struct ClientRootSets(Vec<ClientRoots>);

impl ClientRoots {
    /// Trusts other roots, too. Each of them is accepted for its own names, and has its own revocation lists.
    #[must_use]
    pub fn and(self, other: Self) -> ClientRootSets {
        ClientRootSets::from(self).and(other)
    }
}

impl ClientRootSets {
    /// Trusts other roots, too.
    #[must_use]
    pub fn and(mut self, other: ClientRoots) -> Self {
        self.0.push(other);
        self
    }

    /// The files to follow.
    pub(super) fn sources(&self) -> impl Iterator<Item = &PemSource> {
        self.0.iter().flat_map(ClientRoots::sources)
    }

    /// The verifier of client certificates, for the contents of the files.
    pub(super) fn verifier(&self, is_required: bool, texts: &mut Texts<'_>) -> Result<ScopedVerifier, TlsError> {
        let mut list_expiries = Expiries::default();
        let sets = self.0.iter().map(|roots| {
            let verifier = roots.verifier(texts)?;
            list_expiries.extend(verifier.list_expiries);
            Ok((verifier.chains, roots.names().clone()))
        });
        let sets = sets.collect::<Result<Vec<_>, TlsError>>()?;
        let hints = hints(sets.iter().flat_map(|(chains, _)| chains.root_hint_subjects()));
        Ok(ScopedVerifier { sets, list_expiries, hints, is_required, warned: Once::new() })
    }
}

/// The names of CAs to send to clients: all of them, or none if they would make the message too long for clients. Names are
/// optional (RFC 8446, section 4.2.4). rustls does not check their length, which has 16 bits.
fn hints<'a>(names: impl Iterator<Item = &'a DistinguishedName>) -> Vec<DistinguishedName> {
    let mut names: Vec<_> = names.cloned().collect();
    names.sort_unstable_by(|one, other| one.as_ref().cmp(other.as_ref()));
    names.dedup_by(|one, other| one.as_ref() == other.as_ref());
    let bytes: usize = names.iter().map(|name| name.as_ref().len()).sum();
    if bytes > MAX_HINT_BYTES { Vec::new() } else { names }
}

/// Half of what clients in Java accept as one message.
const MAX_HINT_BYTES: usize = 16 * 1024;

impl From<ClientRoots> for ClientRootSets {
    fn from(roots: ClientRoots) -> Self {
        Self(vec![roots])
    }
}

impl fmt::Debug for ClientRootSets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ClientRootSets").field(&self.0).finish()
    }
}

/// Accepts a chain if one set of roots verifies it and is accepted for all names of its leaf.
#[derive(Debug)]
pub(super) struct ScopedVerifier {
    /// There is at least one.
    sets: Vec<(Arc<dyn ClientCertVerifier>, NameScope)>,
    list_expiries: Expiries,
    hints: Vec<DistinguishedName>,
    is_required: bool,
    warned: Once,
}

impl ScopedVerifier {
    /// When the revocation lists are out of date.
    pub(super) fn list_expiries(&self) -> &Expiries {
        &self.list_expiries
    }

    /// The client only learns that its certificate is not accepted, so the first one is named here.
    fn out_of_scope(&self, leaf: &Leaf) -> Error {
        self.warned.call_once_force(|_| {
            let name = leaf.names.as_ref().ok().and_then(|names| names.all().first()).map(PeerName::as_str);
            tracing::warn!(
                name,
                "a client certificate has a name for which its roots are not accepted: see `ClientRoots::for_trust_domain` \
                 and `for_dns_suffix`"
            );
        });
        CertificateError::ApplicationVerificationFailure.into()
    }
}

impl ClientCertVerifier for ScopedVerifier {
    fn client_auth_mandatory(&self) -> bool {
        self.is_required
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &self.hints
    }

    fn verify_client_cert(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let names = Leaf::read(leaf).map_err(|_| CertificateError::BadEncoding)?;
        let mut refusal = Error::from(CertificateError::UnknownIssuer);
        for (chains, scope) in &self.sets {
            match chains.verify_client_cert(leaf, intermediates, now) {
                Ok(verified) if scope.permits(&names) => return Ok(verified),
                Ok(_) => refusal = self.out_of_scope(&names),
                Err(Error::InvalidCertificate(CertificateError::UnknownIssuer)) => {}
                Err(error) => refusal = error,
            }
        }
        Err(refusal)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.sets[0].0.verify_tls12_signature(message, leaf, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.sets[0].0.verify_tls13_signature(message, leaf, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.sets[0].0.supported_verify_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_cas_are_sent_once_each_unless_they_take_too_much() {
        let name = |number: usize| DistinguishedName::in_sequence(format!("{number:0100}").as_bytes());
        let names: Vec<_> = (0..1_000).map(name).collect();
        let few = hints(names[..100].iter().chain(&names[..100]).rev());
        assert!(few.iter().map(AsRef::as_ref).eq(names[..100].iter().map(AsRef::<[u8]>::as_ref)));
        assert!(hints(names.iter()).is_empty());
    }
}
