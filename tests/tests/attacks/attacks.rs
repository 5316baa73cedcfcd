//! The attacks, as data.

use std::time::Duration;

use prost::Message as _;
use secure_tests::raw::{
    CONTINUATION, DATA, END_HEADERS, END_STREAM, HEADERS, PING, PREFACE, PRIORITY, RST_STREAM, SETTINGS, WINDOW_UPDATE,
    frame, literal,
};

use super::attack::{Attack, Layer};

/// All of them, after a run without any.
pub fn all() -> Vec<Attack> {
    let mut all = vec![Attack { connections: 0, ..base("none") }];
    all.extend(frames());
    all.extend(streams());
    all.extend(memory());
    all.extend(connections());
    all
}

fn base(name: &'static str) -> Attack {
    Attack {
        name,
        max_mib: ONE_CONNECTION_MIB,
        connections: 1,
        layer: Layer::Tls,
        first: hello(&[]),
        repeated: None,
        pause: Duration::ZERO,
        reads: true,
    }
}

/// Frames that cost the client nothing.
fn frames() -> Vec<Attack> {
    let flood = |name, repeated| Attack { repeated: Some(repeated), ..base(name) };
    vec![
        flood("PING", |_| frame(PING, 0, 0, &[0; 8]).repeat(500)),
        flood("SETTINGS", |_| frame(SETTINGS, 0, 0, &[]).repeat(500)),
        flood("SETTINGS of six values", |_| frame(SETTINGS, 0, 0, &[0, 4, 0, 1, 0, 0].repeat(6)).repeat(100)),
        flood("PRIORITY", |_| frame(PRIORITY, 0, 1, &[0, 0, 0, 3, 10]).repeat(500)),
        flood("WINDOW_UPDATE", |_| frame(WINDOW_UPDATE, 0, 0, &[0, 0, 0, 1]).repeat(500)),
        flood("unknown frames", |_| frame(0xbe, 0, 0, &[0; 8]).repeat(500)),
        flood("RST_STREAM of idle streams", |_| frame(RST_STREAM, 0, 1, &[0, 0, 0, 8]).repeat(500)),
        flood("CONTINUATION", |round| match round {
            0 => frame(HEADERS, 0, 1, &call(OPEN, None)),
            _ => frame(CONTINUATION, 0, 1, &literal("x", "y")).repeat(500),
        }),
        Attack {
            first: [hello(&[]), frame(HEADERS, END_HEADERS, 1, &call(OPEN, None))].concat(),
            ..flood("empty DATA", |_| frame(DATA, 0, 1, &[]).repeat(500))
        },
    ]
}

/// Streams that are opened in vain.
fn streams() -> Vec<Attack> {
    let flood = |name, repeated| Attack { repeated: Some(repeated), ..base(name) };
    vec![
        flood("streams", |round| of_streams(round, |stream| frame(HEADERS, END_HEADERS, stream, &call(OPEN, None)))),
        flood("refused streams", |round| {
            of_streams(round, |stream| frame(HEADERS, END_HEADERS, stream, &call(WHO, None)))
        }),
        flood("rapid reset", |round| {
            of_streams(round, |stream| {
                [frame(HEADERS, END_HEADERS, stream, &call(OPEN, None)), frame(RST_STREAM, 0, stream, &[0, 0, 0, 8])]
                    .concat()
            })
        }),
        flood("resets by the server", |round| {
            of_streams(round, |stream| {
                [frame(HEADERS, END_HEADERS, stream, &call(OPEN, None)), frame(WINDOW_UPDATE, 0, stream, &[0; 4])]
                    .concat()
            })
        }),
        // One long field in the table of HPACK, and many fields of one byte that stand for it (RFC 7541, section 6.1).
        flood("HPACK bomb", |round| {
            let long = [&[0x40][..], &literal("x", &"y".repeat(3_900))[1..]].concat();
            of_streams(round, |stream| {
                frame(HEADERS, END_HEADERS, stream, &[call(OPEN, None), long.clone(), vec![0xbe; 8_000]].concat())
            })
        }),
    ]
}

