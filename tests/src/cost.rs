//! What a benchmark reads of the kernel: CPU time, which others on the machine do not change, and memory.

use std::fs;
use std::thread;
use std::time::Duration;

/// The CPU time of this thread.
pub fn cpu_time_of_thread() -> Duration {
    thread::yield_now(); // the kernel counts when it switches
    scheduled("/proc/thread-self/schedstat")
}

/// The CPU time of the other threads of this process. Exact while they sleep.
pub fn cpu_time_of_others() -> Duration {
    let this = fs::canonicalize("/proc/thread-self").expect("the kernel tells");
    let threads = fs::read_dir("/proc/self/task").expect("the kernel tells");
    let threads = threads.map(|thread| fs::canonicalize(thread.expect("a thread").path()).expect("it runs"));
    let others = threads.filter(|thread| *thread != this);
    others.map(|thread| scheduled(&thread.join("schedstat").display().to_string())).sum()
}

/// The CPU time of the only thread of a process.
pub fn cpu_time_of(process: u32) -> Duration {
    scheduled(&format!("/proc/{process}/schedstat"))
}

/// The first field of the kernel's `sched-stats`, in nanoseconds.
fn scheduled(path: &str) -> Duration {
    let stat = fs::read_to_string(path).expect("the kernel tells");
    Duration::from_nanos(stat.split_whitespace().next().and_then(|time| time.parse().ok()).expect("nanoseconds"))
}

/// User and system time of this process (proc_pid_stat(5), fields 14 and 15), in hundredths of a second.
pub fn cpu_time() -> Duration {
    ticks(11)
}

/// User and system time of the processes that this one has waited for, and of theirs (fields 16 and 17).
pub fn cpu_time_of_children() -> Duration {
    ticks(13)
}

/// Two fields, counted from the one after the name of the program.
fn ticks(from: usize) -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").expect("the kernel tells");
    let fields = stat.rsplit_once(')').expect("a name in brackets").1.split_whitespace();
    let ticks = fields.skip(from).take(2).map(|ticks| ticks.parse::<u64>().expect("a number")).sum::<u64>();
    Duration::from_millis(10 * ticks)
}

/// The most memory that a process has had, in KiB.
pub fn peak_memory(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).expect("the kernel tells");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a line");
    line.split_whitespace().next().and_then(|number| number.parse().ok()).expect("a number")
}

/// The middle one of several measurements.
pub fn median(times: usize, measure: impl FnMut() -> Duration) -> Duration {
    let mut measured = std::iter::repeat_with(measure).take(times).collect::<Vec<_>>();
    measured.sort_unstable();
    measured[times / 2]
}
