//! Which servers are compared under which load.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;

use rustls::ClientConfig;
use rustls::client::Resumption;
use rustls::version::TLS13;
use secure_runtime::testing::TestIssuer;
use secure_tests::pki::Ca;
use secure_tests::ratios::{Ratio, median};
use secure_tests::tls::raw_config;
use tonic::Code;

use crate::client::{Connections, Dialer, Method};
use crate::lane::{Lane, Slice, compare};
use crate::servers::{Kind, start};
use crate::token::Token;

/// The servers, and what clients need.
pub(crate) struct World {
    issuer: Arc<TestIssuer>,
    servers: HashMap<Kind, SocketAddr>,
    config: Arc<ClientConfig>,
}

impl World {
    pub(crate) fn start() -> Self {
        let (ca, issuer) = (Ca::new("benchmark"), Arc::new(TestIssuer::new("https://id.example.com")));
        let mut config = Arc::unwrap_or_clone(raw_config(&ca, &[&TLS13], &[b"h2"]));
        config.resumption = Resumption::disabled();
        let servers = start(ca.issue(), Arc::clone(&issuer));
        Self { issuer, servers, config: Arc::new(config) }
    }

    fn dialer(&self, kind: Kind) -> Dialer {
        Dialer { address: self.servers[&kind], config: Arc::clone(&self.config) }
    }
}

/// A load, and the servers that it is put on.
pub(crate) struct Load {
    name: &'static str,
    method: Method,
    /// How many tokens are sent in turns.
    callers: usize,
    /// In a row, each server with the token of its calls.
    variants: Vec<(Kind, Token)>,
    /// Connections that all calls share. `None` is a new one for each call.
    connections: Option<usize>,
    in_flight: usize,
    rounds: usize,
    /// Calls to each server in each round.
    calls: usize,
}

impl Load {
    pub(crate) fn all() -> Vec<Self> {
        vec![
            Self::unary(),
            Self {
                name: "stream of 64 messages",
                method: Method::streaming(),
                calls: 400,
                variants: COMMON.to_vec(),
                ..Self::unary()
            },
            Self { name: "unary, 1 live token", callers: 1, ..Self::of_tokens() },
            Self { name: "unary, 1,000 live tokens", callers: 1_000, ..Self::of_tokens() },
            Self {
                name: "unary, 100,000 live tokens",
                callers: 100_000,
                calls: 10_000,
                rounds: 15,
                ..Self::of_tokens()
            },
            Self::handshakes(),
        ]
    }

    fn unary() -> Self {
        Self {
            name: "unary, 64 live tokens",
            method: Method::unary(),
            callers: 64,
            variants: ALL.to_vec(),
            connections: Some(8),
            in_flight: 64,
            rounds: 41,
            calls: 2_000,
        }
    }

    fn of_tokens() -> Self {
        let kinds = [Kind::Nothing, Kind::HandMade, Kind::Ours];
        Self { variants: kinds.map(|kind| (kind, Token::EdDsa)).to_vec(), ..Self::unary() }
    }

    fn handshakes() -> Self {
        let kinds = [Kind::Nothing, Kind::HandMade, Kind::Ours];
        Self {
            name: "one call per new connection, full TLS handshake",
            connections: None,
            in_flight: 8,
            calls: 100,
            variants: kinds.map(|kind| (kind, Token::EdDsa)).to_vec(),
            ..Self::unary()
        }
    }

    /// The same servers and answers, with a few calls.
    pub(crate) fn short(self) -> Self {
        Self { callers: self.callers.min(4), rounds: 1, calls: 8, ..self }
    }

    /// Prints the rows of this load.
    pub(crate) async fn compare(&self, world: &World) {
        let mut lanes = Vec::new();
        for (kind, token) in &self.variants {
            lanes.push(Arc::new(self.lane(world, *kind, *token).await));
        }
        let slices = compare(&lanes, self.rounds, self.calls).await;
        for ((kind, token), measured) in self.variants.iter().zip(&slices) {
            let reference = (Kind::Nothing, token.of_reference());
            let reference = self.variants.iter().position(|variant| *variant == reference).expect("a reference");
            let figures = match *kind {
                Kind::Nothing => absolute(measured),
                _ => relative(measured, &slices[reference]),
            };
            println!("| {} | {} | {} | {figures} |", self.name, token.name(), kind.name());
        }
    }

    async fn lane(&self, world: &World, kind: Kind, token: Token) -> Lane {
        let dialer = world.dialer(kind);
        let connections = match self.connections {
            Some(number) => Connections::open(&dialer, number).await,
            None => Connections::New(dialer),
        };
        let admitted = token.is_good() || kind == Kind::Nothing;
        Lane {
            connections,
            method: self.method.clone(),
            tokens: token.values(&world.issuer, self.callers).into(),
            expected: if admitted { Code::Ok } else { Code::Unauthenticated },
            in_flight: self.in_flight,
            sent: 0.into(),
        }
    }
}

fn absolute(measured: &[Slice]) -> String {
    let (calls, cpu) = columns(measured);
    format!("1 ({:.0} per second) | 1 ({:.1} µs)", median(&calls), median(&cpu))
}

fn relative(measured: &[Slice], reference: &[Slice]) -> String {
    let ((calls, cpu), (reference_calls, reference_cpu)) = (columns(measured), columns(reference));
    format!("{} | {}", Ratio::of_pairs(&calls, &reference_calls), Ratio::of_pairs(&cpu, &reference_cpu))
}

fn columns(slices: &[Slice]) -> (Vec<f64>, Vec<f64>) {
    slices.iter().map(|slice| (slice.calls_per_second, slice.cpu_per_call)).unzip()
}

/// The servers of the first load.
const ALL: [(Kind, Token); 18] = [
    (Kind::Nothing, Token::EdDsa),
    (Kind::Ours, Token::EdDsa),
    (Kind::Interceptor, Token::EdDsa),
    (Kind::Nothing, Token::Es256),
    (Kind::Ours, Token::Es256),
    (Kind::Nothing, Token::Rs256),
    (Kind::NoopLayer, Token::Rs256),
    (Kind::HandMade, Token::Rs256),
    (Kind::Ours, Token::Rs256),
    (Kind::OursWithJson, Token::Rs256),
    (Kind::Interceptor, Token::Rs256),
    (Kind::HandMade, Token::Missing),
    (Kind::Interceptor, Token::Missing),
    (Kind::Ours, Token::Missing),
    (Kind::OursWithJson, Token::Missing),
    (Kind::HandMade, Token::ForgedRs256),
    (Kind::Interceptor, Token::ForgedRs256),
    (Kind::Ours, Token::ForgedRs256),
];

/// Servers with calls that are admitted.
const COMMON: [(Kind, Token); 5] = [
    (Kind::Nothing, Token::EdDsa),
    (Kind::NoopLayer, Token::EdDsa),
    (Kind::HandMade, Token::EdDsa),
    (Kind::Ours, Token::EdDsa),
    (Kind::OursWithJson, Token::EdDsa),
];
