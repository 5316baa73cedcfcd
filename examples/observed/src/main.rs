//! A server and a client whose metrics Prometheus reads.
//!
//! `observed [ADDRESS [ROUNDS]]` serves metrics on `http://ADDRESS/metrics`, makes some calls, and waits for SIGTERM or Ctrl-C.

mod library;
mod metrics;
mod site;

use std::error::Error;
use std::process::ExitCode;

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
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments = std::env::args().skip(1).collect::<Vec<_>>();
    let (address, rounds) = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => (DEFAULT_ADDRESS, DEFAULT_ROUNDS),
        ["--help" | "-h"] => {
            println!("{USAGE}");
            return Ok(ExitCode::SUCCESS);
        }
        [address] if !address.starts_with('-') => (address, DEFAULT_ROUNDS),
        [address, rounds] if !address.starts_with('-') => (address, rounds.parse()?),
        _ => {
            eprintln!("{USAGE}");
            return Ok(ExitCode::FAILURE);
        }
    };
    observe(address, rounds).await?;
    Ok(ExitCode::SUCCESS)
}

async fn observe(address: &str, rounds: u32) -> Result<(), Box<dyn Error>> {
    let (meters, page) = metrics::provider()?;
    // Add an exporter of spans here, such as that of `opentelemetry-otlp`.
    let tracers = SdkTracerProvider::builder().build();
    let site = Site::open(&Telemetry::new(&meters.meter("observed"), tracers.tracer("observed"))).await?;
    println!("metrics on http://{}/metrics", metrics::serve(address, page).await?);
    for _ in 0..rounds {
        site.call_all().await;
    }
    println!("made {} calls", rounds * site::CALLS_OF_A_ROUND);
    secure_runtime::server::shutdown_signal().await;
    Ok(())
}

const USAGE: &str = "\
Serves metrics on http://ADDRESS/metrics, makes ROUNDS rounds of calls, and waits for SIGTERM or Ctrl-C.

    observed [ADDRESS [ROUNDS]]    default: 127.0.0.1:9464 and 100";

const DEFAULT_ADDRESS: &str = "127.0.0.1:9464";
const DEFAULT_ROUNDS: u32 = 100;

#[cfg(test)]
mod tests;
