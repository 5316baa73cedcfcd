//! The server under attack, and its memory, CPU time and file descriptors.

use std::fmt;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use secure_runtime::server::Limits;
use secure_tests::pki::{Ca, Issued};
use secure_tests::probe::Running;
use secure_tests::tls::server_tls;
use tokio::time::{Instant, sleep};

/// A server in a process of its own, with the default limits. It ends with its value.
pub struct Target {
    process: Child,
    pub address: SocketAddr,
    pub ca: Ca,
}

/// What a process has taken at one moment.
#[derive(Clone, Copy)]
pub struct Taken {
    kib: u64,
    files: usize,
    ticks: u64,
    at: Instant,
}

/// What an attack made a server take.
pub struct Measured {
    more_kib: u64,
    files: usize,
    cpu_percent: f64,
}

impl Target {
    pub fn start() -> Self {
        let ca = Ca::new("ca");
        let Issued { chain, key } = ca.issue();
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["target::process", "--exact", "--ignored", "--nocapture"])
            .envs([("TARGET_CHAIN", chain), ("TARGET_KEY", key)])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let address = lines.map_while(Result::ok).find_map(|line| line.split_once("listening on ")?.1.parse().ok());
        Self { process, address: address.expect("it listens"), ca }
    }

    pub fn measure(&self) -> Taken {
        let directory = format!("/proc/{}", self.process.id());
        let status = fs::read_to_string(format!("{directory}/status")).unwrap();
        let kib = status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB")?.parse().ok());
        let stat = fs::read_to_string(format!("{directory}/stat")).unwrap();
        let fields: Vec<_> = stat.rsplit(')').next().unwrap().split(' ').collect();
        let files = fs::read_dir(format!("{directory}/fd")).unwrap().count();
        let ticks = [fields[12], fields[13]].map(|ticks| ticks.parse::<u64>().unwrap()).iter().sum();
        Taken { kib: kib.expect("a size"), files, ticks, at: Instant::now() }
    }

    /// The most that it takes in this time.
    pub async fn watched_for(&self, duration: Duration, before: Taken) -> Measured {
        let (mut kib, mut files) = (0, 0);
        while before.at.elapsed() < duration {
            sleep(Duration::from_millis(20)).await;
            let now = self.measure();
            (kib, files) = (kib.max(now.kib), files.max(now.files));
        }
        let after = self.measure();
        let seconds = (after.at - before.at).as_secs_f64();
        let cpu_percent = (after.ticks - before.ticks) as f64 / TICKS_PER_SECOND / seconds * 100.0;
        Measured { more_kib: kib.saturating_sub(before.kib), files, cpu_percent }
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        _ = self.process.kill();
        _ = self.process.wait();
    }
}

impl Measured {
    pub fn more_mib(&self) -> f64 {
        self.more_kib as f64 / 1024.0
    }
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:9.1} {:6} {:5.0}", self.more_mib(), self.files, self.cpu_percent)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the tests start it in a process of its own"]
async fn process() {
    let (Ok(chain), Ok(key)) = (std::env::var("TARGET_CHAIN"), std::env::var("TARGET_KEY")) else { return };
    let server = Running::start(server_tls(&Issued { chain, key }), Limits::default()).await;
    println!("listening on {}", server.address);
    _ = tokio::task::spawn_blocking(|| std::io::stdin().read(&mut [0])).await;
    std::process::exit(0);
}

/// Of Linux, everywhere.
const TICKS_PER_SECOND: f64 = 100.0;
