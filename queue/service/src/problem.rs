use std::time::Duration;

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use queue_core::ClockNotSet;
use queue_protocol::v1::{Problem, ProblemCode};
use queue_store::{
    CallError, ChangeClinicError, DeviceError, EnrolError, IssueError, QueueError, StaffError, StepError, StoreError,
    VoidError,
};

use crate::secret::NoRandomness;

/// An error on its way out.
#[derive(Debug, Clone)]
pub(crate) struct ApiError {
    status: StatusCode,
    code: ProblemCode,
    detail: String,
    retry_after: Option<Duration>,
}

impl ApiError {
    pub(crate) fn new(status: StatusCode, code: ProblemCode, detail: impl ToString) -> Self {
        Self { status, code, detail: detail.to_string(), retry_after: None }
    }

    pub(crate) fn bad_request(status: StatusCode, detail: impl ToString) -> Self {
        Self::new(status, ProblemCode::BadRequest, detail)
    }

    /// Too many attempts; the next one may be made after `wait`.
    pub(crate) fn too_many_attempts(wait: Duration) -> Self {
        let detail = format!("wait {} s", wait.as_secs().max(1));
        let code = ProblemCode::TooManyAttempts;
        Self { retry_after: Some(wait), ..Self::new(StatusCode::TOO_MANY_REQUESTS, code, detail) }
    }

    pub(crate) fn is_not_authenticated(&self) -> bool {
        self.status == StatusCode::UNAUTHORIZED
    }

    fn into_response_in(self, language: Language) -> Response {
        let problem = Problem {
            kind: format!("urn:tiep-don:problem:{}", word(self.code)),
            title: title(self.code, language).to_owned(),
            status: self.status.as_u16(),
            detail: self.detail.clone(),
            code: self.code,
        };
        let mut response = (self.status, axum::Json(problem)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
        if let Some(wait) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs().max(1)));
        }
        if self.status == StatusCode::REQUEST_TIMEOUT {
            // RFC 9110, 15.5.9: what is left of the request is not waited for.
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        if self.is_not_authenticated() {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        // For the layer that knows which language the caller reads.
        response.extensions_mut().insert(self);
        response
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        self.into_response_in(Language::English)
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
        ProblemCode::UnknownNumber => "unknown_number",
        ProblemCode::StepNotAllowed => "step_not_allowed",
        ProblemCode::NotAtThisRoom => "not_at_this_room",
        ProblemCode::RejoinedTooOften => "rejoined_too_often",
        ProblemCode::QuotaReached => "quota_reached",
        ProblemCode::BookingTooEarly => "booking_too_early",
        ProblemCode::NoSeriesLeft => "no_series_left",
        ProblemCode::TooManyDevices => "too_many_devices",
        ProblemCode::SettingsOutdated => "settings_outdated",
        ProblemCode::SettingsInvalid => "settings_invalid",
        ProblemCode::SettingsInUse => "settings_in_use",
        ProblemCode::NotAuthenticated => "not_authenticated",
        ProblemCode::NotAllowed => "not_allowed",
        ProblemCode::TooManyAttempts => "too_many_attempts",
        ProblemCode::UnknownDevice => "unknown_device",
        ProblemCode::UnknownUser => "unknown_user",
        ProblemCode::NameTaken => "name_taken",
        ProblemCode::StoreUnavailable => "store_unavailable",
        ProblemCode::Internal => "internal",
    }
}

/// The languages titles are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Language {
    Vietnamese,
    English,
}

impl Language {
    /// The first of ours that the caller asks for; English, as ever, for who does not ask.
    fn asked(headers: &HeaderMap) -> Self {
        let asked = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let ours = asked.split(',').find_map(|part| match part.trim().get(..2) {
            Some("vi") => Some(Self::Vietnamese),
            Some("en") => Some(Self::English),
            Some(_) | None => None,
        });
        ours.unwrap_or(Self::English)
    }

