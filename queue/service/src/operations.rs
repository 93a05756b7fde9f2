//! Routes of kiosks that work without the service, of calls for help, and of how devices are.

use std::convert::Infallible;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderName, Method, StatusCode};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::Stream;
use queue_protocol::model::{DeviceId, DeviceReport, DeviceTold, KioskId};
use queue_protocol::v1::{
    CallHelp, ClearHelp, DeviceStates, HAND_OVER_MAX, HandOver, HandedOver, HelpCall, HelpCalls, LeaseSeries,
    ProblemCode, SeriesLease, help_stream,
};
use queue_store::{DeviceStateError, HandOverError, HelpError, LeaseError, StoredState};
use tokio::sync::watch;

use crate::access::Allow;
use crate::app::App;
use crate::caller::Caller;
use crate::feed::Places;
use crate::problem::ApiError;
use crate::request::{Body, Segment};
use crate::route_table::{RouteTable, api};

pub(crate) fn add_to(table: RouteTable) -> RouteTable {
    table
        .api(
            Method::PUT,
            "/v1/kiosks/{kiosk}/series",
            Allow::KIOSKS,
            api("Gives a kiosk a series of its own", lease_series),
        )
        .api(
            Method::POST,
            "/v1/kiosks/{kiosk}/offline-tickets",
            Allow::KIOSKS,
            api("Takes in the numbers that a kiosk issued by itself", hand_over),
        )
        .api(Method::POST, "/v1/kiosks/{kiosk}/help", Allow::KIOSKS, api("Calls for help to a kiosk", call_help))
        .api(
            Method::POST,
            "/v1/kiosks/{kiosk}/help/clear",
            Allow::HELPERS,
            api("Says that a call for help was seen to", clear_help),
        )
        .api(Method::GET, "/v1/help", Allow::HELPERS, api("The kiosks where somebody waits for help", help_calls))
        .stream("/v1/help/events", Allow::HELPERS, api("Follows the calls for help", help_events))
        .api(Method::PUT, "/v1/devices/{device}/state", Allow::DEVICES, api("Tells how a device is", tell_state))
        .api(Method::GET, "/v1/devices/states", Allow::ADMINISTRATORS, api("How the devices are", device_states))
}

async fn lease_series(
    State(app): State<App>,
    caller: Caller,
    Segment(kiosk): Segment<KioskId>,
    Body(asked): Body<LeaseSeries>,
) -> Result<Json<SeriesLease>, ApiError> {
    caller.check_kiosk(&kiosk)?;
    let series = app.store.lease_series(kiosk.clone(), asked, app.clock.now()).await?;
    Ok(Json(SeriesLease { kiosk, series }))
}

async fn hand_over(
    State(app): State<App>,
    caller: Caller,
    Segment(kiosk): Segment<KioskId>,
    Body(handed): Body<HandOver>,
) -> Result<Json<HandedOver>, ApiError> {
    caller.check_kiosk(&kiosk)?;
    if handed.tickets.len() > HAND_OVER_MAX {
        let detail = format!("expected at most {HAND_OVER_MAX} numbers, got {}", handed.tickets.len());
        return Err(ApiError::bad_request(StatusCode::UNPROCESSABLE_ENTITY, detail));
    }
    Ok(Json(app.store.hand_over(kiosk, handed, app.clock.now()).await?))
}

async fn call_help(
    State(app): State<App>,
    caller: Caller,
    Segment(kiosk): Segment<KioskId>,
    Body(CallHelp { request }): Body<CallHelp>,
) -> Result<Json<HelpCall>, ApiError> {
    caller.check_kiosk(&kiosk)?;
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
    caller: Caller,
    Segment(device): Segment<DeviceId>,
    Body(report): Body<DeviceReport>,
) -> Result<Json<DeviceTold>, ApiError> {
    caller.check_device(&device)?;
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
async fn help_events(State(app): State<App>, caller: Caller) -> Result<Response, ApiError> {
    let permit = app.stream_place()?;
    let own = app.access.streams.begin(&caller, app.times.streams_each_max)?;
    let (changed, stopping) = (app.store.subscribe_help(), app.stopping.subscribe());
    let feed = HelpFeed { app, changed, stopping, is_first: true, _places: Places { _all: permit, _own: own } };
    let unbuffered = [(HeaderName::from_static("x-accel-buffering"), "no")];
    Ok((unbuffered, Sse::new(feed.into_stream())).into_response())
}

/// One follower of the calls for help. There is nothing to catch up with: each message is all of it.
struct HelpFeed {
    app: App,
    changed: watch::Receiver<u64>,
    stopping: watch::Receiver<bool>,
    is_first: bool,
    _places: Places,
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

impl From<DeviceStateError> for ApiError {
    fn from(error: DeviceStateError) -> Self {
        match error {
            DeviceStateError::Store(error) => error.into(),
            DeviceStateError::TooMany => Self::new(StatusCode::CONFLICT, ProblemCode::TooManyDevices, error),
        }
    }
}
