//! People: they log in and out, and administrators open and close their accounts.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use queue_protocol::model::{Staff, StaffRole, UnixMillis, UserName};
use queue_protocol::v1::{LogIn, NewStaff, ProblemCode, SetPassword, StaffList};
use queue_store::{By, LogInStep, NewStaffRow, StaffRow};

use crate::access::Allow;
use crate::app::App;
use crate::caller::{Caller, not_authenticated};
use crate::guard::{COOKIE, is_same_origin, session_token};
use crate::password::lock_after;
use crate::problem::ApiError;
use crate::request::{Body, Segment};
use crate::route_table::{RouteTable, api};
use crate::secret::{hash_of, new_token};

/// When a session ends, used or not, in milliseconds: longer than a shift.
pub const SESSION_LIFE_MS: i64 = 14 * 3_600_000;

/// A header that sets the session's cookie.
type Cookie = [(HeaderName, HeaderValue); 1];

pub(crate) fn add_to(table: RouteTable) -> RouteTable {
    table
        .api(Method::POST, "/v1/session", Allow::Anybody, api("Logs in", log_in))
        .api(Method::GET, "/v1/session", Allow::STAFF, api("Who is logged in", session))
        .api(Method::DELETE, "/v1/session", Allow::STAFF, api("Logs out", log_out))
        .api(Method::GET, "/v1/staff", Allow::ADMINISTRATORS, api("All people who may log in, or could", list))
        .api(Method::POST, "/v1/staff", Allow::ADMINISTRATORS, api("Opens an account", add))
        .api(
            Method::POST,
            "/v1/staff/{user}/password",
            Allow::ADMINISTRATORS,
            api("Sets a password and opens a closed or locked account", set_password),
        )
        .api(Method::DELETE, "/v1/staff/{user}", Allow::ADMINISTRATORS, api("Closes an account", close))
}

async fn log_in(
    State(app): State<App>,
    headers: HeaderMap,
    Body(asked): Body<LogIn>,
) -> Result<(Cookie, Json<Staff>), ApiError> {
    // Another site could log a browser in as somebody else.
    if headers.contains_key(header::ORIGIN) && !is_same_origin(&headers) {
        return Err(crate::caller::not_allowed("the request comes from another site"));
    }
    let LogIn { user, password } = asked;
    let now = app.clock.now();
    let row = app.store.staff_row(user.clone()).await?;
    if let Some(wait) = row.as_ref().and_then(|row| locked_for(row, now)) {
        return Err(ApiError::too_many_attempts(wait));
    }
    let stored = row.as_ref().filter(|row| row.closed_at.is_none()).map(|row| row.password.clone());
    if !app.access.passwords.check(password, stored).await? {
        let locked_until = row.as_ref().and_then(|row| lock_after(row.failures + 1));
        let locked_until = locked_until.map(|lock| UnixMillis(now.0 + i64::try_from(lock.as_millis()).unwrap_or(0)));
        app.store.log_in(user, LogInStep::Failed { locked_until }, now).await?;
        return Err(not_authenticated());
    }
    let row = row.ok_or_else(not_authenticated)?;
    let token = new_token()?;
    let expires_at = UnixMillis(now.0 + SESSION_LIFE_MS);
    app.store.log_in(user, LogInStep::Opened { token: hash_of(&token), expires_at }, now).await?;
    app.store.remove_old_sessions(now).await?;
    Ok((cookie(&app, &token, SESSION_LIFE_MS / 1_000)?, Json(row.staff)))
}

fn locked_for(row: &StaffRow, now: UnixMillis) -> Option<Duration> {
    let left = row.locked_until?.0 - now.0;
    u64::try_from(left).ok().filter(|left| *left > 0).map(Duration::from_millis)
}

fn cookie(app: &App, token: &str, seconds: i64) -> Result<Cookie, ApiError> {
    let secure = if app.tls.is_some() { "; Secure" } else { "" };
    let text = format!("{COOKIE}={token}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}");
    let value = HeaderValue::from_str(&text)
        .map_err(|error| ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, ProblemCode::Internal, error))?;
    Ok([(header::SET_COOKIE, value)])
}

async fn session(caller: Caller) -> Result<Json<Staff>, ApiError> {
    match caller {
        Caller::Staff(staff) => Ok(Json(staff)),
        Caller::Device(_) | Caller::Open => Err(not_authenticated()),
    }
}

async fn log_out(State(app): State<App>, headers: HeaderMap) -> Result<(StatusCode, Cookie), ApiError> {
    if let Some(token) = session_token(&headers) {
        app.store.log_out(hash_of(token)).await?;
        app.access.recent.forget();
    }
    Ok((StatusCode::NO_CONTENT, cookie(&app, "", 0)?))
}

async fn list(State(app): State<App>) -> Result<Json<StaffList>, ApiError> {
    Ok(Json(StaffList { staff: app.store.staff().await? }))
}

async fn add(State(app): State<App>, caller: Caller, Body(asked): Body<NewStaff>) -> Result<Json<Staff>, ApiError> {
    let NewStaff { user, role, rooms, password } = asked;
    if role != StaffRole::Nurse && !rooms.is_empty() {
        let detail = "expected rooms with the role nurse only";
        return Err(ApiError::bad_request(StatusCode::UNPROCESSABLE_ENTITY, detail));
    }
    if let Some(room) = rooms.iter().find(|room| app.clinic().room(room).is_none()) {
        return Err(ApiError::new(StatusCode::NOT_FOUND, ProblemCode::UnknownRoom, format!("unknown room {room}")));
    }
    let staff = Staff { user, role, rooms };
    let password = app.access.passwords.hash(password).await?;
    app.store.add_staff(NewStaffRow { staff: staff.clone(), password }, by(&app, &caller)).await?;
    Ok(Json(staff))
}

async fn set_password(
    State(app): State<App>,
    caller: Caller,
    Segment(user): Segment<UserName>,
    Body(SetPassword { password }): Body<SetPassword>,
) -> Result<StatusCode, ApiError> {
    let password = app.access.passwords.hash(password).await?;
    app.store.set_password(user, password, by(&app, &caller)).await?;
    app.access.recent.forget();
    Ok(StatusCode::NO_CONTENT)
}

async fn close(
    State(app): State<App>,
    caller: Caller,
    Segment(user): Segment<UserName>,
) -> Result<StatusCode, ApiError> {
    app.store.close_staff(user, by(&app, &caller)).await?;
    app.access.recent.forget();
    Ok(StatusCode::NO_CONTENT)
}

fn by(app: &App, caller: &Caller) -> By {
    By { actor: caller.actor("open"), at: app.clock.now() }
}
