//! One event as one line of JSON.

use std::cell::Cell;
use std::io::Write;
use std::net::SocketAddr;
use std::time::{SystemTime, UNIX_EPOCH};

use time::OffsetDateTime;

use crate::audit::{AuditEvent, CallEnded, ConnectionEvent, HealthEvent, LimitEvent, cut};
use crate::authz::Decision;
use crate::invisible::is_invisible;
use crate::request_id::RequestId;
use crate::trace_parent::TraceId;

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
    remote_addr(line, event.remote_addr);
    request_id(line, event.request_id);
    trace_id(line, event.trace_id);
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
    request_id(line, end.request_id);
    trace_id(line, end.trace_id);
    line.extend_from_slice(b"}\n");
}

/// Appends the line of a connection that was closed before there was a call on it.
pub(super) fn write_connection(line: &mut Vec<u8>, event: &ConnectionEvent, now: SystemTime) {
    start(line, now);
    text(line, ",\"connection\":", event.failure.name());
    end_with_client(line, event.remote_addr);
}

/// Appends the line of a limit that a client reached on an open connection.
pub(super) fn write_limit(line: &mut Vec<u8>, event: &LimitEvent, now: SystemTime) {
    start(line, now);
    text(line, ",\"limit\":", event.limit.name());
    end_with_client(line, event.remote_addr);
}

/// Appends the line of calls of the health service.
pub(super) fn write_health(line: &mut Vec<u8>, event: &HealthEvent, now: SystemTime) {
    start(line, now);
    _ = write!(line, ",\"health_checks\":{}", event.calls);
    end_with_client(line, event.remote_addr);
}

/// Ends a line with the address of a client, if it is known.
fn end_with_client(line: &mut Vec<u8>, address: Option<SocketAddr>) {
    remote_addr(line, address);
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
    match is_plain(value) {
        true => line.extend_from_slice(value.as_bytes()),
        false => value.chars().for_each(|char| escaped(line, char)),
    }
    line.push(b'"');
}

/// Whether a text needs no escapes.
fn is_plain(value: &str) -> bool {
    // Looking at every byte is faster than stopping at the first that needs an escape: the processor compares many at once.
    let is_plain = |byte: u8| (byte.wrapping_sub(b' ') <= b'~' - b' ') & (byte != b'"') & (byte != b'\\');
    value.bytes().fold(true, |all, byte| all & is_plain(byte))
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

/// Appends an address as its `Display` writes it, and without its cost for IPv4.
fn remote_addr(line: &mut Vec<u8>, address: Option<SocketAddr>) {
    let Some(address) = address else { return };
    line.extend_from_slice(b",\"remote_addr\":\"");
    match address {
        SocketAddr::V4(address) => {
            for (octet, separator) in address.ip().octets().into_iter().zip(*b"...:") {
                decimal(line, octet.into());
                line.push(separator);
            }
            decimal(line, address.port());
        }
        SocketAddr::V6(address) => _ = write!(line, "{address}"),
    }
    line.push(b'"');
}

/// Appends the id of a call as its `Display` writes it.
fn request_id(line: &mut Vec<u8>, id: RequestId) {
    let (process, count) = id.numbers();
    line.extend_from_slice(b",\"request_id\":\"");
    hexadecimal(line, process.into(), 8);
    line.push(b'-');
    hexadecimal(line, count, 1);
    line.push(b'"');
}

/// Appends the id of a trace as its `Display` writes it.
fn trace_id(line: &mut Vec<u8>, id: Option<TraceId>) {
    let Some(id) = id else { return };
    line.extend_from_slice(b",\"trace_id\":\"");
    id.to_bytes().into_iter().for_each(|byte| hexadecimal(line, byte.into(), 2));
    line.push(b'"');
}

fn decimal(line: &mut Vec<u8>, number: u16) {
    if number >= 10 {
        decimal(line, number / 10);
    }
    // A digit is below ten.
    line.push(b'0' + (number % 10) as u8);
}

/// Appends a number with at least so many digits.
fn hexadecimal(line: &mut Vec<u8>, number: u64, digits: u32) {
    let digits = (u64::BITS - number.leading_zeros()).div_ceil(4).max(digits);
    line.extend((0..digits).rev().map(|place| b"0123456789abcdef"[(number >> (4 * place) & 15) as usize]));
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

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut line = Vec::new();
        write(&mut line);
        String::from_utf8(line).unwrap()
    }

    #[test]
    fn addresses_are_written_as_they_display() {
        for address in ["0.0.0.0:0", "10.2.30.255:65535", "127.0.0.1:50051", "[2001:db8::1]:443", "[::ffff:1.2.3.4]:9"]
        {
            let address: SocketAddr = address.parse().unwrap();
            let line = written(|line| remote_addr(line, Some(address)));
            assert_eq!(line, format!(",\"remote_addr\":\"{address}\""));
        }
    }

    #[test]
    fn ids_are_written_as_they_display() {
        for byte in u8::MIN..=u8::MAX {
            let (call, trace) = (RequestId::next(), TraceId::from_bytes([byte; 16]));
            assert_eq!(written(|line| request_id(line, call)), format!(",\"request_id\":\"{call}\""));
            assert_eq!(written(|line| trace_id(line, Some(trace))), format!(",\"trace_id\":\"{trace}\""));
        }
        assert_eq!(written(|line| hexadecimal(line, u64::MAX, 1)), "ffffffffffffffff");
    }

    #[test]
    fn only_printable_ascii_without_quotes_and_backslashes_is_plain() {
        for char in (0..0x300).filter_map(char::from_u32) {
            let is_expected = matches!(char, ' '..='~') && char != '"' && char != '\\';
            assert_eq!(is_plain(&format!("a{char}")), is_expected, "{char:?}");
        }
    }
}
