//! Lines on their way to the writer, which may take a part of them and fail.

use std::io::{self, ErrorKind, Write};

/// Lines on their way to the writer: one for each event, then those that stand for several.
#[derive(Default)]
pub(super) struct Batch {
    bytes: Vec<u8>,
    /// How many of the bytes the writer has taken.
    written: usize,
    /// How many lines are about one event each.
    single: u64,
    /// How many refusals each line after them counts.
    counted: Vec<u64>,
    /// The number in the last line, which is about dropped lines. 0 if there is no such line.
    reported: u64,
    /// Whether the lines before ended inside a line, so that these begin with a line break.
    begins_with_break: bool,
    /// Whether this is the last attempt, because the log is closed.
    pub(super) is_last_attempt: bool,
}

/// The content of a batch that is not written.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Unwritten {
    pub(super) events: u64,
    /// How many dropped lines are not reported.
    pub(super) reported: u64,
}

impl Batch {
    pub(super) fn is_empty(&self) -> bool {
        self.bytes.len() == usize::from(self.begins_with_break)
    }

    /// Takes lines about one event each. The buffers change places, so neither is allocated again.
    pub(super) fn fill(&mut self, lines: &mut Vec<u8>, single: u64) {
        std::mem::swap(&mut self.bytes, lines);
        self.single = single;
        lines.clear();
        if self.begins_with_break {
            self.bytes.insert(0, b'\n');
        }
    }

    /// Adds a line that counts refusals.
    pub(super) fn count(&mut self, refusals: u64, write: impl FnOnce(&mut Vec<u8>)) {
        write(&mut self.bytes);
        self.counted.push(refusals);
    }

    /// Adds the line about dropped lines.
    pub(super) fn report(&mut self, dropped: u64, write: impl FnOnce(&mut Vec<u8>)) {
        write(&mut self.bytes);
        self.reported = dropped;
    }

    /// Writes what is not written yet. After an error it goes on where the writer stopped.
    pub(super) fn write(&mut self, writer: &mut impl Write) -> io::Result<()> {
        while let Some(rest) = self.bytes.get(self.written..).filter(|rest| !rest.is_empty()) {
            match writer.write(rest) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(taken) => self.written += taken,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        writer.flush()
    }

    /// The content that is not written. A line of which a part is written counts as not written.
    pub(super) fn unwritten(&self) -> Unwritten {
        let written = self.bytes.get(usize::from(self.begins_with_break)..self.written).unwrap_or_default();
        let mut whole = written.iter().filter(|byte| **byte == b'\n').count();
        let single = usize::try_from(self.single).unwrap_or(usize::MAX);
        let left = single.saturating_sub(whole) as u64;
        whole = whole.saturating_sub(single);
        let counted = self.counted.get(whole..).unwrap_or_default().iter().sum::<u64>();
        let is_reported = whole > self.counted.len();
        Unwritten { events: left + counted, reported: if is_reported { 0 } else { self.reported } }
    }

    /// Forgets all lines, written or not.
    pub(super) fn clear(&mut self) {
        let last = self.written.checked_sub(1).and_then(|last| self.bytes.get(last)).copied();
        self.begins_with_break = last.map_or(self.begins_with_break, |last| last != b'\n');
        self.bytes.clear();
        self.bytes.extend(self.begins_with_break.then_some(b'\n'));
        self.counted.clear();
        (self.written, self.single, self.reported, self.is_last_attempt) = (0, 0, 0, false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes so many bytes, and fails once then.
    struct Full(usize, Vec<u8>);

    impl Write for Full {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.0 == 0 {
                self.0 = usize::MAX;
                return Err(ErrorKind::StorageFull.into());
            }
            let taken = bytes.len().min(self.0);
            self.0 -= taken;
            self.1.extend(&bytes[..taken]);
            Ok(taken)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn batch() -> Batch {
        let mut batch = Batch::default();
        batch.fill(&mut b"11\n22\n".to_vec(), 2);
        batch.count(7, |bytes| bytes.extend(b"33\n"));
        batch.report(5, |bytes| bytes.extend(b"44\n"));
        batch
    }

    #[test]
    fn failed_write_goes_on_where_it_stopped() {
        for taken in 0..12 {
            let (mut batch, mut writer) = (batch(), Full(taken, Vec::new()));
            batch.write(&mut writer).unwrap_err();
            batch.write(&mut writer).unwrap();
            assert_eq!(writer.1, b"11\n22\n33\n44\n", "{taken}");
        }
    }

    #[test]
    fn only_lines_that_are_not_whole_are_dropped_and_the_next_one_begins_a_line() {
        for (taken, events, reported) in [(0, 9, 5), (2, 9, 5), (3, 8, 5), (5, 8, 5), (6, 7, 5), (9, 0, 5), (11, 0, 5)]
        {
            let (mut batch, mut writer) = (batch(), Full(taken, Vec::new()));
            batch.write(&mut writer).unwrap_err();
            assert_eq!(batch.unwritten(), Unwritten { events, reported }, "{taken}");
            batch.clear();
            assert!(batch.is_empty());
            batch.fill(&mut b"55\n".to_vec(), 1);
            batch.write(&mut writer).unwrap();
            let text = String::from_utf8(writer.1).unwrap();
            assert!(text.lines().any(|line| line == "55"), "{text:?}");
            assert_eq!(batch.unwritten(), Unwritten { events: 0, reported: 0 });
        }
    }
}
