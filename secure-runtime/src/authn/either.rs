//! Two authenticators on one server.

use http::HeaderName;

use super::{Authentication, Authenticator, CallHead};

/// Asks the first of two authenticators whose credential a call presents: see [`Authenticator::either`].
#[derive(Clone, Debug)]
pub struct Either<A, B> {
    first: A,
    second: B,
}

impl<A, B> Either<A, B> {
    pub(super) fn new(first: A, second: B) -> Self {
        Self { first, second }
    }
}

impl<A: Authenticator, B: Authenticator> Authenticator for Either<A, B> {
    fn authenticate(&self, head: &CallHead<'_>) -> Authentication {
        match self.first.is_presented(head) {
            true => self.first.authenticate(head),
            false => self.second.authenticate(head),
        }
    }

    fn credential_headers(&self) -> Vec<HeaderName> {
        [self.first.credential_headers(), self.second.credential_headers()].concat()
    }

    fn is_presented(&self, head: &CallHead<'_>) -> bool {
        self.first.is_presented(head) || self.second.is_presented(head)
    }
}
