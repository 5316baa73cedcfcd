//! What is counted.

use crate::{calls, generation, served};

/// One operation that is counted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Scenario {
    /// A unary call to tonic's own stub, without authentication.
    Tonic,
    /// A unary call with a token that was verified before.
    CacheHit,
    /// A unary call with a token that is new.
    CacheMiss,
    /// A unary call without a token, which is refused.
    Refusal,
    /// A unary call over a connection to tonic's own server, without authentication.
    ServedTonic,
    /// A unary call over a connection, with a token that was verified before.
    ServedHit,
    /// A unary call over a connection without a token, which is refused.
    ServedRefusal,
    /// protoc-gen-tonic's answer for `tests/proto/bench/api.proto`.
    TonicGeneration,
    /// Ours.
    Generation,
}

impl Scenario {
    pub(crate) const ALL: [Self; 9] = [
        Self::Tonic,
        Self::CacheHit,
        Self::CacheMiss,
        Self::Refusal,
        Self::ServedTonic,
        Self::ServedHit,
        Self::ServedRefusal,
        Self::TonicGeneration,
        Self::Generation,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Tonic => "tonic",
            Self::CacheHit => "cache-hit",
            Self::CacheMiss => "cache-miss",
            Self::Refusal => "refusal",
            Self::ServedTonic => "served-tonic",
            Self::ServedHit => "served-hit",
            Self::ServedRefusal => "served-refusal",
            Self::TonicGeneration => "tonic-generation",
            Self::Generation => "generation",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scenario| scenario.name() == name)
    }

    /// How many operations two runs do. The difference of the runs is the count, so the start of the process cancels.
    pub(crate) fn operations(self) -> [u64; 2] {
        match self {
            Self::Tonic | Self::CacheHit | Self::Refusal => [100, 3_100],
            Self::ServedTonic | Self::ServedHit | Self::ServedRefusal => [400, 3_600],
            Self::CacheMiss => [20, 320],
            Self::TonicGeneration | Self::Generation => [1, 4],
        }
    }

    pub(crate) fn run(self, operations: u64) {
        match self {
            Self::TonicGeneration => generation::run(generation::tonic, operations),
            Self::Generation => generation::run(generation::ours, operations),
            Self::ServedTonic | Self::ServedHit | Self::ServedRefusal => served::run(self, operations),
            call => calls::run(call, operations),
        }
    }
}