    const fn tag(self) -> &'static str {
        match self {
            Self::Vietnamese => "vi",
            Self::English => "en",
        }
    }
}

/// Middleware: gives a problem its title in the caller's language.
pub(crate) async fn in_language(request: Request, next: Next) -> Response {
    let language = Language::asked(request.headers());
    let mut response = next.run(request).await;
    match response.extensions_mut().remove::<ApiError>() {
        Some(error) => error.into_response_in(language),
        None => response,
    }
}

const fn title(code: ProblemCode, language: Language) -> &'static str {
    let (vietnamese, english) = match code {
        ProblemCode::BadRequest => ("Yêu cầu không hợp lệ", "The request is not one of this interface"),
        ProblemCode::UnknownService => ("Không có dịch vụ này", "No such service"),
        ProblemCode::UnknownRoom => ("Không có phòng này", "No such room"),
        ProblemCode::UnknownZone => ("Không có khu vực này", "No such zone"),
        ProblemCode::UnknownNumber => ("Hôm nay không có số này", "No such number today"),
        ProblemCode::ServiceClosed => ("Dịch vụ hiện không cấp số", "The service gives out no numbers now"),
        ProblemCode::SeriesExhausted => ("Đã hết số trong ngày", "No number is left today"),
        ProblemCode::QuotaReached => {
            ("Dịch vụ đã cấp đủ số trong ngày", "The service has given out all numbers of the day")
        }
        ProblemCode::BookingTooEarly => ("Chưa đến giờ nhận số của lịch hẹn", "It is too early for the appointment"),
        ProblemCode::StepNotAllowed => ("Số đang ở bước khác", "The number is not where this step begins"),
        ProblemCode::NotAtThisRoom => ("Số không thuộc phòng này", "The number is not one of this room"),
        ProblemCode::RejoinedTooOften => {
            ("Số đã quay lại quá số lần cho phép", "The number has come back as often as it may")
        }
        ProblemCode::RequestSpent => ("Mã yêu cầu đã được dùng", "The request id was used before"),
        ProblemCode::NoSeriesLeft => ("Không còn dãy số cho ki-ốt", "No series is left for another kiosk"),
        ProblemCode::TooManyDevices => ("Quá nhiều thiết bị", "No more devices are listed"),
        ProblemCode::SettingsOutdated => {
            ("Người khác đã đổi cài đặt, hãy tải lại", "Somebody else has changed the settings; read them again")
        }
        ProblemCode::SettingsInvalid => ("Cài đặt chưa đúng", "The settings are not right"),
        ProblemCode::SettingsInUse => ("Số của hôm nay còn cần phần này", "Numbers of today still need this"),
        ProblemCode::NotAuthenticated => ("Cần đăng nhập hoặc khóa thiết bị", "A login or a device key is needed"),
        ProblemCode::NotAllowed => ("Không có quyền thực hiện", "This login or key is not for that"),
        ProblemCode::TooManyAttempts => ("Thử quá nhiều lần, vui lòng chờ", "Too many attempts; wait"),
        ProblemCode::UnknownDevice => ("Không có thiết bị này", "No such device"),
        ProblemCode::UnknownUser => ("Không có người dùng này", "No such user"),
        ProblemCode::NameTaken => ("Tên đã được dùng", "The name is taken"),
        ProblemCode::StoreUnavailable => ("Chưa thực hiện, vui lòng thử lại", "Nothing was done; try again"),
        ProblemCode::Internal => {
            ("Chưa rõ đã thực hiện hay chưa, vui lòng thử lại", "Whether it was done is not known; try again")
        }
    };
    match language {
        Language::Vietnamese => vietnamese,
        Language::English => english,
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
            IssueError::QuotaReached { .. } => (StatusCode::CONFLICT, ProblemCode::QuotaReached),
            IssueError::BookingTooEarly(_) => (StatusCode::CONFLICT, ProblemCode::BookingTooEarly),
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
            VoidError::AnotherKiosks(_) => Self::new(StatusCode::FORBIDDEN, ProblemCode::NotAllowed, error),
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

impl From<StepError> for ApiError {
    fn from(error: StepError) -> Self {
        let (status, code) = match error {
            StepError::Store(error) => return error.into(),
            StepError::ClockNotSet(error) => return error.into(),
            StepError::UnknownNumber { .. } => (StatusCode::NOT_FOUND, ProblemCode::UnknownNumber),
            StepError::UnknownRoom(_) => (StatusCode::NOT_FOUND, ProblemCode::UnknownRoom),
            StepError::UnknownService(_) => (StatusCode::NOT_FOUND, ProblemCode::UnknownService),
            StepError::NotAllowed(_) | StepError::HasOneThere(_) => (StatusCode::CONFLICT, ProblemCode::StepNotAllowed),
            StepError::NotAtThisRoom { .. } => (StatusCode::CONFLICT, ProblemCode::NotAtThisRoom),
            StepError::RejoinedTooOften(_) => (StatusCode::CONFLICT, ProblemCode::RejoinedTooOften),
            StepError::RequestSpent(_) => (StatusCode::CONFLICT, ProblemCode::RequestSpent),
        };
        Self::new(status, code, error)
    }
}

impl From<ChangeClinicError> for ApiError {
    fn from(error: ChangeClinicError) -> Self {
        let (status, code) = match error {
            ChangeClinicError::Store(error) => return error.into(),
            ChangeClinicError::ClockNotSet(error) => return error.into(),
            ChangeClinicError::Outdated { .. } => (StatusCode::CONFLICT, ProblemCode::SettingsOutdated),
            ChangeClinicError::Invalid(_) | ChangeClinicError::Hours(_) => {
                (StatusCode::UNPROCESSABLE_ENTITY, ProblemCode::SettingsInvalid)
            }
            ChangeClinicError::OtherDay { .. }
            | ChangeClinicError::ServiceInUse { .. }
            | ChangeClinicError::RoomInUse { .. }
            | ChangeClinicError::SeriesLeased { .. } => (StatusCode::CONFLICT, ProblemCode::SettingsInUse),
            ChangeClinicError::RequestSpent(_) => (StatusCode::CONFLICT, ProblemCode::RequestSpent),
        };
        Self::new(status, code, error)
    }
}

impl From<EnrolError> for ApiError {
    fn from(error: EnrolError) -> Self {
        match error {
            EnrolError::Store(error) => error.into(),
            EnrolError::UnknownCode => Self::new(StatusCode::UNAUTHORIZED, ProblemCode::NotAuthenticated, error),
        }
    }
}

impl From<DeviceError> for ApiError {
    fn from(error: DeviceError) -> Self {
        match error {
            DeviceError::Store(error) => error.into(),
            DeviceError::Unknown(_) => Self::new(StatusCode::NOT_FOUND, ProblemCode::UnknownDevice, error),
        }
    }
}

impl From<StaffError> for ApiError {
    fn from(error: StaffError) -> Self {
        match error {
            StaffError::Store(error) => error.into(),
            StaffError::Unknown(_) => Self::new(StatusCode::NOT_FOUND, ProblemCode::UnknownUser, error),
            StaffError::NameTaken(_) => Self::new(StatusCode::CONFLICT, ProblemCode::NameTaken, error),
            StaffError::LastAdministrator(_) => Self::new(StatusCode::CONFLICT, ProblemCode::NotAllowed, error),
        }
    }
}

impl From<NoRandomness> for ApiError {
    fn from(error: NoRandomness) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, ProblemCode::StoreUnavailable, error)
    }
}

impl From<QueueError> for ApiError {
    fn from(error: QueueError) -> Self {
        match error {
            QueueError::Store(error) => error.into(),
            QueueError::ClockNotSet(error) => error.into(),
            QueueError::UnknownRoom(_) => Self::new(StatusCode::NOT_FOUND, ProblemCode::UnknownRoom, error),
        }
    }
}
