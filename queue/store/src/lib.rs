//! Durable numbers, calls and events, on SQLite or PostgreSQL: one writer a process and group commit.
//!
//! [`Store`] is the handle: writes go to one thread that commits many at once and answers only after the commit, reads
//! use connections of their own, boards are folds of the event log with the code every display uses.
//! The statements are the same on both databases; `sql.rs` says what they keep to.
//! This crate never reads a clock, never answers before data is on disk, and never shares a SQLite database with a
//! second process.

#![warn(missing_docs)]

mod access;
mod audit;
mod backup;
mod bindings;
mod boards;
mod call;
mod database;
mod devices;
mod errand;
mod error;
mod events;
mod group;
mod hand_over;
mod help;
mod issue;
mod listener;
mod offers;
mod one_thread;
mod operations;
mod persons;
mod postgresql;
mod queue;
mod reader;
mod requests;
mod rows;
mod series;
mod settings;
mod sql;
mod sqlite;
mod statistics;
mod step;
mod store;
mod store_access;
mod tickets;
mod turns;
mod void;
mod writer;

pub use access::{
    By, ChangeEntry, DeviceError, EnrolError, Known, LogInStep, NewEnrolment, NewStaffRow, OnMachine, SESSION_IDLE_MS,
    SESSIONS_A_USER_MAX, SecretHash, Session, StaffError, StaffRow,
};
pub use backup::{BackupError, backup, restore};
pub use devices::{DEVICES_MAX, StoredState};
pub use error::{
    CallError, ChangeClinicError, DeviceStateError, HandOverError, HelpError, IssueError, LeaseError, OpenError,
    QueueError, StepError, StoreError, VoidError,
};
pub use events::{EVENTS_PER_READ_MAX, LoggedEvent};
pub use offers::ServicesSoFar;
pub use one_thread::OneThread;
pub use operations::Load;
pub use persons::WipeError;
pub use postgresql::PostgresAddress;
pub use queue::QUEUE_ENTRIES_MAX;
pub use settings::{settings_of, values_of};
pub use sql::DatabaseError;
pub use step::{Action, StepAsked};
pub use store::STATISTICS_DAYS_MAX;
pub use store::Store;
pub use void::VoidBy;
pub use writer::{BATCH_MAX, COMMANDS_MAX};
