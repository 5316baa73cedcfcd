//! Decisions as lines of JSON.

use std::fmt;
use std::io::{self, BufWriter, Write};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Serialize;

use super::{AuditEvent, AuditLogger, cut};
use crate::authz::{Decision, Denial};

/// Writes each decision as one line of JSON, from a thread of its own.
///
/// A slow or broken writer delays no call: up to 8,192 lines wait, further ones are dropped and counted. What was
/// dropped is also told in the log itself, as `{"dropped":3}`, as soon as it moves again.
///
/// ```
/// use secure_runtime::audit::JsonLines;
///
/// let audit = JsonLines::new(std::io::sink());
/// assert_eq!(audit.dropped(), 0);
/// ```
#[derive(Clone)]
pub struct JsonLines(Arc<Queue>);

impl JsonLines {
    /// Writes to standard output.
    pub fn stdout() -> Self {
        Self::new(io::stdout())
    }

    /// Writes to `writer`. When the last clone is dropped, waiting lines get one second to be written.
    pub fn new(writer: impl Write + Send + 'static) -> Self {
        let (lines, waiting) = mpsc::sync_channel(CAPACITY);
        let (finish, finished) = mpsc::channel();
        let dropped = Arc::new(AtomicU64::new(0));
        let mut log = Log { writer: BufWriter::new(writer), dropped: Arc::clone(&dropped), told: 0 };
        thread::spawn(move || {
            log.run(&waiting);
            drop(finish);
        });
        Self(Arc::new(Queue { lines: Some(lines), dropped, finished: Mutex::new(finished) }))
    }

    /// How many events were dropped, because the queue was full or the writer failed.
    pub fn dropped(&self) -> u64 {
        self.0.dropped.load(Ordering::Relaxed)
    }
}

impl AuditLogger for JsonLines {
    fn log(&self, event: &AuditEvent<'_>) {
        let queued = serde_json::to_vec(&Line::from(event))
            .ok()
            .zip(self.0.lines.as_ref())
            .is_some_and(|(line, lines)| lines.try_send(line).is_ok());
        if !queued {
            self.0.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl fmt::Debug for JsonLines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JsonLines").field("dropped", &self.dropped()).finish_non_exhaustive()
    }
}

struct Queue {
    lines: Option<SyncSender<Vec<u8>>>,
    dropped: Arc<AtomicU64>,
    finished: Mutex<Receiver<()>>,
}

impl Drop for Queue {
    fn drop(&mut self) {
        self.lines = None;
        if let Ok(finished) = self.finished.get_mut() {
            let _ = finished.recv_timeout(Duration::from_secs(1));
        }
    }
}

/// The writing end, on its thread.
struct Log<W: Write> {
    writer: BufWriter<W>,
    dropped: Arc<AtomicU64>,
    told: u64,
}

impl<W: Write> Log<W> {
    fn run(&mut self, waiting: &Receiver<Vec<u8>>) {
        while let Ok(line) = waiting.recv() {
            self.write(&line);
            while let Ok(line) = waiting.try_recv() {
                self.write(&line);
            }
            self.tell_dropped();
            let _ = self.writer.flush();
        }
    }

    fn write(&mut self, line: &[u8]) {
        if self.writer.write_all(line).and_then(|()| self.writer.write_all(b"\n")).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn tell_dropped(&mut self) {
        let dropped = self.dropped.load(Ordering::Relaxed);
        if dropped > self.told && writeln!(self.writer, "{{\"dropped\":{}}}", dropped - self.told).is_ok() {
            self.told = dropped;
        }
    }
}

#[derive(Serialize)]
struct Line<'a> {
    time_ms: u128,
    method: &'a str,
    authorized: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    denial: Option<Denial>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    issuer: Option<&'a str>,
    subject: Option<&'a str>,
    declared_at: Option<&'a str>,
    policy_digest: Option<&'a str>,
    remote_addr: Option<SocketAddr>,
    request_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_request_id: Option<String>,
}

impl<'a> From<&'a AuditEvent<'a>> for Line<'a> {
    fn from(event: &'a AuditEvent<'a>) -> Self {
        Self {
            time_ms: SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis(),
            method: event.method,
            authorized: event.decision == Decision::Allow,
            denial: match event.decision {
                Decision::Allow => None,
                Decision::Deny(denial) => Some(denial),
            },
            reason: event.reason,
            issuer: event.principal.map(|principal| cut(principal.issuer())),
            subject: event.principal.map(|principal| cut(principal.subject())),
            declared_at: event.declared_at,
            policy_digest: event.policy_digest,
            remote_addr: event.remote_addr,
            request_id: event.request_id.to_string(),
            client_request_id: event.client_request_id.map(|id| cut(&String::from_utf8_lossy(id)).to_owned()),
        }
    }
}

/// How many lines wait for a slow writer: a few megabytes.
const CAPACITY: usize = 8192;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::RequestId;

    fn event(client_request_id: &[u8]) -> AuditEvent<'_> {
        AuditEvent {
            method: "/shop.v1.Orders/Get",
            declared_at: Some("shop/v1/shop.proto:9:5"),
            policy_digest: Some("00ff"),
            principal: None,
            decision: Decision::Deny(Denial::CredentialMissing),
            reason: None,
            remote_addr: None,
            request_id: RequestId::next(),
            client_request_id: Some(client_request_id),
        }
    }

    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn every_event_is_one_line_whatever_the_client_wrote() {
        let written = Shared::default();
        let audit = JsonLines::new(written.clone());
        audit.log(&event(b"\"}\n{\"authorized\":true\xff"));
        audit.log(&event(&[b'a'; 1000]));
        drop(audit);
        let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
        let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0]["authorized"], false);
        assert_eq!(lines[0]["denial"], "credential_missing");
        assert_eq!(lines[0]["client_request_id"], "\"}\n{\"authorized\":true\u{fffd}");
        assert_eq!(lines[1]["client_request_id"].as_str().unwrap().len(), 256);
    }

    /// A writer that never returns until it is let go.
    struct Stuck(Receiver<()>);

    impl Write for Stuck {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let _ = self.0.recv();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_stuck_writer_costs_events_and_no_time() {
        let (release, stuck) = mpsc::channel();
        let audit = JsonLines::new(Stuck(stuck));
        for _ in 0..3 * CAPACITY {
            audit.log(&event(b""));
        }
        assert!(audit.dropped() > 0, "the queue is bounded");
        drop(release);
    }
}
