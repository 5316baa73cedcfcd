//! The Connect conformance suite: a server and a client under test.
//!
//! The suite starts a program and talks to it over standard input and output: messages behind their length.

pub mod client;
mod handlers;
pub mod server;

use http::{HeaderMap, HeaderName, HeaderValue};
use prost::Message;
use tokio::io::{self, AsyncReadExt, AsyncWriteExt};
use tonic::metadata::MetadataMap;

use crate::messages::connectrpc::conformance::v1::Header;

/// Reads a message; `None` at the end of the input.
async fn read<M: Message + Default>(input: &mut io::Stdin) -> io::Result<Option<M>> {
    let Ok(length) = input.read_u32().await else { return Ok(None) };
    let mut message = vec![0; length as usize];
    input.read_exact(&mut message).await?;
    Ok(Some(M::decode(&*message)?))
}

async fn write(output: &mut io::Stdout, message: &impl Message) -> io::Result<()> {
    let message = message.encode_to_vec();
    output.write_u32(message.len() as u32).await?;
    output.write_all(&message).await?;
    output.flush().await
}

fn to_list(metadata: &MetadataMap) -> Vec<Header> {
    let headers = metadata.clone().into_headers();
    let values = |name| headers.get_all(name).iter().filter_map(|value| value.to_str().ok().map(str::to_owned));
    headers.keys().map(|name| Header { name: name.to_string(), value: values(name).collect() }).collect()
}

fn from_list(list: &[Header]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for Header { name, value } in list {
        let name = HeaderName::from_bytes(name.as_bytes()).expect("the suite sends names");
        for value in value {
            headers.append(&name, HeaderValue::from_str(value).expect("the suite sends values"));
        }
    }
    headers
}

/// `google.rpc.Status`.
#[derive(Clone, PartialEq, Message)]
struct RpcStatus {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
    #[prost(message, repeated, tag = "3")]
    details: Vec<prost_types::Any>,
}
