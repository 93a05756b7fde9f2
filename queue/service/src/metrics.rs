//! What operators watch: counts and times of requests, the writer, boards, streams and devices. Nothing of a person.

use std::sync::atomic::AtomicU64;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::header;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use queue_core::service_day;
use queue_protocol::v1::ProblemCode;

use crate::app::App;
use crate::problem::ApiError;

/// Upper ends of the histogram of request times, in seconds.
const SECONDS: [f64; 12] = [0.000_5, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

/// What a request is counted by. The route is the pattern of the interface, so no id and no number is in it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct Asked {
    route: String,
    method: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfService {
    service: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfDevice {
    device: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Version {
    version: &'static str,
}

/// What is counted while requests are answered.
#[derive(Debug)]
pub(crate) struct Metrics {
    requests: Family<Asked, Counter>,
    seconds: Histogram,
}

impl Default for Metrics {
    fn default() -> Self {
        Self { requests: Family::default(), seconds: Histogram::new(SECONDS) }
    }
}

/// Middleware: counts a request when its answer begins.
pub(crate) async fn count(State(app): State<App>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let method = request.method().as_str().to_owned();
    let began = Instant::now();
    let response = next.run(request).await;
    let asked = Asked { route, method, status: response.status().as_u16() };
    app.metrics.requests.get_or_create(&asked).inc();
    app.metrics.seconds.observe(began.elapsed().as_secs_f64());
    response
}

/// `GET /metrics`, in the text format of OpenMetrics.
pub(crate) async fn metrics(State(app): State<App>) -> Result<Response, ApiError> {
    let mut registry = Registry::with_prefix("queue");
    requests(&mut registry, &app.metrics);
    writer(&mut registry, &app);
    boards(&mut registry, &app)?;
    staff(&mut registry, &app).await?;
    let mut text = String::new();
    encode(&mut text, &registry)
        .map_err(|error| ApiError::new(axum::http::StatusCode::INTERNAL_SERVER_ERROR, ProblemCode::Internal, error))?;
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, kind)], text).into_response())
}

fn requests(registry: &mut Registry, metrics: &Metrics) {
    registry.register("requests", "Requests answered, by route, method and status", metrics.requests.clone());
    let help = "Time from the head of a request to the head of its answer";
    registry.register_with_unit("request", help, Unit::Seconds, metrics.seconds.clone());
    let version: Family<Version, Gauge> = Family::default();
    version.get_or_create(&Version { version: env!("CARGO_PKG_VERSION") }).set(1);
    registry.register("build", "1, with the version of the service", version);
}

fn writer(registry: &mut Registry, app: &App) {
    let load = app.store.load();
    registry.register("writes", "Writes that were run, of every kind", ConstCounter::new(load.writes));
    registry.register("commits", "Transactions committed; one holds many writes", ConstCounter::new(load.commits));
    let help = "Transactions that failed at their begin or commit";
    registry.register("commit_failures", help, ConstCounter::new(load.failures));
    registry.register("writes_waiting", "Writes that wait for the writer", gauge(load.waiting));
    let open = app.times.streams_max.saturating_sub(app.streams.available_permits());
    registry.register("streams_open", "Displays and staff that follow a stream", gauge(open));
    if let Some(bytes) = resident_bytes() {
        registry.register_with_unit("resident_memory", "Memory of the process", Unit::Bytes, gauge(bytes));
    }
}

fn boards(registry: &mut Registry, app: &App) -> Result<(), ApiError> {
    let clinic = app.clinic();
    let day = service_day(app.clock.now(), &clinic)?;
    let waiting: Family<OfService, Gauge> = Family::default();
    for service in clinic.services() {
        let board = app.store.board(&service.zone, day);
        let count = board.and_then(|board| board.waiting.get(&service.id).copied()).unwrap_or(0);
        waiting.get_or_create(&OfService { service: service.id.to_string() }).set(count.into());
    }
    registry.register("tickets_waiting", "Numbers of today that wait, by service", waiting);
    Ok(())
}

async fn staff(registry: &mut Registry, app: &App) -> Result<(), ApiError> {
    let calls = app.store.help_calls().await?.calls.len();
    registry.register("help_calls_open", "Kiosks where somebody waits for help", gauge(calls));
    let now = app.clock.now();
    let silent: Family<OfDevice, Gauge<f64, AtomicU64>> = Family::default();
    for told in app.store.device_states().await? {
        let since = u32::try_from(now.0.saturating_sub(told.told_at.0).max(0) / 1_000).unwrap_or(u32::MAX);
        silent.get_or_create(&OfDevice { device: told.device.to_string() }).set(since.into());
    }
    registry.register_with_unit("device_silent", "Time since a device told how it is", Unit::Seconds, silent);
    Ok(())
}

fn gauge(count: usize) -> ConstGauge<i64> {
    ConstGauge::new(i64::try_from(count).unwrap_or(i64::MAX))
}

/// `VmRSS` of `status` (proc(5)), which is in kibibytes.
fn resident_bytes() -> Option<usize> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: usize = line.split_whitespace().next()?.parse().ok()?;
    kibibytes.checked_mul(1_024)
}
