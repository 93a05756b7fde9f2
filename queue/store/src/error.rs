use std::path::PathBuf;
use std::sync::Arc;

use queue_core::{ClinicError, ClockNotSet, InvalidHours, RejoinedTooOften, SeriesExhausted, StepNotAllowed};
use queue_protocol::model::{RequestId, RoomId, Series, ServiceDay, ServiceId, TicketNumber};

use crate::sql::DatabaseError;

/// Why a database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has it.
    #[error("the database {} is in use by another process", .path.display())]
    InUse {
        /// The database.
        path: PathBuf,
    },
    /// The lock file beside the database cannot be made.
    #[error("cannot lock {}", .path.display())]
    Lock {
        /// The lock file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The database's file cannot be made.
    #[error("cannot make {}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A later version of this program has changed it.
    #[error("the database has schema {found}, this program knows up to {known}")]
    TooNew {
        /// Its schema.
        found: u32,
        /// The newest schema known here.
        known: u32,
    },
    /// It is a database of something else.
    #[error("{} is not a queue database: application id {found:#x}", .path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// Its application id.
        found: i32,
    },
    /// A service would give out a kiosk's numbers.
    #[error("service {service} has series {series}, which a kiosk owns; give it another one")]
    SeriesLeased {
        /// The series.
        series: Series,
        /// The service.
        service: ServiceId,
    },
    /// The database refused.
    #[error("cannot open the database")]
    Database(#[from] DatabaseError),
    /// A thread cannot be started.
    #[error("cannot start a thread of the store")]
    Thread(#[source] std::io::Error),
}

/// Why the database did not do its part.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// Too many writes wait. Nothing was done.
    #[error("too many writes wait, at most {} may", crate::writer::COMMANDS_MAX)]
    Overloaded,
    /// The database failed before the commit. Nothing was done.
    #[error("the database failed, nothing was done")]
    Unavailable(#[source] Arc<DatabaseError>),
    /// The database undid the whole transaction after a failure of another write in it. Nothing was done.
    #[error("the database undid the transaction, nothing was done")]
    RolledBack,
    /// The database failed in the commit: it may or may not be on disk. The same request id tells.
    #[error("the commit failed, whether it is on disk is not known")]
    OutcomeUnknown(#[source] Arc<DatabaseError>),
    /// The store is closing or its writer died. Whether a write was done is not known.
    #[error("the store is closed")]
    Closed,
}

impl From<DatabaseError> for StoreError {
    fn from(error: DatabaseError) -> Self {
        Self::Unavailable(Arc::new(error))
    }
}

/// Why no number was issued.
#[derive(Debug, Clone, thiserror::Error)]
pub enum IssueError {
    /// No such service.
    #[error("unknown service {0}")]
    UnknownService(ServiceId),
    /// It gives out no numbers at this time.
    #[error("service {0} gives out no numbers now")]
    Closed(ServiceId),
    /// It has given out all numbers of the day.
    #[error("service {service} gives out {quota} numbers a day, and has")]
    QuotaReached {
        /// The service.
        service: ServiceId,
        /// Its numbers a day.
        quota: u32,
    },
    /// The appointment is too far ahead to check in.
    #[error("it is too early to check in for service {0}")]
    BookingTooEarly(ServiceId),
    /// No number left.
    #[error(transparent)]
    Exhausted(#[from] SeriesExhausted),
    /// The id was voided, or used for another service or for a call.
    #[error("request {0} is spent")]
    RequestSpent(RequestId),
    /// No service day can be told.
    #[error(transparent)]
    ClockNotSet(#[from] ClockNotSet),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a request could not be voided.
#[derive(Debug, Clone, thiserror::Error)]
pub enum VoidError {
    /// The id is that of a call.
    #[error("request {0} is a call")]
    RequestSpent(RequestId),
    /// Another kiosk asked for it.
    #[error("request {0} is another kiosk's")]
    AnotherKiosks(RequestId),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why nobody was called.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CallError {
    /// No such room.
    #[error("unknown room {0}")]
    UnknownRoom(RoomId),
    /// The id was used for another room or for a ticket.
    #[error("request {0} is spent")]
    RequestSpent(RequestId),
    /// No service day can be told.
    #[error(transparent)]
    ClockNotSet(#[from] ClockNotSet),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a step was not taken.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StepError {
    /// No such number today.
    #[error("no number {number} on {day}")]
    UnknownNumber {
        /// The number.
        number: TicketNumber,
        /// The service day that is now.
        day: ServiceDay,
    },
    /// No such room.
    #[error("unknown room {0}")]
    UnknownRoom(RoomId),
    /// No such service.
    #[error("unknown service {0}")]
    UnknownService(ServiceId),
    /// The step does not begin where the number is.
    #[error(transparent)]
    NotAllowed(StepNotAllowed),
    /// The room has not called the number, or does not call for its service.
    #[error("number {number} is not one of room {room}")]
    NotAtThisRoom {
        /// The number.
        number: TicketNumber,
        /// The room.
        room: RoomId,
    },
    /// The number has come back as often as it may.
    #[error(transparent)]
    RejoinedTooOften(#[from] RejoinedTooOften),
    /// Its person has another live number for the service.
    #[error("the person of number {0} has another number for the service")]
    HasOneThere(TicketNumber),
    /// The id was used for something else.
    #[error("request {0} is spent")]
    RequestSpent(RequestId),
    /// No service day can be told.
    #[error(transparent)]
    ClockNotSet(#[from] ClockNotSet),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a room's queue cannot be told.
#[derive(Debug, Clone, thiserror::Error)]
pub enum QueueError {
    /// No such room.
    #[error("unknown room {0}")]
    UnknownRoom(RoomId),
    /// No service day can be told.
    #[error(transparent)]
    ClockNotSet(#[from] ClockNotSet),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why settings were not put in force. Nothing was changed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ChangeClinicError {
    /// Somebody else has changed them since they were read.
    #[error("version {base} was edited, version {version} is in force")]
    Outdated {
        /// The version that was edited.
        base: u64,
        /// The version in force.
        version: u64,
    },
    /// They are no clinic.
    #[error(transparent)]
    Invalid(#[from] ClinicError),
    /// Opening hours that cannot be read.
    #[error(transparent)]
    Hours(#[from] InvalidHours),
    /// With them it would be another service day at once, and numbers would begin again.
    #[error("it is {day}, and would be {its_day}: change the time zone or the start of the day at another hour")]
    OtherDay {
        /// The service day that is now.
        day: ServiceDay,
        /// The service day it would be.
        its_day: ServiceDay,
    },
    /// A service would go, or go to another waiting area, while numbers wait for it.
    #[error("{count} numbers of today still need service {service}")]
    ServiceInUse {
        /// The service.
        service: ServiceId,
        /// Numbers of today that are not at their end.
        count: u32,
    },
    /// A room would go while it is busy.
    #[error("room {room} is busy with {number}")]
    RoomInUse {
        /// The room.
        room: RoomId,
        /// The number it has called.
        number: TicketNumber,
    },
    /// A kiosk owns the series of a service: its numbers could be given out twice.
    #[error("series {series} of service {service} belongs to a kiosk")]
    SeriesLeased {
        /// The series.
        series: Series,
        /// The service.
        service: ServiceId,
    },
    /// The id was used for something else.
    #[error("request {0} is spent")]
    RequestSpent(RequestId),
    /// No service day can be told.
    #[error(transparent)]
    ClockNotSet(#[from] ClockNotSet),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a kiosk got no series.
#[derive(Debug, Clone, thiserror::Error)]
pub enum LeaseError {
    /// All are taken.
    #[error("all series of two letters are taken")]
    NoneLeft,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why numbers of a kiosk were not taken in.
#[derive(Debug, Clone, thiserror::Error)]
pub enum HandOverError {
    /// No service day can be told.
    #[error(transparent)]
    ClockNotSet(#[from] ClockNotSet),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a call for help was not taken.
#[derive(Debug, Clone, thiserror::Error)]
pub enum HelpError {
    /// No service day can be told.
    #[error(transparent)]
    ClockNotSet(#[from] ClockNotSet),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why the state of a device was not kept.
#[derive(Debug, Clone, thiserror::Error)]
pub enum DeviceStateError {
    /// No more are listed.
    #[error("at most {} devices are listed", crate::devices::DEVICES_MAX)]
    TooMany,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

macro_rules! from_database {
    ($($error:ty),*) => {$(
        impl From<DatabaseError> for $error {
            fn from(error: DatabaseError) -> Self {
                Self::Store(error.into())
            }
        }
    )*};
}

from_database!(IssueError, VoidError, CallError, StepError, LeaseError, HandOverError, HelpError, DeviceStateError);
