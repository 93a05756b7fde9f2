//! A visit, step by step: one test a promise.

#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test may fail by panicking and look at one case only"
)]

mod around;
mod chip;
mod held;
mod kiosk;
mod number;
mod priority;
mod ways_in;
