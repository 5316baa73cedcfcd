//! One event as one line of JSON.

use std::cell::Cell;
use std::fmt::Display;
use std::io::Write;
use std::net::SocketAddr;
use std::time::{SystemTime, UNIX_EPOCH};

use time::OffsetDateTime;

use crate::audit::{AuditEvent, CallEnded, ConnectionEvent, HealthEvent, LimitEvent, cut};
use crate::authz::Decision;
use crate::invisible::is_invisible;

/// Appends the line of `event`, with its line feed.
pub(super) fn write(line: &mut Vec<u8>, event: &AuditEvent<'_>, now: SystemTime) {
    start(line, now);
    text(line, ",\"method\":", event.method);
    optional(line, ",\"path\":", event.path);
    match event.decision {
        Decision::Allow => line.extend_from_slice(b",\"authorized\":true"),
        Decision::Deny(denial) => {
            line.extend_from_slice(b",\"authorized\":false");
            text(line, ",\"denial\":", denial.name());
        }
    }
    optional(line, ",\"reason\":", event.reason);
    if event.passed {
        line.extend_from_slice(b",\"passed\":true");
    }
    optional(line, ",\"report_only\":", event.report_only);
    optional(line, ",\"issuer\":", event.principal.map(|principal| cut(principal.issuer())));
    optional(line, ",\"subject\":", event.principal.map(|principal| cut(principal.subject())));
    optional(line, ",\"actor_issuer\":", event.actor.map(|actor| cut(actor.issuer())));
    optional(line, ",\"actor_subject\":", event.actor.map(|actor| cut(actor.subject())));
    optional(line, ",\"declared_at\":", event.declared_at);
    optional(line, ",\"policy_digest\":", event.policy_digest);
    if let Some(address) = event.remote_addr {
        displayed(line, ",\"remote_addr\":", address);
    }
    displayed(line, ",\"request_id\":", event.request_id);
    if let Some(id) = event.trace_id {
        displayed(line, ",\"trace_id\":", id);
    }
    if let Some(id) = event.client_request_id {
        text(line, ",\"client_request_id\":", cut(&String::from_utf8_lossy(id)));
    }
    line.extend_from_slice(b"}\n");
}

/// Appends the line of the end of a call.
pub(super) fn write_end(line: &mut Vec<u8>, end: &CallEnded<'_>, now: SystemTime) {
    start(line, now);
    text(line, ",\"method\":", end.method);
    optional(line, ",\"path\":", end.path);
    text(line, ",\"ended\":", end.status);
    _ = write!(line, ",\"duration_ms\":{:.3}", end.duration.as_secs_f64() * 1000.0);
    optional(line, ",\"issuer\":", end.principal.map(|principal| cut(principal.issuer())));
    optional(line, ",\"subject\":", end.principal.map(|principal| cut(principal.subject())));
    displayed(line, ",\"request_id\":", end.request_id);
    if let Some(id) = end.trace_id {
        displayed(line, ",\"trace_id\":", id);
    }
    line.extend_from_slice(b"}\n");
}

/// Appends the line of a connection that was closed before there was a call on it.
pub(super) fn write_connection(line: &mut Vec<u8>, event: &ConnectionEvent, now: SystemTime) {
    start(line, now);
    text(line, ",\"connection\":", event.failure.name());
    of_client(line, event.remote_addr);
}

/// Appends the line of a limit that a client reached on an open connection.
pub(super) fn write_limit(line: &mut Vec<u8>, event: &LimitEvent, now: SystemTime) {
    start(line, now);
    text(line, ",\"limit\":", event.limit.name());
    of_client(line, event.remote_addr);
}

/// Appends the line of calls of the health service.
pub(super) fn write_health(line: &mut Vec<u8>, event: &HealthEvent, now: SystemTime) {
    start(line, now);
    _ = write!(line, ",\"health_checks\":{}", event.calls);
    of_client(line, event.remote_addr);
}

