//! The service over real sockets and real database files.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests")]

mod abuse;
mod access_world;
mod chromium;
mod concurrency;
mod connections;
mod crash;
mod described;
mod displays;
mod keys;
mod limits;
mod offers;
mod operations;
mod pages;
mod postgres;
mod problems;
mod raw_stream;
mod reconnects;
mod roles;
mod secure;
mod steps;
mod story;
mod stream;
mod world;
