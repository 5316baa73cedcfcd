//! A principal and a client certificate as evidence.

use std::borrow::Cow;

use secure_policy::{Actor, Certificate, Credential, Evidence};

use crate::principal::{CertificateStanding, Principal};
use crate::tls::{PeerCertificates, PeerName};

/// The verified facts about a caller.
pub(super) struct CallerEvidence<'a> {
    pub(super) principal: Option<&'a Principal>,
    pub(super) peer: Option<&'a PeerCertificates>,
}

impl CallerEvidence<'_> {
    fn standing(&self) -> CertificateStanding {
        self.principal.map_or(CertificateStanding::ByAlternativeNames, Principal::certificate_standing)
    }
}

impl Evidence for CallerEvidence<'_> {
    fn is_authenticated(&self) -> bool {
        self.principal.is_some()
    }

    fn is_proven_by(&self, credential: Credential) -> bool {
        self.principal.is_some_and(|principal| principal.is_proven_by(credential))
    }

    fn certificate(&self) -> Certificate {
        let Some(peer) = self.peer else { return Certificate::Absent };
        match self.standing() {
            CertificateStanding::ByCommonName => Certificate::Named,
            CertificateStanding::ByAlternativeNames if !peer.names().is_empty() => Certificate::Named,
            CertificateStanding::ByAlternativeNames | CertificateStanding::Ignored => Certificate::Nameless,
        }
    }

    fn peer_names(&self) -> impl Iterator<Item = &str> {
        let peer = self.peer.filter(|_| self.standing() != CertificateStanding::Ignored);
        peer.into_iter().flat_map(PeerCertificates::names).map(PeerName::as_str)
    }

    fn actor(&self) -> Option<Actor<'_>> {
        let actor = self.principal?.actors().first()?;
        Some(Actor { issuer: actor.issuer(), subject: actor.subject() })
    }

    fn has_any_role(&self) -> bool {
        self.principal.is_some_and(Principal::has_any_role)
    }

    fn has_role(&self, role: &str) -> bool {
        self.principal.is_some_and(|principal| principal.has_role(role))
    }

    fn has_scope(&self, scope: &str) -> bool {
        self.principal.is_some_and(|principal| principal.has_scope(scope))
    }

    fn is_excluded_from_ownership(&self) -> bool {
        self.principal.is_none_or(Principal::is_excluded_from_ownership)
    }

    fn subject(&self) -> Option<&str> {
        self.principal.map(|principal| principal.id().subject()).filter(|subject| !subject.is_empty())
    }

    fn claim(&self, path: &[&str]) -> Option<Cow<'_, str>> {
        self.principal?.text_claim(path)
    }
}
