//! The trait that turns the credentials of a call into a principal, its input and its result.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName};

use super::bearer::BearerToken;
use super::rejection::Rejection;
use crate::connection::Connection;
use crate::principal::{CertificateStanding, Principal};

/// Turns the credentials of a call into a principal.
///
/// The gate asks its authenticator once for every call of a known method, public methods included. It asks only on a
/// connection of this crate's server. A closure is an authenticator, too: see the example in the [documentation of the
/// crate](crate).
pub trait Authenticator: Send + Sync + 'static {
    /// Authenticates one call.
    ///
    /// It answers at once where it can, and returns a future where it must wait, such as for keys. `Ok(None)` is a call
    /// without credentials, and a [`Rejection`] refuses the call, even of a public method.
    ///
    /// It may run on the task of the connection. So it must neither block nor take long, because the other calls of the
    /// connection wait. If it panics, its call fails, and no other one.
    fn authenticate(&self, head: &CallHead<'_>) -> Authentication;

    /// The headers with its credentials. Default: `authorization`.
    ///
    /// Their values are kept out of logs, and they are removed before the handler is called.
    fn credential_headers(&self) -> Vec<HeaderName> {
        vec![AUTHORIZATION]
    }

    /// The length in bytes of the longest credential that it accepts in a header. Default: 8,192.
    ///
    /// The server accepts a list of headers with 8 KiB more than that, or of 16 KiB if that is more, unless
    /// [`Limits::max_header_list_size`](crate::server::Limits::max_header_list_size) is set.
    fn max_credential_bytes(&self) -> usize {
        BearerToken::MAX_BYTES
    }

    /// Whether a call presents a credential for it, good or bad. Default: whether one of its headers is there.
    ///
    /// [`either`](Self::either) and [`Mtls::beside`](super::Mtls::beside) ask the first that says yes.
    fn is_presented(&self, head: &CallHead<'_>) -> bool {
        self.credential_headers().iter().any(|name| head.headers().contains_key(name))
    }

    /// The principal of a credential that is known to be good, if that costs no verification. Default: none is known.
    ///
    /// [`LimitedByAddress`](super::LimitedByAddress) does not count such calls.
    fn recall(&self, head: &CallHead<'_>) -> Option<Principal> {
        let _ = head;
        None
    }

    /// Asks `self` if a call presents a credential for it, and `other` if it does not.
    ///
    /// Only one of them is asked, so a bad credential for `self` is never tried as one for `other`. If a call presents
    /// credentials for both, only that for `self` counts. A credential in a header that only `self` reads is for `self`, even
    /// if it is one that `self` refuses.
    ///
    /// ```no_run
    /// # use secure_runtime::{Authenticator, Gate, authn::{ApiKeys, jwt::Jwt}};
    /// # fn gate(tokens: Jwt) -> Result<Gate, Box<dyn std::error::Error>> {
    /// let keys = ApiKeys::from_file("https://keys.example.com", "/etc/orders/api-keys.json")?;
    /// let gate = Gate::new(keys.either(tokens));
    /// # Ok(gate)
    /// # }
    /// ```
    fn either<B: Authenticator>(self, other: B) -> Either<Self, B>
    where
        Self: Sized,
    {
        Either::new(self, other)
    }
}

/// Asks the first of two authenticators whose credential a call presents: see [`Authenticator::either`].
#[derive(Clone, Debug)]
pub struct Either<A, B> {
    first: A,
    second: B,
    /// Headers that only the first reads.
    of_first: Vec<HeaderName>,
}

impl<A: Authenticator, B: Authenticator> Either<A, B> {
    fn new(first: A, second: B) -> Self {
        let (mut of_first, of_second) = (first.credential_headers(), second.credential_headers());
        of_first.retain(|name| !of_second.contains(name));
        Self { first, second, of_first }
    }
}

impl<A: Authenticator, B: Authenticator> Either<A, B> {
    /// A credential in a header that nobody else reads is refused by the first. For the second, the call would be one
    /// without a credential.
    fn is_for_first(&self, head: &CallHead<'_>) -> bool {
        self.first.is_presented(head) || self.of_first.iter().any(|name| head.headers().contains_key(name))
    }
}

