use std::time::Duration;

use queue_protocol::v1::{Problem, ProblemCode};

/// The cause under a [`ClientError`].
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Why the service gave no answer that can be used.
///
/// After [`Unreachable`](Self::Unreachable), [`TimedOut`](Self::TimedOut) and [`Protocol`](Self::Protocol) it is not
/// known whether a write was done: send it again with the same request id, or void it.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// No connection, or it broke before the whole reply was here.
    #[error("the queue service cannot be reached")]
    Unreachable(#[source] BoxError),
    /// The deadline passed first.
    #[error("the queue service gave no answer within {} ms", .after.as_millis())]
    TimedOut {
        /// The deadline that passed.
        after: Duration,
        /// What the last attempt failed with, if one failed.
        #[source]
        source: Option<BoxError>,
    },
    /// The service refused or failed, and said why.
    #[error("the queue service answered {} {:?}: {}", .0.status, .0.code, .0.detail)]
    Problem(Box<Problem>),
    /// The reply is not one of protocol version 1.
    #[error("the reply is not one of the queue protocol")]
    Protocol(#[source] BoxError),
}

impl ClientError {
    /// What the service said, if it said something a program can decide by.
    #[must_use]
    pub fn code(&self) -> Option<ProblemCode> {
        match self {
            Self::Problem(problem) => Some(problem.code),
            Self::Unreachable(_) | Self::TimedOut { .. } | Self::Protocol(_) => None,
        }
    }

    /// Whether the same request may succeed when it is sent again.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Unreachable(_) | Self::TimedOut { .. } | Self::Protocol(_) => true,
            Self::Problem(problem) => match problem.code {
                ProblemCode::StoreUnavailable | ProblemCode::Internal | ProblemCode::TooManyAttempts => true,
                ProblemCode::BadRequest
                | ProblemCode::UnknownService
                | ProblemCode::UnknownRoom
                | ProblemCode::UnknownZone
                | ProblemCode::ServiceClosed
                | ProblemCode::SeriesExhausted
                | ProblemCode::UnknownNumber
                | ProblemCode::StepNotAllowed
                | ProblemCode::NotAtThisRoom
                | ProblemCode::RejoinedTooOften
                | ProblemCode::SettingsOutdated
                | ProblemCode::SettingsInvalid
                | ProblemCode::SettingsInUse
                | ProblemCode::QuotaReached
                | ProblemCode::BookingTooEarly
                | ProblemCode::NoSeriesLeft
                | ProblemCode::TooManyDevices
                | ProblemCode::NotAuthenticated
                | ProblemCode::NotAllowed
                | ProblemCode::UnknownDevice
                | ProblemCode::UnknownUser
                | ProblemCode::NameTaken
                | ProblemCode::RequestSpent => false,
            },
        }
    }
}

/// A text that is no base address of a queue service.
#[derive(Debug, thiserror::Error)]
#[error("expected an address such as http://127.0.0.1:7070 or https://queue.example, got {got:?}")]
pub struct InvalidBaseUrl {
    /// The text.
    pub got: String,
    /// What is wrong with it, where known.
    #[source]
    pub source: Option<BoxError>,
}
