//! What the compiler says about a function whose feature is off.
//!
//! Of a missing type or module the compiler itself names the feature, but not of a missing function of a type. Without its
//! feature, such a function has a bound that nothing satisfies, and the message of the bound says what to write.
//!
//! A bound without parameters is checked where it is written. `for<'a> &'a ()` moves the check to the call.

#![allow(unnameable_types, reason = "bounds of hidden functions, which nobody can satisfy")]

macro_rules! missing_feature {
    ($feature:literal, $trait:ident, $message:literal, $note:literal) => {
        #[cfg(not(feature = $feature))]
        #[diagnostic::on_unimplemented(message = $message, label = "the feature is off", note = $note)]
        pub trait $trait {
            /// The result of a call that cannot be written.
            fn never<T>() -> T;
        }
    };
}

missing_feature!(
    "health",
    Health,
    "the health service needs the feature `health` of secure-runtime",
    "write `features = [\"health\"]` at secure-runtime, under [dependencies] in Cargo.toml"
);

missing_feature!(
    "jwks-https",
    JwksHttps,
    "keys from a URL need the feature `jwks-https` of secure-runtime",
    "write `features = [\"jwks-https\"]` at secure-runtime, under [dependencies] in Cargo.toml"
);

missing_feature!(
    "system-roots",
    SystemRoots,
    "the CAs of this host need the feature `system-roots` of secure-runtime",
    "write `features = [\"system-roots\"]` at secure-runtime, under [dependencies] in Cargo.toml"
);
