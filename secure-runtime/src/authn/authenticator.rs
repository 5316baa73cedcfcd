//! What proves callers, and what it is shown.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use http::HeaderMap;

use super::bearer::BearerToken;
use crate::authz::Denial;
use crate::connection::Connection;
use crate::principal::Principal;

/// Turns what a call presents into a principal.
///
/// The gate asks once for every call of a known method, public ones included, and only on a connection of this crate's
/// server. A closure is an authenticator too; the crate's first page shows one.
pub trait Authenticator: Send + Sync + 'static {
    /// Answers at once, or hands back a future if it has to wait.
    fn authenticate(&self, head: &CallHead<'_>) -> Authentication;
}

impl<F> Authenticator for F
where
    F: Fn(&CallHead<'_>) -> Authentication + Send + Sync + 'static,
{
    fn authenticate(&self, head: &CallHead<'_>) -> Authentication {
        self(head)
    }
}

/// What an authenticator sees of a call: everything but the body.
#[derive(Clone, Copy)]
pub struct CallHead<'a> {
    path: &'a str,
    headers: &'a HeaderMap,
    connection: &'a Connection,
}

impl<'a> CallHead<'a> {
    pub(crate) fn new(path: &'a str, headers: &'a HeaderMap, connection: &'a Connection) -> Self {
        Self { path, headers, connection }
    }

    /// The path of the method, such as `/shop.v1.Orders/Get`.
    pub fn path(&self) -> &'a str {
        self.path
    }

    /// The headers, at most one `authorization` among them.
    pub fn headers(&self) -> &'a HeaderMap {
        self.headers
    }

    /// The connection the call came on.
    pub fn connection(&self) -> &'a Connection {
        self.connection
    }

    /// The bearer token of the `authorization` header; `None` if there is no such header.
    ///
    /// # Errors
    ///
    /// The header is there and is not `Bearer`, one space, and a token of at most 8,192 bytes (RFC 6750, section 2.1).
    pub fn bearer(&self) -> Result<Option<BearerToken<'a>>, Rejection> {
        BearerToken::from_headers(self.headers)
    }
}

/// Names the method alone: headers hold credentials.
impl fmt::Debug for CallHead<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallHead").field("path", &self.path).finish_non_exhaustive()
    }
}

/// The answer of an authenticator. `Ok(None)` is a call that presents no credential.
#[expect(clippy::exhaustive_enums, reason = "now or later: there is no third")]
pub enum Authentication {
    /// The answer.
    Ready(Result<Option<Principal>, Rejection>),
    /// The answer, later.
    Pending(Pin<Box<dyn Future<Output = Result<Option<Principal>, Rejection>> + Send>>),
}

impl Authentication {
    /// The call presents no credential.
    pub fn anonymous() -> Self {
        Self::Ready(Ok(None))
    }

    /// The answer will be that of `future`.
    pub fn pending(future: impl Future<Output = Result<Option<Principal>, Rejection>> + Send + 'static) -> Self {
        Self::Pending(Box::pin(future))
    }
}

impl From<Principal> for Authentication {
    fn from(principal: Principal) -> Self {
        Self::Ready(Ok(Some(principal)))
    }
}

impl From<Rejection> for Authentication {
    fn from(rejection: Rejection) -> Self {
        Self::Ready(Err(rejection))
    }
}

impl From<Result<Option<Principal>, Rejection>> for Authentication {
    fn from(answer: Result<Option<Principal>, Rejection>) -> Self {
        Self::Ready(answer)
    }
}

impl fmt::Debug for Authentication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ready(answer) => f.debug_tuple("Ready").field(answer).finish(),
            Self::Pending(_) => f.debug_tuple("Pending").finish_non_exhaustive(),
        }
    }
}

/// Why a credential proved nothing. The reason goes to the audit log and is a constant, so that no credential can end
/// up there; the caller never sees it.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{reason}")]
pub struct Rejection {
    denial: Denial,
    reason: &'static str,
}

impl Rejection {
    /// The credential is not a good one. The caller gets UNAUTHENTICATED.
    pub const fn rejected(reason: &'static str) -> Self {
        Self { denial: Denial::CredentialRejected, reason }
    }

    /// The credential was good once: say so only after its signature held. The caller gets UNAUTHENTICATED.
    pub const fn expired(reason: &'static str) -> Self {
        Self { denial: Denial::CredentialExpired, reason }
    }

    /// The credential cannot be checked now. The caller gets UNAVAILABLE and may try again.
    pub const fn unavailable(reason: &'static str) -> Self {
        Self { denial: Denial::KeysUnavailable, reason }
    }

    /// What the caller is refused with.
    pub const fn denial(&self) -> Denial {
        self.denial
    }

    /// The reason, for the audit log.
    pub const fn reason(&self) -> &'static str {
        self.reason
    }
}
