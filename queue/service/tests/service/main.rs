//! The service over real sockets and real database files.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests")]

mod access_world;
mod chromium;
mod concurrency;
mod connections;
mod crash;
mod displays;
mod keys;
mod pages;
mod problems;
mod raw_stream;
mod roles;
mod steps;
mod story;
mod stream;
mod world;
