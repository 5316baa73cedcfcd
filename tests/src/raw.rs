//! Hand-made HTTP/2 frames, for requests that no client library would send (RFC 9113, section 4; RFC 7541, section
//! 6.2.2).

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// How a connection answered the one request on it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Answer {
    /// The stream was reset, or the connection got GOAWAY.
    Aborted,
    /// The connection was closed.
    Closed,
    /// Response headers came.
    Headers,
}

/// Sends one request with exactly these header fields and one empty message, and waits for what comes back.
pub async fn request(mut io: impl AsyncRead + AsyncWrite + Unpin, fields: &[(&str, &str)]) -> Answer {
    let fields = fields.iter().flat_map(|(name, value)| literal(name, value)).collect::<Vec<_>>();
    let mut bytes = PREFACE.to_vec();
    bytes.extend(frame(SETTINGS, 0, 0, &[]));
    bytes.extend(frame(HEADERS, END_HEADERS, 1, &fields));
    bytes.extend(frame(DATA, END_STREAM, 1, &[0; 5]));
    exchange(&mut io, &bytes).await
}

/// Sends bytes, and waits for what comes back.
pub async fn exchange(io: &mut (impl AsyncRead + AsyncWrite + Unpin), bytes: &[u8]) -> Answer {
    let answer = async {
        if io.write_all(bytes).await.is_err() {
            return Answer::Closed;
        }
        loop {
            match read_frame(io).await {
                None => return Answer::Closed,
                Some(RST_STREAM | GOAWAY) => return Answer::Aborted,
                Some(HEADERS) => return Answer::Headers,
                Some(_) => {}
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(10), answer).await.expect("a server answers")
}

async fn read_frame(io: &mut (impl AsyncRead + Unpin)) -> Option<u8> {
    let mut head = [0; 9];
    io.read_exact(&mut head).await.ok()?;
    let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
    let mut payload = vec![0; length as usize];
    io.read_exact(&mut payload).await.ok()?;
    Some(head[3])
}

/// A frame.
pub fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("a short frame").to_be_bytes();
    let head = [&length[1..], &[kind, flags], &stream.to_be_bytes()].concat();
    [head.as_slice(), payload].concat()
}

/// A header field without indexing and without Huffman coding.
pub fn literal(name: &str, value: &str) -> Vec<u8> {
    [&[0], string(name).as_slice(), string(value).as_slice()].concat()
}

fn string(text: &str) -> Vec<u8> {
    [integer(text.len()).as_slice(), text.as_bytes()].concat()
}

/// With a prefix of seven bits (RFC 7541, section 5.1).
fn integer(number: usize) -> Vec<u8> {
    if number < 127 {
        return vec![u8::try_from(number).expect("seven bits")];
    }
    let mut bytes = vec![127];
    let mut rest = number - 127;
    while rest >= 128 {
        bytes.push((rest % 128) as u8 | 128);
        rest /= 128;
    }
    bytes.push(rest as u8);
    bytes
}

/// What a client sends before its first frame.
pub const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// The type of a frame.
pub const DATA: u8 = 0;
/// The type of a frame.
pub const HEADERS: u8 = 1;
/// The type of a frame.
pub const PRIORITY: u8 = 2;
/// The type of a frame.
pub const RST_STREAM: u8 = 3;
/// The type of a frame.
pub const SETTINGS: u8 = 4;
/// The type of a frame.
pub const PING: u8 = 6;
/// The type of a frame.
pub const GOAWAY: u8 = 7;
/// The type of a frame.
pub const WINDOW_UPDATE: u8 = 8;
/// The type of a frame.
pub const CONTINUATION: u8 = 9;

/// A flag of a frame.
pub const END_STREAM: u8 = 1;
/// A flag of a frame.
pub const END_HEADERS: u8 = 4;
