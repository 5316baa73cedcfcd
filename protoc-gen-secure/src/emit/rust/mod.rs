//! `<package>.secure.rs`: for each service its policy, then its server and its client.

mod client;
mod policy;
mod roles;
mod rule;
mod server;
mod text;
mod tonic_client;

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

use crate::policy::{Kind, PackagePolicy, ServicePolicy};
use crate::{Client, Options, Server};

/// The form of the code below; `secure_runtime::codegen::generated_by` compares it at compile time.
const GENERATION: u32 = 2;

/// Everything for one package. A service without methods has nothing to guard and gives nothing.
pub(crate) fn emit(package: &PackagePolicy, options: &Options) -> String {
    let services = package.services.iter().filter(|service| !service.methods.is_empty()).collect::<Vec<_>>();
    let policies = services.iter().map(|service| policy::policy(service));
    let roles = roles::roles(&package.roles);
    let stubs = services.iter().map(|service| stubs(service, options));
    let generation = Literal::u32_unsuffixed(GENERATION);
    let file = quote! {
        const _: () = ::secure_runtime::codegen::generated_by(#generation);
        #(#policies)*
        #roles
        #(#stubs)*
    };
    format!("{}\n{}", text::header(&services, &package.roles), text::pretty(file))
}

fn stubs(service: &ServicePolicy, options: &Options) -> TokenStream {
    let server = matches!(options.server, Server::Secure).then(|| server::server(service));
    let client = match options.client {
        Client::None => None,
        Client::Secure => Some(client::client(service)),
        Client::Tonic => Some(tonic_client::client(service)),
    };
    quote! {
        #server
        #client
    }
}

/// Lints of the crate that includes the code: it may use little of it, privately, and chose none of its names.
fn allow() -> TokenStream {
    quote!(#[allow(clippy::all, dead_code, unreachable_pub, unused_qualifications)])
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
