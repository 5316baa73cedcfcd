//! Reads exported metrics and spans.

use std::collections::BTreeMap;

use opentelemetry::trace::TracerProvider as _;
use opentelemetry::{KeyValue, metrics::MeterProvider as _};
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, Metric, MetricData};
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, PeriodicReader, SdkMeterProvider};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
use secure_runtime::otel::Telemetry;

/// Values by metric and labels.
pub type Values = BTreeMap<(String, String), f64>;

/// What would be exported.
pub struct Exported {
    pub telemetry: Telemetry,
    meters: SdkMeterProvider,
    metrics: InMemoryMetricExporter,
    pub spans: InMemorySpanExporter,
}

impl Exported {
    pub fn new() -> Self {
        let (metrics, spans) = (InMemoryMetricExporter::default(), InMemorySpanExporter::default());
        let meters = SdkMeterProvider::builder().with_reader(PeriodicReader::builder(metrics.clone()).build()).build();
        let tracers = SdkTracerProvider::builder().with_simple_exporter(spans.clone()).build();
        let telemetry = Telemetry::new(&meters.meter("tests"), tracers.tracer("tests"));
        Self { telemetry, meters, metrics, spans }
    }

    /// Everything up to now: sums and gauges by their value, histograms by their count.
    pub fn values(&self) -> Values {
        self.metrics.reset();
        self.meters.force_flush().unwrap();
        let exported = self.metrics.get_finished_metrics().unwrap();
        let metrics = exported.iter().flat_map(|it| it.scope_metrics()).flat_map(|scope| scope.metrics());
        metrics.flat_map(values).collect()
    }
}

fn values(metric: &Metric) -> Vec<((String, String), f64)> {
    let points = match metric.data() {
        AggregatedMetrics::F64(data) => points(data),
        AggregatedMetrics::U64(data) => points(data),
        AggregatedMetrics::I64(data) => points(data),
    };
    let name = format!("{} {}", metric.name(), metric.unit());
    points.into_iter().map(|(labels, value)| ((name.clone(), labels), value)).collect()
}

fn points<T: Copy + ToString>(data: &MetricData<T>) -> Vec<(String, f64)> {
    let number = |value: T| value.to_string().parse().unwrap();
    match data {
        MetricData::Gauge(gauge) => {
            gauge.data_points().map(|it| (labels(it.attributes()), number(it.value()))).collect()
        }
        MetricData::Sum(sum) => sum.data_points().map(|it| (labels(it.attributes()), number(it.value()))).collect(),
        MetricData::Histogram(histogram) => {
            histogram.data_points().map(|it| (labels(it.attributes()), it.count() as f64)).collect()
        }
        MetricData::ExponentialHistogram(_) => panic!("no instrument is one"),
    }
}

fn labels<'a>(labels: impl Iterator<Item = &'a KeyValue>) -> String {
    let mut labels = labels.map(|label| format!("{}={}", label.key, label.value)).collect::<Vec<_>>();
    labels.sort();
    labels.join("|")
}