/// What is to be held in memory.
fn memory() -> Vec<Attack> {
    let no_window = [0, 4, 0, 0, 0, 0];
    let windows = [0, 4, 0x7f, 0xff, 0xff, 0xff];
    let wide = frame(WINDOW_UPDATE, 0, 0, &[0x7f, 0, 0, 0]);
    let answers = |bytes: usize| requests(OPEN, None, true, &message(&format!("bytes {bytes}").encode_to_vec()));
    let drip = |round: u32| match round {
        0 => requests(OPEN, None, false, &[0, 0, 0, 0, 100]),
        _ => (0..100).flat_map(|stream| frame(DATA, 0, 2 * stream + 1, &[10])).collect(),
    };
    let drip_of_clerk = |round: u32| match round {
        0 => requests(WHO, CLERK, false, &[0, 0, 0, 0, 100]),
        _ => (0..100).flat_map(|stream| frame(DATA, 0, 2 * stream + 1, &[10])).collect(),
    };
    let slowly = Duration::from_millis(100);
    vec![
        Attack { first: [hello(&no_window), answers(1_000_000)].concat(), ..base("zero window") },
        Attack { first: [hello(&no_window), answers(3_000_000)].concat(), ..base("zero window, long answers") },
        Attack {
            first: [hello(&windows), wide, answers(1_000_000)].concat(),
            reads: false,
            ..base("socket that is not read")
        },
        Attack {
            repeated: Some(|round| unfinished(round, OPEN, None, 65_000)),
            pause: Duration::from_millis(1),
            ..base("unfinished messages")
        },
        Attack {
            repeated: Some(|round| unfinished(round, WHO, CLERK, 4_000_000)),
            pause: Duration::from_millis(1),
            max_mib: CLERK_CONNECTION_MIB,
            ..base("unfinished messages of a clerk")
        },
        Attack { repeated: Some(drip), pause: slowly, ..base("slow bodies") },
        Attack { repeated: Some(drip_of_clerk), pause: slowly, ..base("slow bodies of a clerk") },
    ]
}

/// Connections that do nothing.
fn connections() -> Vec<Attack> {
    let many = |name, connections, layer, first| Attack {
        connections,
        layer,
        first,
        max_mib: ONE_CONNECTION_MIB + connections as f64 * SILENT_CONNECTION_MIB,
        ..base(name)
    };
    vec![
        many("silent connections", 500, Layer::Tcp, Vec::new()),
        many("half of a TLS handshake", 500, Layer::Tcp, vec![22, 3, 1, 1, 0]),
        many("idle connections", 100, Layer::Tls, hello(&[])),
        many("connections without preface", 100, Layer::Tls, Vec::new()),
    ]
}

/// The connection preface, with these settings.
fn hello(settings: &[u8]) -> Vec<u8> {
    [PREFACE, &frame(SETTINGS, 0, 0, settings)].concat()
}

/// The frames of 50 new streams.
fn of_streams(round: u32, frames: impl Fn(u32) -> Vec<u8>) -> Vec<u8> {
    (round * 50..(round + 1) * 50).flat_map(|number| frames(2 * number + 1)).collect()
}

/// A hundred calls that send this.
fn requests(path: &str, token: Option<&str>, is_end: bool, body: &[u8]) -> Vec<u8> {
    let flags = if is_end { END_STREAM } else { 0 };
    (0..100)
        .flat_map(|number| {
            let stream = 2 * number + 1;
            let parts = body.chunks(16_000);
            let count = parts.len();
            let data = parts
                .enumerate()
                .flat_map(move |(part, bytes)| frame(DATA, if part + 1 == count { flags } else { 0 }, stream, bytes));
            frame(HEADERS, END_HEADERS, stream, &call(path, token)).into_iter().chain(data).collect::<Vec<_>>()
        })
        .collect()
}

/// Some more of one message of a hundred, none of which is ever finished.
fn unfinished(round: u32, path: &str, token: Option<&str>, length: u32) -> Vec<u8> {
    let stream = 2 * (round % 100) + 1;
    let begun =
        [frame(HEADERS, END_HEADERS, stream, &call(path, token)), frame(DATA, 0, stream, &message_head(length))];
    let is_full = (round / 100 + 1) * 15_000 >= length;
    match (round < 100, is_full) {
        (true, _) => begun.concat(),
        (false, true) => Vec::new(),
        (false, false) => frame(DATA, 0, stream, &[0; 15_000]),
    }
}

fn message_head(length: u32) -> Vec<u8> {
    [&[0], &length.to_be_bytes()[..]].concat()
}

fn message(bytes: &[u8]) -> Vec<u8> {
    [message_head(u32::try_from(bytes.len()).unwrap()).as_slice(), bytes].concat()
}

/// The header fields of a call.
fn call(path: &str, token: Option<&str>) -> Vec<u8> {
    let mut fields = vec![
        literal(":method", "POST"),
        literal(":scheme", "https"),
        literal(":path", path),
        literal(":authority", "localhost"),
        literal("content-type", "application/grpc"),
        literal("te", "trailers"),
    ];
    fields.extend(token.map(|token| literal("authorization", &format!("Bearer {token}"))));
    fields.concat()
}

const OPEN: &str = "/lab.Probe/Open";
const WHO: &str = "/lab.Probe/Who";
const CLERK: Option<&str> = Some("clerk");

/// The memory that one connection of an unauthenticated caller may take.
const ONE_CONNECTION_MIB: f64 = 16.0;

/// The memory that one connection of an authenticated caller may take: 32 MiB of unfinished messages, and their buffers.
const CLERK_CONNECTION_MIB: f64 = 48.0;

/// The memory that a connection without a call may take: the buffers of TLS and HTTP/2, and its tasks.
const SILENT_CONNECTION_MIB: f64 = 0.125;
