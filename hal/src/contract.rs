//! The tests every implementation of a port or link must pass.
//!
//! A driver's own test builds the device on a virtual wire or on a pty, wraps the test bench's side in one of the
//! `…Bench` traits and calls the function. A failed promise panics with its name.

pub mod byte_link;
pub mod printer;
pub mod scanner;
