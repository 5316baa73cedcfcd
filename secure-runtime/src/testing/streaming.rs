//! Requests of a client stream, without a client.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{BufMut, Bytes, BytesMut};
use http_body::Frame;
use tonic::Streaming;
use tonic::codec::Codec;
use tonic_prost::ProstCodec;

/// What the handler of a client-streaming or bidirectional method receives from a client that sends these messages.
///
/// ```
/// # async fn run() -> Result<(), secure_runtime::tonic::Status> {
/// use secure_runtime::testing::streaming;
///
/// let mut requests = streaming(["first".to_owned(), "second".to_owned()]);
/// assert_eq!(requests.message().await?, Some("first".to_owned()));
/// # Ok(())
/// # }
/// ```
pub fn streaming<T>(messages: impl IntoIterator<Item = T>) -> Streaming<T>
where
    T: prost::Message + Default + 'static,
{
    let mut frames = BytesMut::new();
    for message in messages {
        frames.put_u8(0);
        frames.put_u32(u32::try_from(message.encoded_len()).expect("a message of a test is short"));
        frames.extend_from_slice(&message.encode_to_vec());
    }
    let body = (!frames.is_empty()).then(|| frames.freeze());
    Streaming::new_request(ProstCodec::<T, T>::default().decoder(), Once(body), None, None)
}

struct Once(Option<Bytes>);

impl http_body::Body for Once {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.take().map(|bytes| Ok(Frame::data(bytes))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn messages_arrive_in_order_and_the_stream_ends() {
        let mut requests = streaming(["first".to_owned(), String::new()]);
        assert_eq!(requests.message().await.unwrap(), Some("first".to_owned()));
        assert_eq!(requests.message().await.unwrap(), Some(String::new()));
        assert_eq!(requests.message().await.unwrap(), None);
        assert_eq!(streaming::<String>([]).message().await.unwrap(), None);
    }
}
