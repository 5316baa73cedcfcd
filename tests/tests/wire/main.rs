//! Truncation, deadlines and statuses, with frames that no gRPC library would send. Both sides and all four kinds of
//! methods.

mod client;
mod server;

/// A message of these bytes behind its length.
fn message(bytes: &[u8]) -> Vec<u8> {
    [&[0], &u32::try_from(bytes.len()).unwrap().to_be_bytes()[..], bytes].concat()
}
