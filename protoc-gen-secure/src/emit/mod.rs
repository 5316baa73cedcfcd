//! Policy → text: Rust, and the manifest. Emission cannot fail, because the earlier phases refuse whatever could go wrong.

mod condition;
pub(crate) mod manifest;
pub(crate) mod rust;
mod words;

use crate::diagnostic::Positions;

/// What is generated for each package.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Style {
    pub(crate) client: Client,
    pub(crate) server: Server,
    pub(crate) positions: Positions,
}

/// Which client is generated.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Client {
    None,
    #[default]
    Secure,
    /// tonic-build's client.
    #[cfg(feature = "tonic-client")]
    Tonic,
}

impl Client {
    /// The functions of the client itself. No method may have the name of one of them.
    pub(crate) fn functions(self) -> &'static [&'static str] {
        match self {
            Self::None | Self::Secure => &[],
            #[cfg(feature = "tonic-client")]
            Self::Tonic => rust::TONIC_FUNCTIONS,
        }
    }
}

/// Which server is generated.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Server {
    None,
    #[default]
    Secure,
}
