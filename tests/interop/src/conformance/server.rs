//! A server under test. It reads its settings from standard input, and writes its address to standard output.

use std::time::{Duration, SystemTime};

use secure_runtime::audit::AuditEvent;
use secure_runtime::tls::ClientRoots;
use secure_runtime::{Authentication, CallHead, Gate, Principal, SecuredServer, Server, ServerTls, danger};
use tokio::io::{stdin, stdout};
use tokio::net::TcpListener;
use tonic::codec::CompressionEncoding::Gzip;
use tonic_web::GrpcWebLayer;

use super::handlers::Conformance;
use super::{read, write};
use crate::Outcome;
use crate::messages::connectrpc::conformance::v1::{ServerCompatRequest, ServerCompatResponse};
use crate::protected::connectrpc::conformance::v1::conformance_service_server as protected;
use crate::public::connectrpc::conformance::v1::conformance_service_server as public;
use crate::trailers::TrailersLayer;

/// Which rules are served.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Rules {
    /// Only authenticated callers may call.
    Protected,
    /// Anyone may call.
    Public,
}

/// Serves until the suite ends the program.
///
/// # Errors
///
/// The suite does not say what to serve with, or serving fails.
pub async fn run(rules: Rules) -> Outcome {
    let wanted = read::<ServerCompatRequest>(&mut stdin()).await?.ok_or("no request on standard input")?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let server = server(&wanted, rules)?;
    let pem_cert = if wanted.use_tls { wanted.server_creds.unwrap_or_default().cert } else { Vec::new() };
    let address = listener.local_addr()?;
    let told = ServerCompatResponse { host: address.ip().to_string(), port: address.port().into(), pem_cert };
    let served = tokio::spawn(server.serve(listener));
    write(&mut stdout(), &told).await?;
    Ok(served.await??)
}

fn server(wanted: &ServerCompatRequest, rules: Rules) -> Result<Server, Box<dyn std::error::Error + Send + Sync>> {
    let server = transport(wanted)?.layer(GrpcWebLayer::new()).layer(TrailersLayer);
    let gate = Gate::new(somebody).audit(|_: &AuditEvent<'_>| {});
    let limit = usize::try_from(wanted.message_receive_limit)?;
    Ok(match rules {
        Rules::Protected => server.add(settings(protected::ConformanceServiceServer::new(Conformance, gate), limit)),
        Rules::Public => server.add(settings(public::ConformanceServiceServer::new(Conformance, gate), limit)),
    })
}

fn transport(wanted: &ServerCompatRequest) -> Result<Server, Box<dyn std::error::Error + Send + Sync>> {
    if !wanted.use_tls {
        return Ok(Server::new(danger::serve_plaintext("the suite asks for it")));
    }
    let own = wanted.server_creds.clone().unwrap_or_default();
    let tls = ServerTls::from_pem(&own.cert, &own.key)?;
    Ok(Server::new(match wanted.client_tls_cert.as_slice() {
        [] => tls.without_client_certificates(),
        roots => tls.require_client_certificates(ClientRoots::from_pem(roots)?),
    }))
}

/// The client of the suite has no token, so every caller is authenticated.
fn somebody(_: &CallHead<'_>) -> Authentication {
    let in_an_hour = SystemTime::now() + Duration::from_secs(3_600);
    Principal::new("https://id.example.com", "suite").expires_at(in_an_hour).into()
}

fn settings<T, M: secure_runtime::codegen::Method>(server: SecuredServer<T, M>, limit: usize) -> SecuredServer<T, M> {
    let server = server.accept_compressed(Gzip).send_compressed(Gzip);
    if limit == 0 { server } else { server.max_decoding_message_size(limit) }
}
