//! The server type that all generated services share.

use std::convert::Infallible;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::HeaderName;
use tonic::body::Body;
use tonic::codec::CompressionEncoding;
use tonic::server::NamedService;
use tower::Service;

use super::answer::{Answer, ResponseFuture};
use super::call::{Call, CodecOptions, Dispatch};
use super::row::Row;
use super::settings::Gate;
use super::table::ServiceTable;
use crate::method::Method;

/// A service behind its gate. The generated `OrdersServer<T>` is an alias of this type. There is no way around the
/// gate, and no server without one.
///
/// It is a tower `Service` for requests with any body, so layers and routers accept it. Only [`Server`](crate::Server)
/// serves protected methods: on any other server they refuse every call.
pub struct SecuredServer<T, M> {
    service: Arc<T>,
    gate: Gate,
    options: CodecOptions,
    methods: PhantomData<fn() -> M>,
}

impl<T, M: Method> SecuredServer<T, M> {
    /// Puts `gate` in front of `service`.
    pub fn new(service: T, gate: Gate) -> Self {
        Self::from_arc(Arc::new(service), gate)
    }

    /// Puts `gate` in front of a shared service.
    pub fn from_arc(service: Arc<T>, gate: Gate) -> Self {
        Self { service, gate, options: CodecOptions::default(), methods: PhantomData }
    }

    /// Accepts requests in this encoding. Call it again for more encodings. Default: only uncompressed requests.
    #[must_use]
    pub fn accept_compressed(mut self, encoding: CompressionEncoding) -> Self {
        self.options.accept_compression.enable(encoding);
        self
    }

    /// Compresses responses with this encoding, for clients that accept it. Default: no compression.
    ///
    /// Risk: as for [`SecureChannel::send_compressed`](crate::SecureChannel::send_compressed).
    #[must_use]
    pub fn send_compressed(mut self, encoding: CompressionEncoding) -> Self {
        self.options.send_compression.enable(encoding);
        self
    }

    /// Refuses longer request messages. Default: 4 MiB, and 64 KiB for a caller without a credential.
    #[must_use]
    pub fn max_decoding_message_size(mut self, bytes: usize) -> Self {
        self.options.max_decoding_message_size = Some(bytes);
        self
    }

    /// Refuses to send longer response messages. Default: no limit.
    #[must_use]
    pub fn max_encoding_message_size(mut self, bytes: usize) -> Self {
        self.options.max_encoding_message_size = Some(bytes);
        self
    }
}

impl<T, M, B> Service<http::Request<B>> for SecuredServer<T, M>
where
    T: Send + Sync + 'static,
    M: Dispatch<T>,
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<tower::BoxError>,
{
    type Response = Answer;
    type Error = Infallible;
    type Future = ResponseFuture;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<B>) -> ResponseFuture {
        self.answer(request)
    }
}

impl<T: Send + Sync + 'static, M: Dispatch<T>> SecuredServer<T, M> {
    fn answer<B>(&self, request: http::Request<B>) -> ResponseFuture
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<tower::BoxError>,
    {
        let (head, body) = request.into_parts();
        let Some(method) = M::from_path(head.uri.path()) else {
            return self.gate.answer_unknown(head);
        };
        let (service, options) = (Arc::clone(&self.service), self.options);
        self.gate.answer(head, &Row::of(method), move |head, admitted| {
            let request = http::Request::from_parts(head, Body::new(body));
            method.dispatch(service, Call::new(method, request, admitted, options))
        })
    }
}

impl<T, M: Method> NamedService for SecuredServer<T, M> {
    const NAME: &'static str = M::SERVICE;
}

impl<T, M> Clone for SecuredServer<T, M> {
    fn clone(&self) -> Self {
        Self {
            service: Arc::clone(&self.service),
            gate: self.gate.clone(),
            options: self.options,
            methods: PhantomData,
        }
    }
}

impl<T, M: Method> fmt::Debug for SecuredServer<T, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecuredServer").field("service", &M::SERVICE).finish_non_exhaustive()
    }
}

/// A service that decides about every call before it answers. [`Server`](crate::Server) takes no other.
///
/// Sealed: it is implemented by [`SecuredServer`], [`Gated`](super::Gated), [`Public`](super::Public) and what
/// [`danger`](crate::danger) makes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no gate in front of it",
    label = "not a secured service",
    note = "mount the `..Server` that protoc-gen-secure generated, `Gated::new(service, gate, rule)` around a service \
            of somebody else, or `Public::health(..)`"
)]
pub trait SecuredService: sealed::Sealed + NamedService {}

impl<T: Send + Sync + 'static, M: Dispatch<T>> SecuredService for SecuredServer<T, M> {}

/// A secured service of any type.
pub(crate) type AnyService = Box<dyn sealed::Sealed + Send + Sync>;

pub(crate) mod sealed {
    use http::{HeaderName, Request};
    use tonic::body::Body;

    use super::ResponseFuture;

    #[expect(unnameable_types, reason = "sealed: nobody else vouches for a service")]
    pub trait Sealed {
        /// Who may call it.
        fn table(&self) -> super::ServiceTable;

        /// The headers with credentials, beside those of HTTP.
        fn credential_headers(&self) -> &[HeaderName] {
            &[]
        }

        /// Answers as the tower service does, and needs no clone for it.
        fn answer(&self, request: Request<Body>) -> ResponseFuture;

        /// A method whose rate class no call policy of its gate limits, and the class.
        fn method_without_rate(&self) -> Option<(&'static str, &'static str)> {
            None
        }

        /// The path of the method at this path, from the table. `None` if there is no such method. The name of the service
        /// if one rule guards it as a whole.
        #[cfg(feature = "otel")]
        fn method_at(path: &str) -> Option<&'static str>
        where
            Self: Sized;

        /// The length of the longest credential that its gate accepts.
        fn max_credential_bytes(&self) -> usize {
            0
        }
    }
}

impl<T: Send + Sync + 'static, M: Dispatch<T>> sealed::Sealed for SecuredServer<T, M> {
    fn method_without_rate(&self) -> Option<(&'static str, &'static str)> {
        M::ALL.iter().find_map(|method| {
            let class = method.rate_class()?;
            (!self.gate.has_rate_of(class)).then(|| (method.path(), class))
        })
    }

    fn table(&self) -> ServiceTable {
        ServiceTable::of::<M>()
    }

    #[cfg(feature = "otel")]
    fn method_at(path: &str) -> Option<&'static str> {
        M::from_path(path).map(M::path)
    }

    fn credential_headers(&self) -> &[HeaderName] {
        self.gate.credential_headers()
    }

    fn max_credential_bytes(&self) -> usize {
        self.gate.max_credential_bytes()
    }

    fn answer(&self, request: http::Request<Body>) -> ResponseFuture {
        Self::answer(self, request)
    }
}
