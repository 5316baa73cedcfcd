//! A tower layer as a careful engineer writes it: it verifies a token once, with aws-lc, and remembers it.

use std::collections::HashMap;
use std::future::{Ready, ready};
use std::sync::{Arc, RwLock};
use std::task::{Context, Poll};
use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::signature::ParsedPublicKey;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use http::header::AUTHORIZATION;
use http::{HeaderMap, Request, Response};
use secure_runtime::authn::jwt::Algorithm;
use secure_runtime::testing::TestIssuer;
use serde::Deserialize;
use tokio_util::either::Either;
use tonic::Status;
use tonic::body::Body;
use tower::Service;

use crate::token::{AUDIENCE, ROLE};

/// A service that calls another for readers alone.
#[derive(Clone)]
pub(crate) struct Checked<S> {
    inner: S,
    verifier: Arc<Verifier>,
}

impl<S> Checked<S> {
    pub(crate) fn new(inner: S, verifier: Arc<Verifier>) -> Self {
        Self { inner, verifier }
    }
}

impl<S: Service<Request<Body>, Response = Response<Body>>> Service<Request<Body>> for Checked<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = Either<S::Future, Ready<Result<S::Response, S::Error>>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        match self.verifier.reader(request.headers()) {
            Ok(caller) => {
                request.extensions_mut().insert(caller);
                Either::Left(self.inner.call(request))
            }
            Err(status) => Either::Right(ready(Ok(status.into_http()))),
        }
    }
}

/// Verifies tokens, and remembers those that are good until they expire.
pub(crate) struct Verifier {
    issuer: String,
    keys: HashMap<&'static str, ParsedPublicKey>,
    cache: RwLock<HashMap<Box<[u8]>, Arc<Caller>>>,
}

struct Caller {
    expires: u64,
    roles: Vec<String>,
}

#[derive(Deserialize)]
struct Header<'a> {
    alg: &'a str,
    kid: &'a str,
}

#[derive(Deserialize)]
struct Claims<'a> {
    iss: &'a str,
    aud: &'a str,
    exp: u64,
    nbf: u64,
    roles: Vec<String>,
}

impl Verifier {
    pub(crate) fn new(issuer: &TestIssuer) -> Self {
        let part = |algorithm, name: &str| {
            BASE64_URL_SAFE_NO_PAD.decode(issuer.jwk(algorithm)[name].as_str().unwrap()).unwrap()
        };
        let (x, y) = (part(Algorithm::Es256, "x"), part(Algorithm::Es256, "y"));
        let point = [&[4], x.as_slice(), y.as_slice()].concat();
        // RFC 8017, A.1.1, for a modulus of 2,048 bits and the exponent 65,537.
        let modulus = part(Algorithm::Rs256, "n");
        let rsa = [b"\x30\x82\x01\x0a\x02\x82\x01\x01\x00", modulus.as_slice(), b"\x02\x03\x01\x00\x01"].concat();
        let keys = [
            ("EdDSA", ParsedPublicKey::new(&ED25519, part(Algorithm::EdDsa, "x")).unwrap()),
            ("ES256", ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).unwrap()),
            ("RS256", ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, rsa).unwrap()),
        ];
        Self { issuer: issuer.name().to_owned(), keys: keys.into(), cache: RwLock::default() }
    }

    fn reader(&self, headers: &HeaderMap) -> Result<Arc<Caller>, Status> {
        let token = headers.get(AUTHORIZATION).and_then(|value| value.as_bytes().strip_prefix(b"Bearer "));
        let token = token.ok_or_else(|| Status::unauthenticated("no token"))?;
        let caller = self.caller(token).ok_or_else(|| Status::unauthenticated("bad token"))?;
        match caller.roles.iter().any(|role| role == ROLE) {
            true => Ok(caller),
            false => Err(Status::permission_denied("not a reader")),
        }
    }

    fn caller(&self, token: &[u8]) -> Option<Arc<Caller>> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_secs();
        let known = self.cache.read().unwrap().get(token).filter(|caller| caller.expires > now).cloned();
        if known.is_some() {
            return known;
        }
        let caller = Arc::new(self.verify(token, now)?);
        self.cache.write().unwrap().insert(token.into(), Arc::clone(&caller));
        Some(caller)
    }

    fn verify(&self, token: &[u8], now: u64) -> Option<Caller> {
        let (signed, signature) = split(token)?;
        let (header, claims) = split(signed)?;
        let header = decode(header)?;
        let header = serde_json::from_slice::<Header<'_>>(&header).ok().filter(|header| header.alg == header.kid)?;
        self.keys.get(header.kid)?.verify_sig(signed, &decode(signature)?).ok()?;
        let claims = decode(claims)?;
        let claims = serde_json::from_slice::<Claims<'_>>(&claims).ok()?;
        let good = claims.iss == self.issuer && claims.aud == AUDIENCE && (claims.nbf..claims.exp).contains(&now);
        good.then_some(Caller { expires: claims.exp, roles: claims.roles })
    }
}

/// The parts before and after the last dot.
fn split(token: &[u8]) -> Option<(&[u8], &[u8])> {
    let dot = token.iter().rposition(|byte| *byte == b'.')?;
    Some((&token[..dot], &token[dot + 1..]))
}

fn decode(part: &[u8]) -> Option<Vec<u8>> {
    BASE64_URL_SAFE_NO_PAD.decode(part).ok()
}
