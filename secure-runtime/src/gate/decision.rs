//! Asks the authenticator of a gate about a request, and the rule of its method about the caller.

use http::header;
use http::request::Parts;

use super::head::Head;
use super::refusal::Refusal;
use super::row::Row;
use super::settings::Gate;
use crate::authn::{Authentication, CallHead, Rejection};
use crate::authz::{self, Access, Denial};
use crate::connection::Connection;
use crate::principal::Principal;

impl Gate {
    /// Who calls, as the credential of the request says.
    pub(super) fn authenticate(&self, head: &mut Head, row: &Row) -> Authentication {
        if row.rule.access() == Access::Anonymous {
            return Authentication::anonymous();
        }
        let mut credentials = 0;
        for name in &self.0.credential_headers {
            let header::Entry::Occupied(mut values) = head.parts.headers.entry(name) else { continue };
            let count = values.iter_mut().map(|value| value.set_sensitive(true)).count();
            if count > 1 && name == header::AUTHORIZATION {
                return Rejection::rejected("more than one authorization header").into();
            }
            credentials += count;
        }
        match head.connection() {
            Some(connection) => match certificate_counts(connection) {
                Err(rejection) => rejection.into(),
                Ok(()) => {
                    let Parts { uri, headers, .. } = &head.parts;
                    self.0.authenticator.authenticate(&CallHead::new(uri.path(), headers, connection))
                }
            },
            None => self.without_connection(credentials, row),
        }
    }

    /// A request that did not come through this crate's server may have crossed the network in plaintext.
    fn without_connection(&self, credentials: usize, row: &Row) -> Authentication {
        if credentials == 0 && row.rule.access() == Access::Public {
            return Authentication::anonymous();
        }
        self.0.warned.call_once_force(|_| {
            tracing::warn!(
                method = row.audited.method,
                "protected methods refuse every call, because this service is mounted on a server that cannot vouch \
                 for its connections: serve it with `secure_runtime::Server`"
            );
        });
        Rejection::rejected("the connection is not one of secure_runtime::Server").into()
    }

    /// Refuses a call whose credential or client certificate stopped to count while it waited.
    pub(super) fn check_after_wait(
        &self,
        head: &Head,
        row: &Row,
        principal: Option<&Principal>,
    ) -> Result<(), Refusal> {
        if row.rule.access() == Access::Anonymous {
            return Ok(());
        }
        head.connection().map_or(Ok(()), certificate_counts)?;
        match principal.is_some_and(Principal::has_expired) {
            true => Err(Denial::CredentialExpired.into()),
            false => Ok(()),
        }
    }

    /// What the rule says of the caller.
    pub(super) fn decide(&self, head: &Head, row: &Row, principal: Option<&Principal>) -> Result<(), Refusal> {
        decide(head, row, principal).map_err(|refusal| match &self.0.report_only {
            Some(report_only) => report_only.judge(refusal, principal),
            None => refusal,
        })
    }
}

/// A handshake proves a certificate once (RFC 8446, section 4.4.2); a connection may outlive it.
fn certificate_counts(connection: &Connection) -> Result<(), Rejection> {
    connection.refusal().map_or(Ok(()), |refusal| Err(refusal.into()))
}

/// What the rule says of the caller, before report-only mode.
fn decide(head: &Head, row: &Row, principal: Option<&Principal>) -> Result<(), Refusal> {
    if principal.is_some_and(Principal::has_expired) {
        return Err(Denial::CredentialExpired.into());
    }
    let peer = head.connection().and_then(Connection::peer_certificates);
    Ok(authz::decide(&row.rule, principal, peer)?)
}
