//! A typed client of the queue service with deadlines and safe retry, and `queuectl`.
//!
//! [`QueueClient`] asks and answers, [`QueueClient::watch_board`] follows a waiting room's board for ever. Every write
//! carries a request id and is retried with the same one, so a lost reply never becomes a second ticket or call.
//! This crate never waits without a deadline and never decides anything about the queue.

#![warn(missing_docs)]

mod client;
mod credentials;
mod devices;
mod error;
mod exchange;
mod operations;
mod retry;
mod staff;
mod steps;
mod stream;
mod watch;

pub use client::{QueueClient, new_request_id};
pub use credentials::{Credentials, CredentialsError, KeyFile, write_key};
pub use error::{BoxError, ClientError, InvalidBaseUrl};
pub use retry::{ATTEMPTS_MAX, Deadlines};
pub use steps::{NumberAction, RoomAction};
pub use watch::{BoardUpdate, BoardWatch, WatchTimes};
