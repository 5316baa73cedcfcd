//! One port for programs, for pages, and for what is no gRPC: native gRPC, gRPC-Web with CORS, and a route of axum.

/// The code generated from `proto/catalog/v1/catalog.proto`.
#[allow(clippy::exhaustive_structs, unreachable_pub, reason = "prost writes messages so")]
mod pb {
    secure_runtime::include_proto!("catalog.v1");
}

use std::error::Error;
use std::path::Path;

use axum::Router;
use axum::routing::get;
use http::{HeaderName, HeaderValue, Method};
use pb::catalog_policy::rpc;
use pb::catalog_server::{Catalog, CatalogServer};
use pb::{ListRequest, ListResponse, ReserveRequest, ReserveResponse};
use secure_runtime::audit::JsonLines;
use secure_runtime::authn::jwt::{Audience, Issuer, Jwt, KeySet};
use secure_runtime::server::shutdown_signal;
use secure_runtime::tonic::{Request, Response, Status};
use secure_runtime::{Caller, Gate, Server, ServerTls, danger};
use tokio::net::TcpListener;
use tonic_web::GrpcWebLayer;
use tower_http::cors::CorsLayer;

const USAGE: &str = "usage: web DIRECTORY HOST:PORT ORIGIN";

struct Shop;

type Items = tokio_stream::Iter<std::array::IntoIter<Result<ListResponse, Status>, 2>>;

impl Catalog for Shop {
    type ListStream = Items;

    async fn list(
        &self,
        _caller: Option<Caller<rpc::List>>,
        _request: Request<ListRequest>,
    ) -> Result<Response<Items>, Status> {
        let items = ["tea", "cups"].map(|item| Ok(ListResponse { item: item.to_owned() }));
        Ok(Response::new(tokio_stream::iter(items)))
    }

    async fn reserve(
        &self,
        caller: Caller<rpc::Reserve>,
        _request: Request<ReserveRequest>,
    ) -> Result<Response<ReserveResponse>, Status> {
        Ok(Response::new(ReserveResponse { by: caller.subject().to_owned() }))
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments = std::env::args().skip(1).collect::<Vec<_>>();
    let [directory, address, origin] = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["-h" | "--help"] => {
            println!("{USAGE}");
            return Ok(());
        }
        [directory, address, origin] => [*directory, *address, *origin],
        _ => return Err(USAGE.into()),
    };
    let gate = Gate::new(tokens(Path::new(directory))?).audit(JsonLines::stdout());
    let tls = ServerTls::from_pem_dir(directory)?.without_client_certificates();
    let listener = TcpListener::bind(address).await?;
    println!("Serving on https://localhost:{}", listener.local_addr()?.port());
    Server::new(tls)
        // The first layer is the outermost: every answer passes it, those of gRPC-Web and of the gate included.
        .layer(cors(origin.parse()?))
        .layer(GrpcWebLayer::new())
        .add(CatalogServer::new(Shop, gate))
        .fallback(danger::ungated(routes(), "the version is no secret"))
        .serve_with_shutdown(listener, shutdown_signal())
        .await?;
    Ok(())
}

fn tokens(directory: &Path) -> Result<Jwt, Box<dyn Error>> {
    let keys = KeySet::from_jwks_file(directory.join("jwks.json"))?;
    Ok(Jwt::new(Issuer::new("https://id.example.com")?, Audience::new("orders")?, keys))
}

/// Pages of one origin may call, with a token in a header, and may read how a call ended. No cookies: a request that a
/// page did not mean to send carries no credential.
fn cors(origin: HeaderValue) -> CorsLayer {
    CorsLayer::new()
        .allow_origin(origin)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers(REQUEST.map(HeaderName::from_static))
        .expose_headers(RESPONSE.map(HeaderName::from_static))
}

/// What clients of gRPC-Web send.
const REQUEST: [&str; 5] = ["authorization", "content-type", "grpc-timeout", "x-grpc-web", "x-user-agent"];

/// Where the outcome of a call is.
const RESPONSE: [&str; 3] = ["grpc-status", "grpc-message", "grpc-status-details-bin"];

/// What is no gRPC. No gate stands here.
fn routes() -> Router {
    Router::new().route("/version", get(env!("CARGO_PKG_VERSION")))
}