impl<A: Authenticator, B: Authenticator> Authenticator for Either<A, B> {
    fn authenticate(&self, head: &CallHead<'_>) -> Authentication {
        match self.is_for_first(head) {
            true => self.first.authenticate(head),
            false => self.second.authenticate(head),
        }
    }

    fn recall(&self, head: &CallHead<'_>) -> Option<Principal> {
        match self.is_for_first(head) {
            true => self.first.recall(head),
            false => self.second.recall(head),
        }
    }

    fn credential_headers(&self) -> Vec<HeaderName> {
        [self.first.credential_headers(), self.second.credential_headers()].concat()
    }

    fn max_credential_bytes(&self) -> usize {
        self.first.max_credential_bytes().max(self.second.max_credential_bytes())
    }

    fn is_presented(&self, head: &CallHead<'_>) -> bool {
        self.first.is_presented(head) || self.second.is_presented(head)
    }
}

impl<F> Authenticator for F
where
    F: Fn(&CallHead<'_>) -> Authentication + Send + Sync + 'static,
{
    fn authenticate(&self, head: &CallHead<'_>) -> Authentication {
        self(head)
    }
}

/// The part of a call that an authenticator sees: path, headers and connection, but not the body.
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

    /// The connection of the call, with its client certificate.
    pub fn connection(&self) -> &'a Connection {
        self.connection
    }

    /// The bearer token of the `authorization` header. It is `None` if there is no such header.
    ///
    /// # Errors
    ///
    /// The header is not `Bearer`, one space, and a token of at most 8,192 bytes (RFC 6750, section 2.1), or there is
    /// more than one. Refuse such a call: treating it as anonymous would hide the mistake.
    pub fn bearer(&self) -> Result<Option<BearerToken<'a>>, Rejection> {
        self.bearer_within(BearerToken::MAX_BYTES)
    }

    /// [`bearer`](Self::bearer), for a token of at most `max_bytes`.
    pub(super) fn bearer_within(&self, max_bytes: usize) -> Result<Option<BearerToken<'a>>, Rejection> {
        BearerToken::from_headers(self.headers, max_bytes)
    }

    /// The bytes in the place of the bearer token. They may only be compared with tokens that are known.
    pub(super) fn unchecked_bearer(&self) -> Option<&'a [u8]> {
        BearerToken::unchecked(self.headers)
    }
}

/// Prints the path only: headers hold credentials.
impl fmt::Debug for CallHead<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallHead").field("path", &self.path).finish_non_exhaustive()
    }
}

/// The answer of an authenticator, now or later.
///
/// The answer is a principal, or `Ok(None)` if the call presents no credential, or a [`Rejection`]. Each of these, and a
/// `Result` of them, converts into it by `into()`.
#[expect(clippy::exhaustive_enums, reason = "an answer is there or is not: there is no third case")]
pub enum Authentication {
    /// The answer is known.
    Ready(Result<Option<Principal>, Rejection>),
    /// The answer will be known when the future completes. The call waits for it.
    Pending(Pin<Box<dyn Future<Output = Result<Option<Principal>, Rejection>> + Send>>),
}

impl Authentication {
    /// The call presents no credential.
    pub fn anonymous() -> Self {
        Self::Ready(Ok(None))
    }

    /// The answer will be the output of `future`.
    pub fn pending(future: impl Future<Output = Result<Option<Principal>, Rejection>> + Send + 'static) -> Self {
        Self::Pending(Box::pin(future))
    }

    /// Records how the client certificate of the connection counts.
    pub(super) fn on_certificate(self, standing: CertificateStanding) -> Self {
        let record = move |answer: Result<Option<Principal>, Rejection>| {
            answer.map(|principal| principal.map(|principal| principal.certificate(standing)))
        };
        match self {
            Self::Ready(answer) => Self::Ready(record(answer)),
            Self::Pending(answer) if standing != CertificateStanding::ByAlternativeNames => {
                Self::pending(async move { record(answer.await) })
            }
            pending => pending,
        }
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
