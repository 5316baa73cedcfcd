//! Errors that a program's `main` can return as they are.

use std::error::Error;
use std::fmt;

use crate::authn::MtlsError;
use crate::authn::jwt::{KeyFileError, KeySetError, LeewayTooLong, NotStringOrUri, SecretError, TrustError};
use crate::client::{ConnectError, CredentialsError};
use crate::server::ServeError;
use crate::tls::{NotPeerName, TlsError};

/// `main` prints the `Debug` of what it returns: it is `Display`, with its causes.
macro_rules! debug_as_display {
    ($($error:ty),+ $(,)?) => {
        $(
            impl fmt::Debug for $error {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    write_chain(self, f)
                }
            }
        )+
    };
}

debug_as_display!(
    ConnectError,
    CredentialsError,
    KeyFileError,
    KeySetError,
    LeewayTooLong,
    MtlsError,
    NotPeerName,
    NotStringOrUri,
    SecretError,
    ServeError,
    TlsError,
    TrustError
);

#[cfg(any(feature = "jwks-https", feature = "oauth"))]
debug_as_display!(crate::https::FetchError, crate::https::HttpsUrlError);

#[cfg(feature = "jwks-https")]
debug_as_display!(crate::authn::jwt::DiscoveryError, crate::authn::jwt::KeyUrlError);

#[cfg(feature = "oauth")]
debug_as_display!(crate::client::TokenError);

fn write_chain(error: &dyn Error, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "{error}")?;
    let mut source = error.source();
    while let Some(cause) = source {
        write!(f, ": {cause}")?;
        source = cause.source();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::authn::jwt::KeySet;

    #[test]
    fn a_main_that_fails_says_what_to_do() {
        let refused = KeySet::from_jwks_file("nowhere.json").unwrap_err();
        assert_eq!(format!("{refused:?}").split(": ").count(), 2, "{refused:?}");
        let empty = KeySet::from_jwks("{}").unwrap_err();
        assert_eq!(format!("{empty:?}"), "`keys` is not an array of objects");
    }
}
