//! The compiler's message about a setting whose feature is off.
//!
//! A bound without parameters is checked where it is written. `for<'a> &'a ()` moves the check to the call.

use super::Config;

#[diagnostic::on_unimplemented(
    message = "tonic's clients need the feature `tonic-client` of protoc-gen-secure",
    label = "the feature is off",
    note = "write `features = [\"tonic-client\"]` at protoc-gen-secure, under [build-dependencies] in Cargo.toml"
)]
#[allow(unnameable_types, reason = "the bound of a hidden function, which nobody can satisfy")]
pub trait TonicClient {
    /// The result of a call that cannot be written.
    fn never<T>() -> T;
}

impl Config {
    #[doc(hidden)]
    pub fn tonic_client(self) -> Self
    where
        for<'a> &'a (): TonicClient,
    {
        <&() as TonicClient>::never()
    }
}
