//! Whether the process lives, and whether it can do its work.

use axum::extract::State;
use axum::http::StatusCode;
use queue_core::service_day;
use queue_protocol::model::UnixMillis;
use queue_protocol::v1::ProblemCode;

use crate::app::App;
use crate::problem::ApiError;

/// 2026-01-01T00:00:00Z: a clock that shows less was never set, for this software is newer.
pub(crate) const CLOCK_MIN: UnixMillis = UnixMillis(1_767_225_600_000);

/// `GET /healthz`: the process lives and answers. Whoever restarts it asks here.
pub(crate) async fn healthz() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: the clock can be right and the store takes a write. Whoever sends requests here asks here.
pub(crate) async fn readyz(State(app): State<App>) -> Result<&'static str, ApiError> {
    let now = app.clock.now();
    service_day(now, &app.clinic())?;
    if now < CLOCK_MIN {
        let detail = format!("the clock shows {} ms since 1970, which is before this software was made", now.0);
        return Err(ApiError::new(StatusCode::SERVICE_UNAVAILABLE, ProblemCode::StoreUnavailable, detail));
    }
    app.store.prove_writable().await?;
    Ok("ok\n")
}
