//! The names of a client certificate that count.

use super::nameless::NamelessReason;
use super::{DnsName, PeerName, SpiffeId};

/// The names that count: one SPIFFE ID, or at least one DNS name.
#[derive(Debug)]
pub(in crate::tls) struct Names {
    all: Vec<PeerName>,
    /// Whether the first name is the only one, invalid ones included.
    is_only: bool,
}

impl Names {
    pub(super) fn spiffe(id: SpiffeId) -> Self {
        Self { all: vec![id.into()], is_only: true }
    }

    pub(super) fn dns(names: Vec<DnsName>, is_only: bool) -> Self {
        Self { all: names.into_iter().map(PeerName::Dns).collect(), is_only }
    }

    /// For tests. Common names are left out: they count only where they are asked for.
    #[cfg(any(test, feature = "testing"))]
    pub(super) fn of(names: Vec<PeerName>) -> Option<Self> {
        let all: Vec<_> = names.into_iter().filter(|name| !matches!(name, PeerName::CommonName(_))).collect();
        let is_only = all.len() == 1;
        (!all.is_empty()).then_some(Self { all, is_only })
    }

    pub(in crate::tls) fn all(&self) -> &[PeerName] {
        &self.all
    }

    /// The name, if there is no other one.
    pub(super) fn only(&self) -> Result<&PeerName, NamelessReason> {
        self.all.first().filter(|_| self.is_only).ok_or(NamelessReason::SeveralDnsNames)
    }
}
