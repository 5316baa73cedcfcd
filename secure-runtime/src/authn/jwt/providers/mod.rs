//! The form of the tokens of well-known issuers.
//!
//! Each function gives an [`Issuer`](super::Issuer) that can be changed further. Roles are what an administrator of the
//! issuer assigns to a caller. Scopes are what a client requested, so they are not roles unless you say so, as in
//! `okta(url)?.roles_from([ListClaim::array(["scp"])])`.
//!
//! An issuer that follows RFC 9068 needs nothing from here: [`Issuer::new`](super::Issuer::new) has its form.
//!
//! Keys come from [`KeySet::from_discovery`](super::KeySet) unless the documentation of the function says otherwise.

mod ci;
mod entra;
mod google;
mod identity;
mod workload;

pub use ci::{github_actions, gitlab};
pub use entra::{entra_id, entra_id_tenants, entra_id_v1};
pub use google::{firebase, google_iap, google_service_accounts};
pub use identity::{auth0, clerk, cognito, keycloak, okta, supabase, zitadel};
pub use workload::{jwt_svid, kubernetes};
