use std::io;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::*;
use crate::audit::{AuditCondition, ConnectionLimit, RequestId};
use crate::authz::Denial;
use crate::principal::Principal;

fn refused(client_request_id: &[u8]) -> AuditEvent<'_> {
    AuditEvent {
        method: "/shop.v1.Orders/Get",
        path: None,
        declared_at: Some("shop/v1/shop.proto:9:5"),
        policy_digest: Some("00ff"),
        principal: None,
        actor: None,
        decision: Decision::Deny(Denial::CredentialMissing),
        passed: false,
        report_only: None,
        reason: None,
        remote_addr: None,
        request_id: RequestId::next(),
        client_request_id: Some(client_request_id),
        trace_id: None,
    }
}

fn admitted(principal: &Principal) -> AuditEvent<'_> {
    AuditEvent { principal: Some(principal.id()), decision: Decision::Allow, client_request_id: None, ..refused(b"") }
}

fn clerk() -> Principal {
    Principal::new("https://id.example.com", "clerk-7")
}

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Written {
    fn lines(&self) -> Vec<Value> {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A writer whose first write waits for a permission.
struct Gated {
    may_write: Receiver<()>,
    written: Written,
}

impl Gated {
    fn new() -> (Self, Sender<()>, Written) {
        let (permit, may_write) = mpsc::channel();
        let written = Written::default();
        (Self { may_write, written: written.clone() }, permit, written)
    }
}

impl Write for Gated {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        _ = self.may_write.recv();
        self.written.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn limits_and_health_checks_have_lines_of_their_own() {
    let written = Written::default();
    let audit = JsonLines::new(written.clone());
    let remote_addr = Some("192.0.2.7:5".parse().unwrap());
    let limit = LimitEvent { remote_addr, limit: ConnectionLimit::StalledMessage };
    for condition in [AuditCondition::OnDeny, AuditCondition::OnAllow, AuditCondition::None] {
        let audit = audit.clone().when(condition).ends();
        audit.log_limit(&limit);
        audit.log_health(&HealthEvent { remote_addr, calls: 6 });
    }
    drop(audit);
    let mut lines = written.lines();
    lines.iter_mut().for_each(|line| drop(line.as_object_mut().unwrap().remove("time")));
    let limit = json!({ "limit": "stalled_message_timeout", "remote_addr": "192.0.2.7:5" });
    assert_eq!(lines, [limit, json!({ "health_checks": 6, "remote_addr": "192.0.2.7:5" })]);
}

#[test]
fn log_without_admitted_calls_has_no_ends() {
    let written = Written::default();
    let audit = JsonLines::new(written.clone());
    let clerk = clerk();
    let decision = admitted(&clerk);
    let end = CallEnded {
        method: decision.method,
        path: None,
        principal: Some(clerk.id()),
        request_id: decision.request_id,
        trace_id: None,
        status: "OK",
        duration: Duration::from_millis(1),
    };
    for condition in [AuditCondition::OnDeny, AuditCondition::OnAllow, AuditCondition::None] {
        let audit = audit.clone().when(condition).ends();
        audit.log(&decision);
        audit.log_end(&end);
    }
    drop(audit);
    let lines = written.lines();
    assert_eq!(lines.len(), 2, "those of `OnAllow`: {lines:?}");
    assert_eq!((&lines[0]["authorized"], &lines[1]["ended"]), (&true.into(), &"OK".into()));
}

#[test]
fn a_client_cannot_add_lines_or_members() {
    let written = Written::default();
    let audit = JsonLines::new(written.clone());
    audit.log(&refused(b"\"}\n{\"authorized\":true\xff"));
    audit.log(&refused(&[b'a'; 1000]));
    drop(audit);
    let lines = written.lines();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["authorized"], false);
    assert_eq!(lines[0]["denial"], "credential_missing");
    assert_eq!(lines[0]["client_request_id"], "\"}\n{\"authorized\":true\u{fffd}");
    assert_eq!(lines[1]["client_request_id"].as_str().unwrap().len(), 256);
}

#[test]
fn hidden_characters_are_escaped_and_read_back_equal() {
    let subject =
        "a\u{7f}\u{9b}31m\u{202e}\u{2066}\u{2028}\u{200b}\u{feff}\u{e0041}\u{fe0f}\u{3164}\u{a0}\t\0é漢😀\\\"";
    let written = Written::default();
    let audit = JsonLines::new(written.clone());
    audit.log(&admitted(&Principal::new("https://id.example.com", subject)));
    drop(audit);
    assert_eq!(written.lines()[0]["subject"], subject);
    let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
    let shown = text.trim_end().chars().filter(|char| !matches!(char, ' '..='~')).collect::<String>();
    assert_eq!(shown, "é漢😀");
}

#[test]
fn a_line_has_its_time_in_rfc_3339() {
    let at = |millis| {
        let mut line = Vec::new();
        let now = std::time::UNIX_EPOCH + Duration::from_millis(millis);
        line::write(&mut line, &refused(b""), now);
        serde_json::from_slice::<Value>(&line).unwrap()["time"].as_str().unwrap().to_owned()
    };
    assert_eq!(at(0), "1970-01-01T00:00:00.000Z");
    assert_eq!(at(951_827_696_789), "2000-02-29T12:34:56.789Z");
    assert_eq!(at(951_827_696_007), "2000-02-29T12:34:56.007Z");
    assert_eq!(at(4_102_444_799_999), "2099-12-31T23:59:59.999Z");
}

#[test]
fn single_line_is_flushed_without_a_second_one() {
    let written = Written::default();
    let audit = JsonLines::new(written.clone());
    audit.log(&admitted(&clerk()));
    let start = Instant::now();
    while written.lines().is_empty() {
        assert!(start.elapsed() < Duration::from_secs(5), "the line was not written");
        std::thread::sleep(Duration::from_millis(1));
    }
    drop(audit);
}

#[test]
fn flood_of_refusals_displaces_no_admitted_call() {
    let (writer, permit, written) = Gated::new();
    let audit = JsonLines::new(writer);
    const REFUSALS: u64 = 50_000;
    for _ in 0..REFUSALS {
        audit.log(&refused(b""));
    }
    audit.log(&admitted(&clerk()));
    assert_eq!(audit.dropped(), 0);
    drop(permit);
    drop(audit);
    let lines = written.lines();
    assert_eq!(lines.iter().filter(|line| line["authorized"] == true).count(), 1);
    let single = lines.iter().filter(|line| line["authorized"] == false).count() as u64;
    let counted = lines.iter().filter_map(|line| line["refused"].as_u64()).sum::<u64>();
    assert!(counted > 0, "the queue of refusals is bounded");
    assert_eq!(single + counted, REFUSALS);
    let count = lines.iter().find(|line| line["refused"].is_u64()).unwrap();
    assert_eq!((&count["method"], &count["denial"]), (&"/shop.v1.Orders/Get".into(), &"credential_missing".into()));
}

#[test]
fn stuck_writer_delays_no_call_and_dropped_lines_are_counted() {
    let (writer, permit, written) = Gated::new();
    let audit = JsonLines::new(writer);
    let clerk = clerk();
    let calls = 3 * queue::MAX_QUEUE_BYTES / 250;
    for _ in 0..calls {
        audit.log(&admitted(&clerk));
    }
    let dropped = audit.dropped();
    assert!(dropped > 0, "the queue is bounded");
    drop(permit);
    drop(audit);
    let lines = written.lines();
    let told = lines.iter().filter_map(|line| line["dropped"].as_u64()).sum::<u64>();
    let written = lines.iter().filter(|line| line["authorized"] == true).count() as u64;
    assert_eq!((told, written + told), (dropped, calls as u64));
}

#[test]
fn fail_closed_refuses_what_it_cannot_record() {
    let (writer, permit, written) = Gated::new();
    let audit = JsonLines::new(writer).fail_closed();
    let clerk = clerk();
    let mut recorded = 0;
    while audit.record(&admitted(&clerk)).is_ok() {
        recorded += 1;
        assert!(recorded < 1_000_000, "the queue is bounded");
    }
    assert!(audit.record(&refused(b"")).is_ok(), "a refusal stays a refusal");
    drop(permit);
    drop(audit);
    assert_eq!(written.lines().iter().filter(|line| line["authorized"] == true).count(), recorded);
}

/// A writer that fails until it is mended.
#[derive(Clone, Default)]
struct Broken {
    is_mended: Arc<std::sync::atomic::AtomicBool>,
    written: Written,
}

impl Write for Broken {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.is_mended.load(std::sync::atomic::Ordering::SeqCst) {
            true => self.written.write(bytes),
            false => Err(io::Error::other("no space left on device")),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn until(what: &str, mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < Duration::from_secs(10), "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn fail_closed_keeps_lines_until_the_writer_works_again() {
    let writer = Broken::default();
    let audit = JsonLines::new(writer.clone()).fail_closed();
    let clerk = clerk();
    assert!(audit.record(&admitted(&clerk)).is_ok());
    until("calls are refused while the writer fails", || audit.record(&admitted(&clerk)).is_err());
    writer.is_mended.store(true, std::sync::atomic::Ordering::SeqCst);
    until("calls are admitted again", || audit.record(&admitted(&clerk)).is_ok());
    assert_eq!(audit.dropped(), 0);
    drop(audit);
    assert!(writer.written.lines().len() >= 2);
}

/// A writer that takes some bytes, fails once then, and works after that.
struct FailsOnce {
    takes: usize,
    has_failed: bool,
    panics: bool,
    written: Written,
}

impl FailsOnce {
    fn after(takes: usize, panics: bool) -> (Self, Written) {
        let written = Written::default();
        (Self { takes, has_failed: false, panics, written: written.clone() }, written)
    }
}

impl Write for FailsOnce {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.has_failed {
            return self.written.write(bytes);
        }
        if self.takes > 0 {
            return self.written.write(&bytes[..std::mem::take(&mut self.takes).min(bytes.len())]);
        }
        self.has_failed = true;
        assert!(!self.panics, "the writer panics");
        Err(io::Error::other("no space left on device"))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn fail_closed_goes_on_inside_the_line_where_the_write_failed() {
    for (takes, panics) in [(0, false), (20, false), (0, true), (20, true)] {
        let (writer, written) = FailsOnce::after(takes, panics);
        let audit = JsonLines::new(writer).fail_closed();
        let clerk = clerk();
        let mut recorded = u64::from(audit.record(&admitted(&clerk)).is_ok());
        until("calls are refused while the writer fails", || {
            let is_recorded = audit.record(&admitted(&clerk)).is_ok();
            recorded += u64::from(is_recorded);
            !is_recorded
        });
        until("calls are admitted again", || audit.record(&admitted(&clerk)).is_ok());
        drop(audit);
        let lines = written.lines();
        let ids = lines.iter().map(|line| line["request_id"].to_string()).collect::<std::collections::BTreeSet<_>>();
        assert_eq!((lines.len() as u64, ids.len() as u64), (recorded + 1, recorded + 1), "{takes} {panics}");
    }
}

#[test]
fn closed_log_tries_once_more_to_write_what_failed() {
    let (writer, written) = FailsOnce::after(20, false);
    let audit = JsonLines::new(writer).fail_closed();
    let clerk = clerk();
    assert!(audit.record(&admitted(&clerk)).is_ok());
    until("the write fails", || audit.record(&admitted(&clerk)).is_err());
    audit.log(&refused(b"waits"));
    let start = Instant::now();
    drop(audit);
    assert!(start.elapsed() < Duration::from_millis(900), "{:?}", start.elapsed());
    let lines = written.lines();
    assert_eq!(lines.last().unwrap()["client_request_id"], "waits", "{lines:?}");
}

#[test]
fn closed_log_does_not_go_on_with_a_writer_that_fails() {
    let writes = Arc::new(std::sync::atomic::AtomicU64::new(0));
    let count = Arc::clone(&writes);
    let audit = JsonLines::new(Fails(count));
    audit.log(&admitted(&clerk()));
    until("the line is dropped", || audit.dropped() == 1);
    drop(audit);
    std::thread::sleep(Duration::from_millis(100));
    let writes = writes.load(std::sync::atomic::Ordering::SeqCst);
    assert!(writes < 50, "{writes}");
}

/// A writer that never works, and how often it was called.
struct Fails(Arc<std::sync::atomic::AtomicU64>);

impl Write for Fails {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        self.0.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        Err(io::Error::other("no space left on device"))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn torn_line_spoils_no_other_line() {
    let (writer, written) = FailsOnce::after(20, false);
    let audit = JsonLines::new(writer);
    let clerk = clerk();
    audit.log(&admitted(&clerk));
    until("the line is dropped", || audit.dropped() == 1);
    audit.log(&admitted(&clerk));
    drop(audit);
    let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
    let (torn, whole) = text.split_once('\n').unwrap();
    assert_eq!(torn.len(), 20);
    let whole = whole.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()).collect::<Vec<_>>();
    assert_eq!(whole.iter().filter(|line| line["authorized"] == true).count(), 1, "{text}");
    assert_eq!(whole.iter().filter_map(|line| line["dropped"].as_u64()).sum::<u64>(), 1, "{text}");
}

#[test]
fn lines_of_a_broken_writer_are_counted_as_dropped() {
    let writer = Broken::default();
    let audit = JsonLines::new(writer.clone());
    let clerk = clerk();
    audit.log(&admitted(&clerk));
    until("the line is dropped", || audit.dropped() == 1);
    writer.is_mended.store(true, std::sync::atomic::Ordering::SeqCst);
    audit.log(&admitted(&clerk));
    drop(audit);
    assert_eq!(writer.written.lines().iter().filter_map(|line| line["dropped"].as_u64()).sum::<u64>(), 1);
}

#[test]
fn lines_are_written_in_the_order_of_the_decisions() {
    let written = Written::default();
    let audit = JsonLines::new(written.clone());
    let clerk = clerk();
    for _ in 0..3 {
        audit.log(&refused(b""));
        audit.log(&admitted(&clerk));
    }
    drop(audit);
    let order = written.lines().iter().map(|line| line["authorized"] == true).collect::<Vec<_>>();
    assert_eq!(order, [false, true, false, true, false, true]);
}
