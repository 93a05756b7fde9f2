//! The service over real sockets and real database files.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests")]

mod concurrency;
mod connections;
mod crash;
mod displays;
mod operations;
mod postgres;
mod problems;
mod raw_stream;
mod reconnects;
mod steps;
mod story;
mod stream;
mod world;
