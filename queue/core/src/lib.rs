//! The queue's pure rules: numbering, service days, call-next.
//!
//! [`Clinic`] is the checked configuration, [`service_day`] says which working day a moment belongs to, [`next_number`],
//! [`next_to_call`] and [`void_ticket`] decide what the store then writes.
//! This crate never reads a clock, a file or the environment, and keeps no state: everything is an argument.

#![warn(missing_docs)]

mod call;
mod clinic;
mod day;
mod hours;
mod numbering;
mod void;

pub use call::{Waiting, next_to_call};
pub use clinic::{Clinic, ClinicError, ClinicValues, Place, Room, Service, Zone};
pub use day::{ClockNotSet, is_open, issued_at_local, service_day};
pub use hours::{InvalidHours, OpeningHours};
pub use numbering::{SeriesExhausted, next_number};
pub use void::{VoidDecision, void_ticket};
