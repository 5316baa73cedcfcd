//! `<package>.secure.rs`: for each service its policy, then its server and its client.

mod client;
mod code;
mod policy;
mod roles;
mod rule;
mod server;
mod text;
#[cfg(feature = "tonic-client")]
mod tonic_client;

use super::{Client, Server, Style};
use crate::manifest::Kind;
use crate::rust::{Package, Service};

use code::Code;

#[cfg(feature = "tonic-client")]
pub(super) use tonic_client::FUNCTIONS as TONIC_FUNCTIONS;

/// The version of the generated code. `secure_runtime::codegen::generated_by` compares it at compile time.
const GENERATION: u32 = 4;

/// The file of one package. Nothing is generated for a service without methods.
pub(crate) fn emit(package: &Package<'_>, style: Style) -> String {
    let services = package.services.iter().filter(|service| !service.methods.is_empty()).collect::<Vec<_>>();
    let mut code = Code::default();
    code.line(format_args!("const _: () = ::secure_runtime::codegen::generated_by({GENERATION});"));
    services.iter().for_each(|service| policy::policy(service, style.positions, &mut code));
    roles::roles(&package.roles, &mut code);
    services.iter().for_each(|service| stubs(service, style, &mut code));
    tables(&services, &mut code);
    format!("{}\n{}", text::header(&services, &package.roles, style.positions), code.into_text())
}

/// The list of the services, for the server to compare with what is mounted.
fn tables(services: &[&Service<'_>], code: &mut Code) {
    if services.is_empty() {
        return;
    }
    code.item();
    code.doc(" The services of this package, for `secure_runtime::Server::expect_services`.");
    code.line("#[allow(dead_code, unreachable_pub)]");
    code.line("pub const SERVICES: &[::secure_runtime::codegen::ServiceTable] = &[");
    code.indented(|code| {
        for service in services {
            let policy = format!("{}_policy", service.rust.module());
            code.line(format_args!("::secure_runtime::codegen::ServiceTable::of::<{policy}::Method>(),"));
        }
    });
    code.line("];");
}

fn stubs(service: &Service<'_>, style: Style, code: &mut Code) {
    if matches!(style.server, Server::Secure) {
        server::server(service, code);
    }
    match style.client {
        Client::None => {}
        Client::Secure => client::client(service, code),
        #[cfg(feature = "tonic-client")]
        Client::Tonic => tonic_client::client(service, code),
    }
}

/// A documented module. Lints of the including crate are off: it may use little of the code,
/// and did not choose its names nor what is deprecated.
fn module(doc: &str, name: &str, code: &mut Code, body: impl FnOnce(&mut Code)) {
    code.item();
    code.doc(doc);
    code.line(ALLOW);
    code.line(ALLOW_OF_RUSTC);
    code.block(format_args!("pub mod {name}"), body);
}

const USE_RUNTIME: &str = "use ::secure_runtime::codegen as secure;";

const ALLOW: &str = "#[allow(clippy::all, clippy::nursery, clippy::pedantic)]";
const ALLOW_OF_RUSTC: &str = "#[allow(deprecated, nonstandard_style, unreachable_pub, unused, unused_qualifications)]";

impl Kind {
    /// The function of the runtime that runs or calls such a method.
    fn function(self) -> &'static str {
        match self {
            Self::BidiStreaming => "bidi_streaming",
            Self::ClientStreaming => "client_streaming",
            Self::ServerStreaming => "server_streaming",
            Self::Unary => "unary",
        }
    }

    fn streams_requests(self) -> bool {
        matches!(self, Self::BidiStreaming | Self::ClientStreaming)
    }

    fn streams_responses(self) -> bool {
        matches!(self, Self::BidiStreaming | Self::ServerStreaming)
    }
}
