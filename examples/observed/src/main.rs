//! A server and a client whose metrics Prometheus reads.
//!
//! `observed [ADDRESS [ROUNDS]]` serves metrics on `http://ADDRESS/metrics`, makes some calls, and waits for SIGTERM or Ctrl-C.

mod library;
mod metrics;
mod site;

use std::error::Error;

use opentelemetry::metrics::MeterProvider;
use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;
use secure_runtime::otel::Telemetry;

use self::site::Site;

#[allow(missing_docs, unreachable_pub, clippy::exhaustive_enums, clippy::exhaustive_structs, reason = "generated")]
mod pb {
    secure_runtime::include_proto!("library.v1");
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().unwrap_or_else(|| "127.0.0.1:9464".to_owned());
    let rounds = arguments.next().map_or(Ok(DEFAULT_ROUNDS), |rounds| rounds.parse())?;
    let (meters, page) = metrics::provider()?;
    // Add an exporter of spans here, such as that of `opentelemetry-otlp`.
    let tracers = SdkTracerProvider::builder().build();
    let site = Site::open(&Telemetry::new(&meters.meter("observed"), tracers.tracer("observed"))).await?;
    println!("metrics on http://{}/metrics", metrics::serve(&address, page).await?);
    for _ in 0..rounds {
        site.call_all().await;
    }
    println!("made {} calls", rounds * site::CALLS_OF_A_ROUND);
    secure_runtime::server::shutdown_signal().await;
    Ok(())
}

const DEFAULT_ROUNDS: u32 = 100;

#[cfg(test)]
mod tests;
