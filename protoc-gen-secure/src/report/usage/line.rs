//! One line of an audit log, as `JsonLines` writes it.

use std::borrow::Cow;

use serde::Deserialize;

/// The members that matter here. Others are ignored: a newer runtime may have more.
#[derive(Debug, Deserialize)]
pub(super) struct Line<'a> {
    #[serde(borrow)]
    pub(super) time: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) method: Option<Cow<'a, str>>,
    pub(super) authorized: Option<bool>,
    /// The rule refused the call, and `danger::report_only` let it pass.
    #[serde(default)]
    pub(super) passed: bool,
    #[serde(borrow)]
    pub(super) denial: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(super) reason: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(super) issuer: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(super) subject: Option<Cow<'a, str>>,
    /// How many lines were dropped.
    pub(super) dropped: Option<u64>,
    /// How many refusals were counted instead of written.
    pub(super) refused: Option<u64>,
}

/// What a line tells.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Kind {
    Admitted,
    /// The rule refused it, and it ran all the same.
    Passed,
    Refused,
    /// So many refusals.
    RefusedMany(u64),
    Dropped(u64),
    /// The end of a call, a connection, or something newer.
    Other,
}

impl<'a> Line<'a> {
    /// `None` if it is no line of an audit log.
    pub(super) fn read(line: &'a [u8]) -> Option<Self> {
        serde_json::from_slice::<Self>(line).ok().filter(|line| is_time(&line.time))
    }

    pub(super) fn kind(&self) -> Kind {
        match (self.authorized, self.dropped, self.refused) {
            (Some(true), _, _) => Kind::Admitted,
            (Some(false), _, _) if self.passed => Kind::Passed,
            (Some(false), _, _) => Kind::Refused,
            (None, Some(lines), _) => Kind::Dropped(lines),
            (None, _, Some(calls)) if self.method.is_some() => Kind::RefusedMany(calls),
            (None, _, _) => Kind::Other,
        }
    }
}

/// `2026-05-01T09:30:00.125Z`: all have one length, so their order is that of their bytes.
fn is_time(time: &str) -> bool {
    let form = "0000-00-00T00:00:00.000Z";
    let fits = |(byte, expected): (u8, u8)| if expected == b'0' { byte.is_ascii_digit() } else { byte == expected };
    time.len() == form.len() && time.bytes().zip(form.bytes()).all(fits)
}
