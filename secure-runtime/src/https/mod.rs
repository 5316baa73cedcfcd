//! HTTPS requests for keys, for tokens and about tokens: HTTP/1.1, one connection for each request.
//!
//! It does not follow redirects, use proxies of the environment, accept content codings, keep cookies or keep connections.

#[cfg(any(feature = "introspection", feature = "oauth"))]
mod client_secret;
mod error;
#[cfg(any(feature = "introspection", feature = "oauth"))]
pub(crate) mod form;
#[cfg(test)]
pub(crate) mod tests;
mod url;

use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use bytes::Buf as _;
#[cfg(feature = "jwks-https")]
use http::StatusCode;
use http::{HeaderMap, HeaderValue, Request, Response, header};
use http_body::Body as _;
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::connect::Dialer;
use crate::tls::ClientTls;

#[cfg(any(feature = "introspection", feature = "oauth"))]
pub use self::client_secret::ClientSecret;
#[cfg(any(feature = "introspection", feature = "oauth"))]
pub(crate) use self::client_secret::ClientSecretError;
pub(crate) use self::error::FetchError;
pub use self::error::HttpsUrlError;
pub(crate) use self::url::HttpsUrl;

/// Sends requests to servers that `tls` trusts, with limits of time and size.
#[derive(Clone, Debug)]
pub(crate) struct Https {
    tls: ClientTls,
    max_bytes: usize,
}

impl Https {
    /// Responses have at most `max_bytes` bytes.
    pub(crate) fn new(tls: ClientTls, max_bytes: usize) -> Self {
        Self { tls, max_bytes }
    }

    /// Sends a GET request with this `authorization`, if any. Any status but 200 is an error.
    #[cfg(feature = "jwks-https")]
    pub(crate) async fn get(
        &self,
        url: &HttpsUrl,
        authorization: Option<HeaderValue>,
    ) -> Result<Response<String>, FetchError> {
        let mut request = Request::get(url.path_and_query().clone());
        if let Some(authorization) = authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        let answer = self.send(url, request, String::new()).await?;
        match answer.status() {
            StatusCode::OK => Ok(answer),
            status => Err(FetchError::Status(status)),
        }
    }

    /// Posts a form. The caller checks the status.
    #[cfg(any(feature = "introspection", feature = "oauth"))]
    pub(crate) async fn post(
        &self,
        url: &HttpsUrl,
        credential: HeaderValue,
        form: String,
    ) -> Result<Response<String>, FetchError> {
        let request = Request::post(url.path_and_query().clone())
            .header(header::AUTHORIZATION, credential)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(url, request, form).await
    }

    /// Ends within [`REQUEST_TIMEOUT`], and closes the connection.
    async fn send(
        &self,
        url: &HttpsUrl,
        request: http::request::Builder,
        body: String,
    ) -> Result<Response<String>, FetchError> {
        let request = request
            .header(header::HOST, url.host())
            .header(header::ACCEPT, "application/json")
            .header(header::ACCEPT_ENCODING, "identity")
            .body(body)
            .map_err(FetchError::Request)?;
        timeout(REQUEST_TIMEOUT, self.exchange(url, request)).await.unwrap_or(Err(FetchError::Timeout(REQUEST_TIMEOUT)))
    }

    async fn exchange(&self, url: &HttpsUrl, request: Request<String>) -> Result<Response<String>, FetchError> {
        let stream = Dialer::http1(url.target(), &self.tls)?.dial().await?;
        let (mut sender, connection) = http1::Builder::new()
            .max_buf_size(MAX_BUFFER_BYTES)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(FetchError::Http)?;
        // Closes the connection when this future ends or is dropped.
        let mut tasks = JoinSet::new();
        tasks.spawn(connection);
        let response = sender.send_request(request).await.map_err(FetchError::Http)?;
        self.read(response).await
    }

    async fn read(&self, response: Response<Incoming>) -> Result<Response<String>, FetchError> {
        let (head, mut body) = response.into_parts();
        if is_encoded(&head.headers) {
            return Err(FetchError::Encoded);
        }
        let mut bytes = Vec::new();
        while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
            let Ok(data) = frame.map_err(FetchError::Http)?.into_data() else { continue };
            if bytes.len() + data.remaining() > self.max_bytes {
                return Err(FetchError::TooLong(self.max_bytes));
            }
            bytes.extend_from_slice(&data);
        }
        let text = String::from_utf8(bytes).map_err(|_| FetchError::NotText)?;
        Ok(Response::from_parts(head, text))
    }
}

fn is_encoded(headers: &HeaderMap) -> bool {
    headers.get_all(header::CONTENT_ENCODING).iter().any(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity"))
}

/// The time to connect, send the request and read the response.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);

/// The limit of the response head, and of what is read ahead.
const MAX_BUFFER_BYTES: usize = 64 * 1_024;
