use std::path::PathBuf;
use std::sync::Arc;

use queue_core::{ClockNotSet, SeriesExhausted};
use queue_protocol::model::{RequestId, RoomId, ServiceId};

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
    /// SQLite refused.
    #[error("cannot open the database")]
    Sqlite(#[from] rusqlite::Error),
    /// A thread cannot be started.
    #[error("cannot start the writer")]
    Writer(#[source] std::io::Error),
}

/// Why the database did not do its part.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// Too many writes wait. Nothing was done.
    #[error("too many writes wait, at most {} may", crate::writer::COMMANDS_MAX)]
    Overloaded,
    /// SQLite failed before the commit. Nothing was done.
    #[error("the database failed, nothing was done")]
    Unavailable(#[source] Arc<rusqlite::Error>),
    /// SQLite undid the whole transaction after a failure of another write in it. Nothing was done.
    #[error("the database undid the transaction, nothing was done")]
    RolledBack,
    /// SQLite failed in the commit: it may or may not be on disk. The same request id tells.
    #[error("the commit failed, whether it is on disk is not known")]
    OutcomeUnknown(#[source] Arc<rusqlite::Error>),
    /// The store is closing or its writer died. Whether a write was done is not known.
    #[error("the store is closed")]
    Closed,
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
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

macro_rules! from_sqlite {
    ($($error:ty),*) => {$(
        impl From<rusqlite::Error> for $error {
            fn from(error: rusqlite::Error) -> Self {
                Self::Store(error.into())
            }
        }
    )*};
}

from_sqlite!(IssueError, VoidError, CallError);
