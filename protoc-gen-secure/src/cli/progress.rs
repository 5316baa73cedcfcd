//! A progress bar on stderr.

use std::io::Write;
use std::time::{Duration, Instant};

/// How much of the input was read.
#[derive(Debug)]
pub(super) struct Progress {
    done: u64,
    /// 0 if it is not known, as for stdin.
    total: u64,
    is_shown: bool,
    next: Instant,
}

impl Progress {
    pub(super) fn new(total: u64, is_shown: bool) -> Self {
        Self { done: 0, total, is_shown, next: Instant::now() }
    }

    pub(super) fn add(&mut self, bytes: u64) {
        let is_new_step = (self.done + bytes) / STEP_BYTES > self.done / STEP_BYTES;
        self.done += bytes;
        // A look at the clock for every line would take longer than the lines.
        if self.is_shown && is_new_step && self.next <= Instant::now() {
            self.next = Instant::now() + REDRAW_INTERVAL;
            self.draw();
        }
    }

    pub(super) fn finish(&self) {
        if self.is_shown {
            self.draw();
            let _ = writeln!(std::io::stderr());
        }
    }

    fn draw(&self) {
        let _ = write!(std::io::stderr(), "\r{}", self.bar());
    }

    fn bar(&self) -> String {
        let megabytes = self.done / 1_000_000;
        if self.total == 0 {
            return format!("{megabytes} MB");
        }
        let filled = usize::try_from(self.done.min(self.total) * WIDTH as u64 / self.total).unwrap_or(WIDTH);
        let percent = self.done.min(self.total) * 100 / self.total;
        format!("[{}{}] {percent:3} %  {megabytes} MB", "#".repeat(filled), " ".repeat(WIDTH - filled))
    }
}

const STEP_BYTES: u64 = 1024 * 1024;
const REDRAW_INTERVAL: Duration = Duration::from_millis(100);
const WIDTH: usize = 40;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bar_shows_the_share_that_was_read() {
        let mut progress = Progress::new(8_000_000, false);
        progress.add(2_000_000);
        assert_eq!(progress.bar(), format!("[{}{}]  25 %  2 MB", "#".repeat(10), " ".repeat(30)));
        progress.add(6_000_000);
        assert_eq!(progress.bar(), format!("[{}] 100 %  8 MB", "#".repeat(40)));
    }

    #[test]
    fn input_of_unknown_size_shows_bytes() {
        let mut progress = Progress::new(0, false);
        progress.add(3_000_000);
        assert_eq!(progress.bar(), "3 MB");
    }
}
