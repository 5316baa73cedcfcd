//! Tokens and client certificates, on one server.

use http::header;

use super::{Authentication, Authenticator, CallHead, Mtls};

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
    /// Whatever the header holds, a call that has one never falls back to its certificate. So credentials of `tokens`
    /// in other places, such as a header of one's own, go unseen without `authorization`.
    pub fn beside<A: Authenticator>(self, tokens: A) -> Beside<A> {
        Beside { tokens, certificates: self }
    }
}

impl<A: Authenticator> Authenticator for Beside<A> {
    fn authenticate(&self, head: &CallHead<'_>) -> Authentication {
        match head.headers().contains_key(header::AUTHORIZATION) {
            true => self.tokens.authenticate(head),
            false => self.certificates.authenticate(head),
        }
    }
}
