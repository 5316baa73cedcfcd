//! A call on its way through a gate.

use super::end::CallEnd;
use super::record::Record;
use super::refusal::Refusal;
use super::request_check::RequestCheck;
use crate::principal::Principal;
use crate::request_id::RequestId;
use crate::tls::PeerCertificates;

/// The facts about an admitted call.
#[derive(Debug)]
pub(super) struct Admitted {
    pub(super) principal: Option<Principal>,
    pub(super) peer: Option<PeerCertificates>,
    pub(super) request_id: RequestId,
    /// Decides about each request, if the rule has request conditions.
    pub(super) check: Option<RequestCheck>,
    /// Ends the call early.
    pub(super) end: CallEnd,
    /// Whether the rule refuses the call, and it goes on all the same.
    pub(super) passes: bool,
}

/// What was found out about a call that its rule admits, or that passes.
pub(super) struct Ruled {
    pub(super) record: Record,
    pub(super) principal: Option<Principal>,
    /// Report-only mode lets the refused call pass.
    pub(super) decided: Result<(), Refusal>,
}
