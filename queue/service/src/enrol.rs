//! Devices: a code becomes a key, a key another one, and a key ends.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use queue_protocol::model::{Device, DeviceId, DeviceRole, UnixMillis};
use queue_protocol::v1::{DeviceList, Enrol, Enrolled, NewCode, NewCodeReply, NewKey, ProblemCode};
use queue_store::{By, NewEnrolment};

use crate::access::Allow;
use crate::app::App;
use crate::caller::{Caller, not_allowed};
use crate::guard::{KEY_COOKIE, is_same_origin};
use crate::problem::ApiError;
use crate::request::{Body, Segment};
use crate::route_table::{RouteTable, api};
use crate::secret::{NoRandomness, hash_of, new_code, new_key, read_code};

/// How long a code is good, in milliseconds: for a walk to the device.
pub const CODE_LIFE_MS: i64 = 30 * 60_000;

pub(crate) fn add_to(table: RouteTable) -> RouteTable {
    table
        .api(Method::POST, "/v1/enrol", Allow::Anybody, api("Shows a code and gets the key it stands for", enrol))
        .api(
            Method::POST,
            "/v1/enrol/browser",
            Allow::Anybody,
            api("Shows a code and gets the key it stands for as a cookie", enrol_browser),
        )
        .api(Method::POST, "/v1/key", Allow::DEVICES, api("Another key for the device that asks", rotate))
        .api(Method::GET, "/v1/devices", Allow::ADMINISTRATORS, api("All devices that ever had a key", devices))
        .api(
            Method::POST,
            "/v1/devices/codes",
            Allow::ADMINISTRATORS,
            api("A code by which one device gets a key", code),
        )
        .api(Method::DELETE, "/v1/devices/{device}", Allow::ADMINISTRATORS, api("Ends a device's key", revoke))
}

/// How long a browser keeps its key, in seconds: browsers allow no longer than some 400 days. It is set anew each time
/// the display enrols.
const KEY_COOKIE_LIFE_S: i64 = 400 * 24 * 3_600;

/// A browser on a wall gets its key as a cookie that no script can read.
async fn enrol_browser(
    State(app): State<App>,
    headers: HeaderMap,
    Body(asked): Body<Enrol>,
) -> Result<([(HeaderName, HeaderValue); 1], Json<Device>), ApiError> {
    if !is_same_origin(&headers) {
        return Err(not_allowed("the request comes from another site"));
    }
    let secure = if app.tls.is_some() { "; Secure" } else { "" };
    let Json(Enrolled { device, key }) = enrol(State(app), Body(asked)).await?;
    let cookie = format!("{KEY_COOKIE}={key}; Path=/; Max-Age={KEY_COOKIE_LIFE_S}; HttpOnly; SameSite=Strict{secure}");
    let cookie = HeaderValue::from_str(&cookie)
        .map_err(|error| ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, ProblemCode::Internal, error))?;
    Ok(([(header::SET_COOKIE, cookie)], Json(device)))
}

async fn enrol(State(app): State<App>, Body(Enrol { code }): Body<Enrol>) -> Result<Json<Enrolled>, ApiError> {
    let mistyped = || {
        ApiError::bad_request(StatusCode::UNPROCESSABLE_ENTITY, "the code is mistyped: its check character is wrong")
    };
    let code = read_code(&code).ok_or_else(mistyped)?;
    let now = app.clock.now();
    app.access.code_attempts.count(now)?;
    let key = new_key()?;
    let device = app.store.enrol(hash_of(&code), hash_of(&key), now).await?;
    app.access.code_attempts.forgive();
    app.access.recent.forget();
    tracing::info!(device = %device.id, role = %device.role, "enrolled");
    Ok(Json(Enrolled { device, key }))
}

async fn rotate(State(app): State<App>, caller: Caller) -> Result<Json<NewKey>, ApiError> {
    let Caller::Device(device) = &caller else {
        return Err(ApiError::new(StatusCode::NOT_FOUND, ProblemCode::UnknownDevice, "no device asks"));
    };
    let key = new_key()?;
    let by = By { actor: caller.actor(""), at: app.clock.now() };
    app.store.rotate_key(device.id.clone(), hash_of(&key), by).await?;
    Ok(Json(NewKey { key }))
}

async fn devices(State(app): State<App>) -> Result<Json<DeviceList>, ApiError> {
    Ok(Json(DeviceList { devices: app.store.devices().await? }))
}

async fn code(
    State(app): State<App>,
    caller: Caller,
    Body(asked): Body<NewCode>,
) -> Result<Json<NewCodeReply>, ApiError> {
    let device = device_of(asked).map_err(|wrong| ApiError::bad_request(StatusCode::UNPROCESSABLE_ENTITY, wrong))?;
    if let Some(room) = device.room.as_ref().filter(|room| app.clinic().room(room).is_none()) {
        return Err(ApiError::new(StatusCode::NOT_FOUND, ProblemCode::UnknownRoom, format!("unknown room {room}")));
    }
    let by = By { actor: caller.actor("open"), at: app.clock.now() };
    let (code, enrolment) = enrolment_of(device, by.at)?;
    let expires_at = enrolment.expires_at;
    app.store.add_code(enrolment, by).await?;
    Ok(Json(NewCodeReply { code, expires_at }))
}

/// A room's device has a room, and no other has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a room with the role room, and only then")]
pub struct RoomMismatch;

/// Why no code can be made.
#[derive(Debug, thiserror::Error)]
pub enum NewEnrolmentError {
    /// A room where none belongs, or none where one does.
    #[error(transparent)]
    Room(#[from] RoomMismatch),
    /// No randomness.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
}

/// A new code, and what is stored of it; made at `now`.
///
/// # Errors
/// [`NewEnrolmentError`].
pub fn new_enrolment(asked: NewCode, now: UnixMillis) -> Result<(String, NewEnrolment), NewEnrolmentError> {
    Ok(enrolment_of(device_of(asked)?, now)?)
}

fn enrolment_of(device: Device, now: UnixMillis) -> Result<(String, NewEnrolment), NoRandomness> {
    let code = new_code()?;
    let typed = read_code(&code).unwrap_or_default();
    let enrolment = NewEnrolment { code: hash_of(&typed), device, expires_at: UnixMillis(now.0 + CODE_LIFE_MS) };
    Ok((code, enrolment))
}

fn device_of(NewCode { device, role, room }: NewCode) -> Result<Device, RoomMismatch> {
    let fits = (role == DeviceRole::Room) == room.is_some();
    if fits { Ok(Device { id: device, role, room }) } else { Err(RoomMismatch) }
}

async fn revoke(
    State(app): State<App>,
    caller: Caller,
    Segment(device): Segment<DeviceId>,
) -> Result<StatusCode, ApiError> {
    let by = By { actor: caller.actor("open"), at: app.clock.now() };
    app.store.revoke_device(device, by).await?;
    app.access.recent.forget();
    Ok(StatusCode::NO_CONTENT)
}
