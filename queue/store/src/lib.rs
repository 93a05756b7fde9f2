//! Durable numbers, calls and events: SQLite with one writer and group commit.
//!
//! [`Store`] is the handle: writes go to one thread that commits many at once and answers only after the commit, reads
//! use connections of their own, boards are folds of the event log with the code every display uses.
//! This crate never reads a clock, never answers before data is on disk, and never shares its database with a second
//! process.

#![warn(missing_docs)]

mod boards;
mod call;
mod database;
mod error;
mod events;
mod issue;
mod reader;
mod rows;
mod store;
mod void;
mod writer;

pub use error::{CallError, IssueError, OpenError, StoreError, VoidError};
pub use events::EVENTS_PER_READ_MAX;
pub use store::Store;
pub use writer::{BATCH_MAX, COMMANDS_MAX};
