//! Metrics as Prometheus reads them.

use std::error::Error;
use std::net::SocketAddr;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use prometheus::{Registry, TEXT_FORMAT, TextEncoder};
use tokio::net::TcpListener;

/// The collector of metrics, and the registry to read them from.
pub(crate) fn provider() -> Result<(SdkMeterProvider, Registry), Box<dyn Error>> {
    let registry = Registry::new();
    let exporter = opentelemetry_prometheus::exporter().with_registry(registry.clone()).build()?;
    Ok((SdkMeterProvider::builder().with_reader(exporter).build(), registry))
}

/// Serves the metrics in plaintext, without a gate. They name methods and reasons: bind an address that only Prometheus reaches.
pub(crate) async fn serve(address: &str, registry: Registry) -> Result<SocketAddr, std::io::Error> {
    let page = get(async move || {
        let text = TextEncoder::new().encode_to_string(&registry.gather()).unwrap_or_default();
        ([(CONTENT_TYPE, TEXT_FORMAT)], text)
    });
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/metrics", page)).await });
    Ok(address)
}
