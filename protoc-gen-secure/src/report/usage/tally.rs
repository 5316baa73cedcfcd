//! Counts the lines of an audit log.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead, Read};

use serde::Serialize;

use super::line::{Kind, Line};
use crate::manifest::Manifest;

/// The counts of one or several logs.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// By index. Names are `package.Service/Method`.
    pub(super) methods: Vec<String>,
    index: BTreeMap<String, usize>,
    pub(super) calls: Vec<Calls>,
    pub(super) refusals: BTreeMap<String, BTreeMap<usize, u64>>,
    pub(super) principals: Principals,
    pub(super) seen: Seen,
}

/// By issuer and subject.
pub(super) type Principals = BTreeMap<(String, String), Principal>;

/// The calls of a method.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Calls {
    pub(super) admitted: u64,
    pub(super) passed: u64,
    pub(super) refused: u64,
}

/// The calls of a principal.
#[derive(Debug, Default)]
pub(super) struct Principal {
    pub(super) admitted: u64,
    /// The methods that admitted it, by index.
    pub(super) methods: BTreeSet<usize>,
}

/// How much of the log was seen.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Seen {
    pub(super) lines: u64,
    pub(super) admitted: u64,
    pub(super) refused: u64,
    pub(super) passed_by_report_only: u64,
    /// Lines that the log itself says are missing.
    pub(super) dropped: u64,
    /// Lines that are no audit lines.
    pub(super) unreadable: u64,
    /// Calls of methods that the manifest does not have.
    pub(super) of_other_methods: u64,
    /// Admitted calls of principals beyond the limit.
    pub(super) of_principals_not_counted: u64,
    #[serde(skip)]
    pub(super) from: Option<String>,
    #[serde(skip)]
    pub(super) to: Option<String>,
}

impl Tally {
    /// Nothing counted yet.
    pub(crate) fn new(manifest: &Manifest) -> Self {
        let methods = manifest.services.iter().flat_map(|(service, it)| {
            it.methods.keys().map(move |method| format!("{service}/{method}")).collect::<Vec<_>>()
        });
        let methods = methods.collect::<Vec<_>>();
        let index = methods.iter().cloned().zip(0..).collect();
        let calls = vec![Calls::default(); methods.len()];
        Self { methods, index, calls, ..Self::default() }
    }

    /// Counts all lines of a log. Tells `progress` how many bytes it has read.
    pub(crate) fn read(&mut self, mut log: impl BufRead, mut progress: impl FnMut(u64)) -> io::Result<()> {
        let mut line = Vec::new();
        loop {
            line.clear();
            let bytes = log.by_ref().take(MAX_LINE_BYTES).read_until(b'\n', &mut line)?;
            match bytes {
                0 => return Ok(()),
                _ if line.ends_with(b"\n") || bytes < MAX_LINE_BYTES as usize => self.count(line.trim_ascii()),
                _ => {
                    skip_line(&mut log)?;
                    self.count(b"too long");
                }
            }
            progress(bytes as u64);
        }
    }

    fn count(&mut self, text: &[u8]) {
        if text.is_empty() {
            return;
        }
        self.seen.lines += 1;
        let Some(line) = Line::read(text) else {
            self.seen.unreadable += 1;
            return;
        };
        self.seen.extend_window(&line.time);
        match line.kind() {
            Kind::Admitted => self.admitted(&line),
            Kind::Passed => {
                self.seen.passed_by_report_only += 1;
                self.refused(&line, 1, true);
            }
            Kind::Refused => self.refused(&line, 1, false),
            Kind::RefusedMany(calls) => self.refused(&line, calls, false),
            Kind::Dropped(lines) => self.seen.dropped = self.seen.dropped.saturating_add(lines),
            Kind::Other => {}
        }
    }

    fn admitted(&mut self, line: &Line<'_>) {
        self.seen.admitted += 1;
        let Some(method) = self.method(line) else {
            self.seen.of_other_methods = self.seen.of_other_methods.saturating_add(1);
            return;
        };
        self.calls[method].admitted += 1;
        let (Some(issuer), Some(subject)) = (&line.issuer, &line.subject) else { return };
        let key = (issuer.to_string(), subject.to_string());
        if self.principals.len() >= MAX_PRINCIPALS && !self.principals.contains_key(&key) {
            self.seen.of_principals_not_counted += 1;
            return;
        }
        let principal = self.principals.entry(key).or_default();
        principal.admitted += 1;
        principal.methods.insert(method);
    }

    fn refused(&mut self, line: &Line<'_>, calls: u64, passed: bool) {
        self.seen.refused = self.seen.refused.saturating_add(calls);
        let Some(method) = self.method(line) else {
            self.seen.of_other_methods = self.seen.of_other_methods.saturating_add(calls);
            return;
        };
        let counted = &mut self.calls[method];
        let counted = if passed { &mut counted.passed } else { &mut counted.refused };
        *counted = counted.saturating_add(calls);
        let reason = line.reason.as_deref().or(line.denial.as_deref()).unwrap_or("unknown");
        let reason = match self.refusals.len() >= MAX_REASONS && !self.refusals.contains_key(reason) {
            true => "other reasons",
            false => reason,
        };
        let counted = self.refusals.entry(reason.to_owned()).or_default().entry(method).or_default();
        *counted = counted.saturating_add(calls);
    }

    fn method(&self, line: &Line<'_>) -> Option<usize> {
        self.index.get(line.method.as_deref()?.strip_prefix('/')?).copied()
    }
}

impl Seen {
    fn extend_window(&mut self, time: &str) {
        if self.from.as_deref().is_none_or(|from| time < from) {
            self.from = Some(time.to_owned());
        }
        if self.to.as_deref().is_none_or(|to| time > to) {
            self.to = Some(time.to_owned());
        }
    }
}

/// Reads the rest of a line that is too long, without keeping it.
fn skip_line(log: &mut impl BufRead) -> io::Result<()> {
    loop {
        let buffer = log.fill_buf()?;
        let (bytes, is_end) = match buffer.iter().position(|byte| *byte == b'\n') {
            Some(place) => (place + 1, true),
            None => (buffer.len(), buffer.is_empty()),
        };
        log.consume(bytes);
        if is_end {
            return Ok(());
        }
    }
}

/// A longer line is no audit line: the runtime cuts all text of callers.
const MAX_LINE_BYTES: u64 = 64 * 1024;

/// Further principals are counted together. So many take about 50 MiB.
const MAX_PRINCIPALS: usize = 100_000;

/// Reasons are constants of the program that wrote the log, so there are few.
const MAX_REASONS: usize = 1_000;
