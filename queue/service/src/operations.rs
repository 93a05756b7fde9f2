//! Routes of kiosks that work without the service, of calls for help, and of how devices are.

use std::convert::Infallible;

use axum::extract::State;
use axum::http::{HeaderName, StatusCode};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use futures_util::Stream;
use queue_protocol::model::{DeviceId, DeviceReport, DeviceTold, KioskId};
use queue_protocol::v1::{
    CallHelp, ClearHelp, DeviceStates, HAND_OVER_MAX, HandOver, HandedOver, HelpCall, HelpCalls, LeaseSeries,
    ProblemCode, SeriesLease, help_stream,
};
use queue_store::{DeviceError, HandOverError, HelpError, LeaseError, StoredState};
use tokio::sync::{OwnedSemaphorePermit, watch};

use crate::app::App;
use crate::problem::ApiError;
use crate::request::{Body, Segment};

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/v1/kiosks/{kiosk}/series", put(lease_series))
        .route("/v1/kiosks/{kiosk}/offline-tickets", post(hand_over))
        .route("/v1/kiosks/{kiosk}/help", post(call_help))
        .route("/v1/kiosks/{kiosk}/help/clear", post(clear_help))
        .route("/v1/help", get(help_calls))
        .route("/v1/devices/{device}/state", put(tell_state))
        .route("/v1/devices/states", get(device_states))
}

pub(crate) fn streams() -> Router<App> {
    Router::new().route("/v1/help/events", get(help_events))
}

async fn lease_series(
    State(app): State<App>,
    Segment(kiosk): Segment<KioskId>,
    Body(asked): Body<LeaseSeries>,
) -> Result<Json<SeriesLease>, ApiError> {
    let series = app.store.lease_series(kiosk.clone(), asked, app.clock.now()).await?;
    Ok(Json(SeriesLease { kiosk, series }))
}

async fn hand_over(
    State(app): State<App>,
    Segment(kiosk): Segment<KioskId>,
    Body(handed): Body<HandOver>,
) -> Result<Json<HandedOver>, ApiError> {
    if handed.tickets.len() > HAND_OVER_MAX {
        let detail = format!("expected at most {HAND_OVER_MAX} numbers, got {}", handed.tickets.len());
        return Err(ApiError::bad_request(StatusCode::UNPROCESSABLE_ENTITY, detail));
    }
    Ok(Json(app.store.hand_over(kiosk, handed, app.clock.now()).await?))
}

async fn call_help(
    State(app): State<App>,
    Segment(kiosk): Segment<KioskId>,
    Body(CallHelp { request }): Body<CallHelp>,
) -> Result<Json<HelpCall>, ApiError> {
    Ok(Json(app.store.call_help(kiosk, request, app.clock.now()).await?))
}

async fn clear_help(
    State(app): State<App>,
    Segment(kiosk): Segment<KioskId>,
    Body(ClearHelp { request }): Body<ClearHelp>,
) -> Result<Json<HelpCalls>, ApiError> {
    Ok(Json(app.store.clear_help(kiosk, request, app.clock.now()).await?))
}

async fn help_calls(State(app): State<App>) -> Result<Json<HelpCalls>, ApiError> {
    Ok(Json(app.store.help_calls().await?))
}

async fn tell_state(
    State(app): State<App>,
    Segment(device): Segment<DeviceId>,
    Body(report): Body<DeviceReport>,
) -> Result<Json<DeviceTold>, ApiError> {
    let told_at = app.clock.now();
    let text = serde_json::to_string(&report).map_err(internal)?;
    app.store.tell_state(StoredState { device: device.clone(), told_at, report: text }).await?;
    Ok(Json(DeviceTold { device, told_at, report }))
}

async fn device_states(State(app): State<App>) -> Result<Json<DeviceStates>, ApiError> {
    let told = |stored: StoredState| {
        let report = serde_json::from_str(&stored.report).map_err(internal)?;
        Ok(DeviceTold { device: stored.device, told_at: stored.told_at, report })
    };
    let devices: Result<Vec<DeviceTold>, ApiError> = app.store.device_states().await?.into_iter().map(told).collect();
    Ok(Json(DeviceStates { devices: devices? }))
}

fn internal(error: serde_json::Error) -> ApiError {
    ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, ProblemCode::Internal, error)
}

/// `GET /v1/help/events`.
async fn help_events(State(app): State<App>) -> Result<Response, ApiError> {
    let permit = app.stream_place()?;
    let (changed, stopping) = (app.store.subscribe_help(), app.stopping.subscribe());
    let feed = HelpFeed { app, changed, stopping, is_first: true, _permit: permit };
    let unbuffered = [(HeaderName::from_static("x-accel-buffering"), "no")];
    Ok((unbuffered, Sse::new(feed.into_stream())).into_response())
}

/// One follower of the calls for help. There is nothing to catch up with: each message is all of it.
struct HelpFeed {
    app: App,
    changed: watch::Receiver<u64>,
    stopping: watch::Receiver<bool>,
    is_first: bool,
    _permit: OwnedSemaphorePermit,
}

impl HelpFeed {
    fn into_stream(self) -> impl Stream<Item = Result<Event, Infallible>> {
        futures_util::stream::unfold(self, |mut feed| async move {
            let message = feed.next().await?;
            Some((Ok(message), feed))
        })
    }

    /// The next message; `None` ends the stream, and who follows connects again.
    async fn next(&mut self) -> Option<Event> {
        if !std::mem::take(&mut self.is_first) {
            // Other processes on the database do not wake this one: what they did is seen with the repetition.
            tokio::select! {
                _ = self.stopping.changed() => {}
                _ = self.changed.changed() => {}
                () = tokio::time::sleep(self.app.times.heartbeat) => {}
            }
        }
        if *self.stopping.borrow() {
            return None;
        }
        self.changed.borrow_and_update();
        match self.app.store.help_calls().await {
            Ok(calls) => Event::default().event(help_stream::CALLS).json_data(&calls).ok(),
            Err(error) => {
                tracing::warn!(%error, "the stream of calls for help ends");
                None
            }
        }
    }
}

impl From<LeaseError> for ApiError {
    fn from(error: LeaseError) -> Self {
        match error {
            LeaseError::Store(error) => error.into(),
            LeaseError::NoneLeft => Self::new(StatusCode::CONFLICT, ProblemCode::NoSeriesLeft, error),
        }
    }
}

impl From<HandOverError> for ApiError {
    fn from(error: HandOverError) -> Self {
        match error {
            HandOverError::Store(error) => error.into(),
            HandOverError::ClockNotSet(error) => error.into(),
        }
    }
}

impl From<HelpError> for ApiError {
    fn from(error: HelpError) -> Self {
        match error {
            HelpError::Store(error) => error.into(),
            HelpError::ClockNotSet(error) => error.into(),
        }
    }
}

impl From<DeviceError> for ApiError {
    fn from(error: DeviceError) -> Self {
        match error {
            DeviceError::Store(error) => error.into(),
            DeviceError::TooMany => Self::new(StatusCode::CONFLICT, ProblemCode::TooManyDevices, error),
        }
    }
}
