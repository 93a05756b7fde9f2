use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use queue_core::ClockNotSet;
use queue_protocol::v1::{Problem, ProblemCode};
use queue_store::{CallError, IssueError, StoreError, VoidError};

/// An error on its way out.
#[derive(Debug)]
pub(crate) struct ApiError {
    status: StatusCode,
    code: ProblemCode,
    detail: String,
}

impl ApiError {
    pub(crate) fn new(status: StatusCode, code: ProblemCode, detail: impl ToString) -> Self {
        Self { status, code, detail: detail.to_string() }
    }

    pub(crate) fn bad_request(status: StatusCode, detail: impl ToString) -> Self {
        Self::new(status, ProblemCode::BadRequest, detail)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let problem = Problem {
            kind: format!("urn:tiep-don:problem:{}", word(self.code)),
            title: title(self.code).to_owned(),
            status: self.status.as_u16(),
            detail: self.detail,
            code: self.code,
        };
        let mut response = (self.status, axum::Json(problem)).into_response();
        let media_type = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, media_type);
        response
    }
}

const fn word(code: ProblemCode) -> &'static str {
    match code {
        ProblemCode::BadRequest => "bad_request",
        ProblemCode::UnknownService => "unknown_service",
        ProblemCode::UnknownRoom => "unknown_room",
        ProblemCode::UnknownZone => "unknown_zone",
        ProblemCode::ServiceClosed => "service_closed",
        ProblemCode::SeriesExhausted => "series_exhausted",
        ProblemCode::RequestSpent => "request_spent",
        ProblemCode::StoreUnavailable => "store_unavailable",
        ProblemCode::Internal => "internal",
    }
}

const fn title(code: ProblemCode) -> &'static str {
    match code {
        ProblemCode::BadRequest => "The request is not one of this interface",
        ProblemCode::UnknownService => "No such service",
        ProblemCode::UnknownRoom => "No such room",
        ProblemCode::UnknownZone => "No such zone",
        ProblemCode::ServiceClosed => "The service gives out no numbers now",
        ProblemCode::SeriesExhausted => "No number is left today",
        ProblemCode::RequestSpent => "The request id was used before",
        ProblemCode::StoreUnavailable => "Nothing was done; try again",
        ProblemCode::Internal => "Whether it was done is not known; try again",
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        tracing::error!(?error, "the store failed a request");
        let unavailable = StatusCode::SERVICE_UNAVAILABLE;
        match error {
            StoreError::Overloaded | StoreError::Unavailable(_) | StoreError::RolledBack => {
                Self::new(unavailable, ProblemCode::StoreUnavailable, error)
            }
            StoreError::OutcomeUnknown(_) | StoreError::Closed => Self::new(unavailable, ProblemCode::Internal, error),
        }
    }
}

impl From<ClockNotSet> for ApiError {
    fn from(error: ClockNotSet) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, ProblemCode::StoreUnavailable, error)
    }
}

impl From<IssueError> for ApiError {
    fn from(error: IssueError) -> Self {
        let (status, code) = match error {
            IssueError::Store(error) => return error.into(),
            IssueError::ClockNotSet(error) => return error.into(),
            IssueError::UnknownService(_) => (StatusCode::NOT_FOUND, ProblemCode::UnknownService),
            IssueError::Closed(_) => (StatusCode::CONFLICT, ProblemCode::ServiceClosed),
            IssueError::Exhausted(_) => (StatusCode::CONFLICT, ProblemCode::SeriesExhausted),
            IssueError::RequestSpent(_) => (StatusCode::CONFLICT, ProblemCode::RequestSpent),
        };
        Self::new(status, code, error)
    }
}

impl From<VoidError> for ApiError {
    fn from(error: VoidError) -> Self {
        match error {
            VoidError::Store(error) => error.into(),
            VoidError::RequestSpent(_) => Self::new(StatusCode::CONFLICT, ProblemCode::RequestSpent, error),
        }
    }
}

impl From<CallError> for ApiError {
    fn from(error: CallError) -> Self {
        let (status, code) = match error {
            CallError::Store(error) => return error.into(),
            CallError::ClockNotSet(error) => return error.into(),
            CallError::UnknownRoom(_) => (StatusCode::NOT_FOUND, ProblemCode::UnknownRoom),
            CallError::RequestSpent(_) => (StatusCode::CONFLICT, ProblemCode::RequestSpent),
        };
        Self::new(status, code, error)
    }
}
