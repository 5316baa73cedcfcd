//! Client certificates and other credentials, on one server.

use http::HeaderName;
use http::header::AUTHORIZATION;

use super::{Authentication, Authenticator, CallHead, Mtls};
use crate::Principal;

/// Other credentials, and client certificates for calls without one: see [`Mtls::beside`].
#[derive(Clone, Debug)]
pub struct Beside<A> {
    tokens: A,
    certificates: Mtls,
}

impl Mtls {
    /// Asks `tokens` if the call presents a credential for it, and the certificate only if it does not.
    ///
    /// | credential for `tokens` | certificate | caller |
    /// |---|---|---|
    /// | none | none | anonymous |
    /// | none | presented | the principal of the certificate |
    /// | presented | none | the principal of `tokens` |
    /// | presented | presented | the principal of `tokens`, with [`Caller::peer`](crate::Caller::peer) |
    ///
    /// - A call with a credential for `tokens`, or with any `authorization` header, never falls back to its certificate.
    /// - A certificate never invalidates a valid token. Beside a token, a certificate without a usable name, or of a
    ///   trust domain that is not accepted here, is ignored. It satisfies neither `peers` nor `CREDENTIAL_MTLS`.
    /// - The principal of a certificate is [excluded from ownership](Principal::excluded_from_ownership): its name could be
    ///   the subject of a token.
    pub fn beside<A: Authenticator>(self, tokens: A) -> Beside<A> {
        Beside { tokens, certificates: self }
    }
}

impl<A: Authenticator> Authenticator for Beside<A> {
    fn authenticate(&self, head: &CallHead<'_>) -> Authentication {
        match head.headers().contains_key(AUTHORIZATION) || self.tokens.is_presented(head) {
            true => self.tokens.authenticate(head).on_certificate(self.certificates.standing(head.connection())),
            false => self
                .certificates
                .principal_of(head.connection())
                .map(|it| it.map(Principal::excluded_from_ownership))
                .into(),
        }
    }

    fn credential_headers(&self) -> Vec<HeaderName> {
        self.tokens.credential_headers()
    }

    fn max_credential_bytes(&self) -> usize {
        self.tokens.max_credential_bytes()
    }

    fn recall(&self, head: &CallHead<'_>) -> Option<Principal> {
        match head.headers().contains_key(AUTHORIZATION) || self.tokens.is_presented(head) {
            true => {
                let standing = self.certificates.standing(head.connection());
                self.tokens.recall(head).map(|principal| principal.certificate(standing))
            }
            false => self.certificates.recall(head).map(Principal::excluded_from_ownership),
        }
    }

    fn is_presented(&self, head: &CallHead<'_>) -> bool {
        self.tokens.is_presented(head) || self.certificates.is_presented(head)
    }
}
