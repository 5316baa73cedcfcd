//! `<package>.secure.rs`: for each service its policy, then its server and its client.

mod client;
mod policy;
mod roles;
mod rule;
mod server;
mod text;
#[cfg(feature = "tonic-client")]
mod tonic_client;

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

use super::{Client, Server, Style};
use crate::policy::Kind;
use crate::rust::{Package, Service};

#[cfg(feature = "tonic-client")]
pub(super) use tonic_client::FUNCTIONS as TONIC_FUNCTIONS;

/// The version of the generated code. `secure_runtime::codegen::generated_by` compares it at compile time.
const GENERATION: u32 = 3;

/// The file of one package. Nothing is generated for a service without methods.
pub(crate) fn emit(package: &Package<'_>, style: Style) -> String {
    let services = package.services.iter().filter(|service| !service.methods.is_empty()).collect::<Vec<_>>();
    let policies = services.iter().map(|service| policy::policy(service, style.positions));
    let roles = roles::roles(&package.roles);
    let stubs = services.iter().map(|service| stubs(service, style));
    let tables = tables(&services);
    let generation = Literal::u32_unsuffixed(GENERATION);
    let file = quote! {
        const _: () = ::secure_runtime::codegen::generated_by(#generation);
        #(#policies)*
        #roles
        #(#stubs)*
        #tables
    };
    format!("{}\n{}", text::header(&services, &package.roles, style.positions), text::pretty(file))
}

/// The list of the services, for the server to compare with what is mounted.
fn tables(services: &[&Service<'_>]) -> Option<TokenStream> {
    let policies = services.iter().map(|service| format_ident!("{}_policy", service.rust.module()));
    (!services.is_empty()).then(|| {
        quote! {
            /// The services of this package, for `secure_runtime::Server::expect_services`.
            #[allow(dead_code, unreachable_pub)]
            pub const SERVICES: &[::secure_runtime::codegen::ServiceTable] =
                &[#(::secure_runtime::codegen::ServiceTable::of::<#policies::Method>()),*];
        }
    })
}

fn stubs(service: &Service<'_>, style: Style) -> TokenStream {
    let server = matches!(style.server, Server::Secure).then(|| server::server(service));
    let client = match style.client {
        Client::None => None,
        Client::Secure => Some(client::client(service)),
        #[cfg(feature = "tonic-client")]
        Client::Tonic => Some(tonic_client::client(service)),
    };
    quote! {
        #server
        #client
    }
}

/// Switches off lints of the including crate, which may use little of the code, and did not choose its names nor what is
/// deprecated.
fn allow() -> TokenStream {
    quote! {
        #[allow(clippy::all, clippy::nursery, clippy::pedantic)]
        #[allow(deprecated, unreachable_pub, unused, unused_qualifications)]
    }
}

impl Kind {
    /// The function of the runtime that runs or calls such a method.
    fn function(self) -> Ident {
        format_ident!(
            "{}",
            match self {
                Self::BidiStreaming => "bidi_streaming",
                Self::ClientStreaming => "client_streaming",
                Self::ServerStreaming => "server_streaming",
                Self::Unary => "unary",
            }
        )
    }

    fn streams_requests(self) -> bool {
        matches!(self, Self::BidiStreaming | Self::ClientStreaming)
    }

    fn streams_responses(self) -> bool {
        matches!(self, Self::BidiStreaming | Self::ServerStreaming)
    }
}