/// Ends a line with the address of a client, if it is known.
fn of_client(line: &mut Vec<u8>, remote_addr: Option<SocketAddr>) {
    if let Some(address) = remote_addr {
        displayed(line, ",\"remote_addr\":", address);
    }
    line.extend_from_slice(b"}\n");
}

/// Appends the line that tells how many refusals were counted instead of written one by one.
pub(super) fn refused(line: &mut Vec<u8>, method: &str, denial: &str, count: u64, now: SystemTime) {
    start(line, now);
    text(line, ",\"method\":", method);
    text(line, ",\"denial\":", denial);
    number(line, ",\"refused\":", count);
}

/// Appends the line that tells how many lines were dropped.
pub(super) fn dropped(line: &mut Vec<u8>, count: u64, now: SystemTime) {
    start(line, now);
    number(line, ",\"dropped\":", count);
}

fn start(line: &mut Vec<u8>, now: SystemTime) {
    line.extend_from_slice(b"{\"time\":\"");
    line.extend_from_slice(&rfc3339(now));
    line.push(b'"');
}

fn optional(line: &mut Vec<u8>, member: &str, value: Option<&str>) {
    if let Some(value) = value {
        text(line, member, value);
    }
}

/// Appends a string: escaped for JSON (RFC 8259, section 7) and for terminals.
fn text(line: &mut Vec<u8>, member: &str, value: &str) {
    line.extend_from_slice(member.as_bytes());
    line.push(b'"');
    match value.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\') {
        true => line.extend_from_slice(value.as_bytes()),
        false => value.chars().for_each(|char| escaped(line, char)),
    }
    line.push(b'"');
}

fn escaped(line: &mut Vec<u8>, char: char) {
    match char {
        '"' | '\\' => line.extend_from_slice(&[b'\\', char as u8]),
        char if is_invisible(char) => char.encode_utf16(&mut [0; 2]).iter().for_each(|unit| {
            _ = write!(line, "\\u{unit:04x}");
        }),
        char => line.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes()),
    }
}

/// Appends a value whose text needs no escapes.
fn displayed(line: &mut Vec<u8>, member: &str, value: impl Display) {
    line.extend_from_slice(member.as_bytes());
    _ = write!(line, "\"{value}\"");
}

fn number(line: &mut Vec<u8>, member: &str, value: u64) {
    line.extend_from_slice(member.as_bytes());
    _ = writeln!(line, "{value}}}");
}

/// The time in UTC, to the millisecond, such as `2026-05-01T09:30:00.125Z` (RFC 3339).
fn rfc3339(now: SystemTime) -> [u8; TIME_BYTES] {
    let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    let (seconds, millis) = (since.as_secs(), since.subsec_millis());
    let mut text = match LAST_SECOND.get() {
        (second, text) if second == seconds => text,
        _ => {
            let text = second(seconds);
            LAST_SECOND.set((seconds, text));
            text
        }
    };
    for (place, unit) in [(20, 100), (21, 10), (22, 1)] {
        // A digit is below ten.
        text[place] = b'0' + (millis / unit % 10) as u8;
    }
    text
}

fn second(seconds: u64) -> [u8; TIME_BYTES] {
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
    let time = OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let mut text = *b"0000-00-00T00:00:00.000Z";
    let (date, month) = (time.date(), u8::from(time.month()));
    _ = write!(
        text.as_mut_slice(),
        "{:04}-{month:02}-{:02}T{:02}:{:02}:{:02}.000Z",
        date.year(),
        date.day(),
        time.hour(),
        time.minute(),
        time.second()
    );
    text
}

const TIME_BYTES: usize = 24;

thread_local! {
    /// The last second that was formatted, as most calls come in the same second as the one before.
    static LAST_SECOND: Cell<(u64, [u8; TIME_BYTES])> = const { Cell::new((0, *b"1970-01-01T00:00:00.000Z")) };
}
