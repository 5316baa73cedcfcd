//! Clients that disappear without closing their connection.

use std::os::fd::{AsFd, OwnedFd};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use h2::RecvStream;
use rustls::version::TLS13;
use secure_runtime::server::Limits;
use secure_tests::http2::Http2;
use secure_tests::pki::Ca;
use secure_tests::probe::Running;
use secure_tests::tls::{raw_tls, server_tls};
use socket2::{SockFilter, SockRef};
use tokio::runtime::Builder;

const SECOND: Duration = Duration::from_secs(1);

/// A call that does not end, on a connection of its own.
async fn call(ca: &Ca, server: &Running, is_cut_off: bool) -> (Http2, RecvStream) {
    let stream = raw_tls(server.address, ca, &[&TLS13], &[b"h2"]).await.unwrap();
    let handle = stream.get_ref().0.as_fd().try_clone_to_owned().unwrap();
    let mut http2 = Http2::over(stream).await;
    let (answer, mut body) = http2.open("/lab.Probe/Follow", Some("clerk")).unwrap();
    body.send_data(vec![0; 5].into(), true).unwrap();
    let mut body = answer.await.unwrap().into_body();
    body.data().await.unwrap().unwrap();
    if is_cut_off {
        cut_off(&handle);
    }
    (http2, body)
}

/// Drops every packet that arrives for a socket: the other side sees a host that is gone.
fn cut_off(socket: &OwnedFd) {
    const RETURN: u16 = 6; // BPF_RET | BPF_K: how many bytes of the packet to keep
    SockRef::from(socket).attach_filter(&[SockFilter::new(RETURN, 0, 0, 0)]).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn call_of_a_lost_client_ends_and_call_of_a_silent_client_does_not() {
    let ca = Ca::new("ca");
    let limits = Limits::default().keepalive_interval(SECOND).keepalive_timeout(SECOND);
    let server = Running::start(server_tls(&ca.issue()), limits).await;
    let _silent = call(&ca, &server, false).await;
    let _gone = call(&ca, &server, true).await;
    assert_eq!(server.running_handlers(), 2);
    assert!((0..80).any(|_| server.running_handlers() == 1 || wait(SECOND / 10)), "the client that is gone is found");
    wait(3 * SECOND);
    assert_eq!(server.running_handlers(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn stopped_client_is_closed_if_pings_are_enabled() {
    let ca = Ca::new("ca");
    let limits = Limits::default().http2_keepalive().keepalive_interval(SECOND).keepalive_timeout(SECOND);
    let server = Running::start(server_tls(&ca.issue()), limits).await;
    let _answering = call(&ca, &server, false).await;
    let (resume, stopped) = mpsc::channel::<()>();
    let (ca, server) = (&ca, &server);
    thread::scope(|scope| {
        scope.spawn(move || {
            let runtime = Builder::new_current_thread().enable_all().build().unwrap();
            let _stopped = runtime.block_on(call(ca, server, false));
            _ = stopped.recv();
        });
        for expected in [2, 1] {
            let is_reached = || server.running_handlers() == expected;
            assert!((0..80).any(|_| is_reached() || wait(SECOND / 10)), "{expected} calls");
        }
        wait(3 * SECOND);
        assert_eq!(server.running_handlers(), 1);
        drop(resume);
    });
}

/// Never true.
fn wait(time: Duration) -> bool {
    thread::sleep(time);
    false
}
