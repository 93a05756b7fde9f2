use std::fmt::Display;
use std::str::FromStr;

use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use hyper::body::Body as _;
use serde::de::DeserializeOwned;

use crate::app::App;
use crate::problem::ApiError;

/// Longest request body, in bytes. The longest of the interface is below 300.
pub const BODY_BYTES_MAX: usize = 16 * 1024;

/// Longest body of any route, in bytes: settings with some 800 rooms and services.
pub(crate) const SETTINGS_BYTES_MAX: usize = 256 * 1024;

/// A JSON body; what is wrong with it is told as a problem.
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<App> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<Self, ApiError> {
        // The route's own limit is met while the body is read: nobody is waited for who says that it will be.
        let declared = request.body().size_hint().lower();
        if declared > SETTINGS_BYTES_MAX as u64 {
            let detail = format!("a body of {declared} bytes, and none may have more than {SETTINGS_BYTES_MAX}");
            return Err(ApiError::bad_request(StatusCode::PAYLOAD_TOO_LARGE, detail));
        }
        let limit = app.times.body;
        let Ok(parsed) = tokio::time::timeout(limit, axum::Json::from_request(request, app)).await else {
            let detail = format!("the body did not come within {} ms", limit.as_millis());
            return Err(ApiError::bad_request(StatusCode::REQUEST_TIMEOUT, detail));
        };
        let parsed: Result<axum::Json<T>, JsonRejection> = parsed;
        match parsed {
            Ok(axum::Json(value)) => Ok(Self(value)),
            Err(rejection) => Err(ApiError::bad_request(rejection.status(), rejection.body_text())),
        }
    }
}

/// The parameters behind the path; what is wrong with them is told as a problem.
pub(crate) struct Asked<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Asked<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let parsed: Result<Query<T>, QueryRejection> = Query::from_request_parts(parts, state).await;
        let bad = |rejection: QueryRejection| ApiError::bad_request(StatusCode::BAD_REQUEST, rejection.body_text());
        parsed.map(|Query(asked)| Self(asked)).map_err(bad)
    }
}

/// The one parsed segment of a path.
pub(crate) struct Segment<T>(pub(crate) T);

impl<S, T> FromRequestParts<S> for Segment<T>
where
    S: Send + Sync,
    T: FromStr,
    T::Err: Display,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let segment: Result<Path<String>, PathRejection> = Path::from_request_parts(parts, state).await;
        let bad = |detail: String| ApiError::bad_request(StatusCode::BAD_REQUEST, detail);
        let Path(text) = segment.map_err(|rejection| bad(rejection.body_text()))?;
        text.parse().map(Self).map_err(|error: T::Err| bad(error.to_string()))
    }
}
