//! Asks the rule of a method about a caller, and an authenticator about its headers.

use http::header::{self, HeaderName};
use http::request::Parts;

use super::refusal::Refusal;
use super::row::Row;
use crate::authn::Authenticator;
use crate::authz::{self, Denial};
use crate::connection::{Connection, Vouched};
use crate::principal::Principal;

/// What the rule says of the caller.
pub(super) fn decide(head: &Parts, row: Row, principal: Option<&Principal>) -> Result<(), Refusal> {
    if principal.is_some_and(Principal::has_expired) {
        return Err(Denial::CredentialExpired.into());
    }
    let peer = Vouched::connection(&head.extensions).and_then(Connection::peer_certificates);
    Ok(authz::decide(&row.rule, principal, peer)?)
}

/// The headers to remove before the handler. `authorization` is always among them.
pub(super) fn credential_headers(authenticator: &impl Authenticator) -> Vec<HeaderName> {
    let mut headers = authenticator.credential_headers();
    if !headers.contains(&header::AUTHORIZATION) {
        headers.push(header::AUTHORIZATION);
    }
    headers
}
