//! Tokens and client certificates, on one server.

use http::header;

use super::{Authentication, Authenticator, CallHead, Mtls};
use crate::Principal;

/// Tokens, and client certificates for calls without one: see [`Mtls::beside`].
#[derive(Clone, Debug)]
pub struct Beside<A> {
    tokens: A,
    certificates: Mtls,
}

impl Mtls {
    /// Asks `tokens` who calls if there is an `authorization` header, and the certificate only if there is none.
    ///
    /// | `authorization` | certificate | who calls |
    /// |---|---|---|
    /// | none | none | nobody |
    /// | none | there | the certificate's principal |
    /// | there | none | whom `tokens` says, if anybody |
    /// | there | there | whom `tokens` says, if anybody, with [`Caller::peer`](crate::Caller::peer) |
    ///
    /// The certificate's principal [owns nothing](Principal::owns_nothing) in requests: its name may be a token's subject.
    ///
    /// A certificate that would be refused alone is refused beside a token, too: it stands for nobody.
    ///
    /// Whatever the header holds, a call that has one never falls back to its certificate. So credentials of `tokens`
    /// in other places, such as a header of one's own, go unseen without `authorization`.
    pub fn beside<A: Authenticator>(self, tokens: A) -> Beside<A> {
        Beside { tokens, certificates: self }
    }
}

impl<A: Authenticator> Authenticator for Beside<A> {
    fn authenticate(&self, head: &CallHead<'_>) -> Authentication {
        match head.headers().contains_key(header::AUTHORIZATION) {
            true => match self.certificates.check(head.connection()) {
                Ok(()) => self.tokens.authenticate(head),
                Err(rejection) => rejection.into(),
            },
            false => self.certificates.principal_of(head.connection()).map(|it| it.map(Principal::owns_nothing)).into(),
        }
    }
}
