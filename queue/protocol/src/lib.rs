//! Ids, values and wire messages of the hospital queue, and the board every display folds.
//!
//! [`model`] holds ids and values, [`v1`] the JSON messages of the HTTP interface, [`board`] the waiting-room board that
//! the service and every display compute with the same code. No patient data is in any of them.
//! This crate never does I/O, reads a clock or makes an id.

#![warn(missing_docs)]

pub mod board;
pub mod model;
pub mod v1;
