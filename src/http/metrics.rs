//! Counters for Prometheus. Labels are routes and statuses only: never a name, an email or an id.

use super::face::Face;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use std::sync::Arc;
use std::time::Duration;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    method: String,
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    route: String,
}

/// What was counted since the start.
#[derive(Debug)]
pub(super) struct Metrics {
    registry: Registry,
    requests: Family<Answered, Counter>,
    seconds: Family<Route, Histogram>,
    under_way: Gauge,
    pub(super) connections: ConnectionCounts,
}

/// Counters of connections, which are counted before there is a request.
#[derive(Debug, Clone, Default)]
pub(super) struct ConnectionCounts {
    open: Gauge,
    refused: Counter,
}

impl ConnectionCounts {
    /// Counts a connection as open until the returned value is dropped.
    pub(super) fn open(&self) -> UnderWay {
        UnderWay::begin(&self.open)
    }

    /// Counts a connection that the server closed because it had too many.
    pub(super) fn refuse(&self) {
        self.refused.inc();
    }
}

/// Upper bounds of the histogram in seconds: a read, a hash, a slow server, a time-out.
const BOUNDS: [f64; 10] = [0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0];

fn histogram() -> Histogram {
    Histogram::new(BOUNDS)
}

impl Metrics {
    pub(super) fn new() -> Self {
        let mut registry = Registry::with_prefix("tenantry");
        let requests = Family::default();
        let seconds = Family::new_with_constructor(histogram as fn() -> Histogram);
        let under_way = Gauge::default();
        registry.register("http_requests", "Requests answered", requests.clone());
        registry.register("http_request_seconds", "Seconds from request to answer", seconds.clone());
        let connections = ConnectionCounts::default();
        registry.register("http_requests_under_way", "Requests without an answer yet", under_way.clone());
        registry.register("http_connections", "Connections that are open", connections.open.clone());
        let refused = connections.refused.clone();
        registry.register(
            "http_connections_refused",
            "Connections closed because there were too many",
            refused,
        );
        Self { registry, requests, seconds, under_way, connections }
    }

    /// Counts a request as under way until the returned value is dropped.
    pub(super) fn begin(&self) -> UnderWay {
        UnderWay::begin(&self.under_way)
    }

    /// Counts an answer. `route` is the pattern of the path, not the path.
    pub(super) fn answered(&self, method: &str, route: &str, status: u16, took: Duration) {
        let (method, route) = (method.to_owned(), route.to_owned());
        self.seconds.get_or_create(&Route { route: route.clone() }).observe(took.as_secs_f64());
        self.requests.get_or_create(&Answered { method, route, status }).inc();
    }
}

/// What is counted in a gauge as long as it lasts.
#[derive(Debug)]
pub(super) struct UnderWay(Gauge);

impl UnderWay {
    fn begin(gauge: &Gauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// Counters in the text format of Prometheus.
#[utoipa::path(get, path = "/metrics", tag = "operation", operation_id = "metrics",
    responses((status = 200, description = "Counters", body = String, content_type = "application/openmetrics-text")))]
pub(super) async fn metrics(State(face): State<Arc<Face>>) -> impl IntoResponse {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = encode(&mut text, &face.metrics.registry);
    ([(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], text)
}
