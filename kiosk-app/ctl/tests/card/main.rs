//! The chip reader on the virtual card: in memory with virtual time, and through a real PC/SC service.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod access;
mod mishaps;
mod openssl;
mod seeded;
mod service;
mod table;
mod thousand;
mod whole;
