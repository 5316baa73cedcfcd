//! Users of this host as callers, over a Unix socket.

use std::collections::HashMap;
use std::fmt;

use http::HeaderName;
use http::header::AUTHORIZATION;

use super::{Authentication, Authenticator, CallHead};
use crate::Principal;
use crate::connection::UnixPeer;

/// Makes principals of users of this host that call over a [`UnixSocket`](crate::server::UnixSocket).
///
/// The kernel tells which user and group the client had when it connected. Only users and groups that are listed here
/// are callers. The call of any other process counts as a call without a credential. So does a call on another kind of
/// connection, and a call with an `authorization` header, which this authenticator does not read.
///
/// The subject is the name that is given here, at the issuer that is given here. It is
/// [excluded from ownership](Principal::excluded_from_ownership). The process id is in
/// [`Connection::unix_peer`](crate::Connection::unix_peer): it is a fact for logs and not a name, because
/// the kernel gives it to another process later.
///
/// ```
/// use secure_runtime::Gate;
/// use secure_runtime::authn::UnixPeers;
///
/// let peers = UnixPeers::new("https://node.example.com").user(0, "kubelet", ["node"]).group(2_000, "agents", ["reader"]);
/// let gate = Gate::new(peers);
/// ```
///
/// With tokens: `tokens.either(peers)` ([`Authenticator::either`]).
///
/// Inside a container with a user namespace of its own, the numbers are those that this process sees.
#[derive(Clone)]
pub struct UnixPeers {
    issuer: String,
    users: HashMap<u32, Known>,
    groups: HashMap<u32, Known>,
}

#[derive(Clone)]
struct Known {
    name: String,
    roles: Vec<String>,
}

impl Known {
    fn new(name: impl Into<String>, roles: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { name: name.into(), roles: roles.into_iter().map(Into::into).collect() }
    }
}

impl UnixPeers {
    /// Accepts no user and no group yet. `issuer` is a name of your own for this host. Do not use the name of an issuer
    /// of tokens.
    pub fn new(issuer: impl Into<String>) -> Self {
        Self { issuer: issuer.into(), users: HashMap::new(), groups: HashMap::new() }
    }

    /// Accepts the user with this user id, as a principal with this name and these roles.
    #[must_use]
    pub fn user(
        mut self,
        uid: u32,
        name: impl Into<String>,
        roles: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.users.insert(uid, Known::new(name, roles));
        self
    }

    /// Accepts users whose primary group has this group id, unless they are listed themselves. All of them are one
    /// principal.
    #[must_use]
    pub fn group(
        mut self,
        gid: u32,
        name: impl Into<String>,
        roles: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.groups.insert(gid, Known::new(name, roles));
        self
    }

    fn known(&self, peer: &UnixPeer) -> Option<&Known> {
        self.users.get(&peer.uid()).or_else(|| self.groups.get(&peer.gid()))
    }
}

impl Authenticator for UnixPeers {
    fn authenticate(&self, head: &CallHead<'_>) -> Authentication {
        Ok(self.recall(head)).into()
    }

    /// The kernel vouches for the peer.
    fn recall(&self, head: &CallHead<'_>) -> Option<Principal> {
        let peer = head.connection().unix_peer().filter(|_| !head.headers().contains_key(AUTHORIZATION));
        let Known { name, roles } = self.known(peer?)?;
        Some(Principal::new(&*self.issuer, &**name).roles(roles).excluded_from_ownership())
    }

    fn credential_headers(&self) -> Vec<HeaderName> {
        Vec::new()
    }

    fn is_presented(&self, head: &CallHead<'_>) -> bool {
        head.connection().unix_peer().is_some()
    }
}

/// Shows no roles.
impl fmt::Debug for UnixPeers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnixPeers").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}
