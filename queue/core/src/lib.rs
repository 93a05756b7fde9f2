//! The queue's pure rules: numbering, service days, priority, call-next, the steps of a ticket.
//!
//! [`Clinic`] is the checked configuration, [`service_day`] says which working day a moment belongs to, [`next_number`],
//! [`line_of`], [`next_to_call`], [`after`], [`join`] and [`void_ticket`] decide what the store then writes.
//! This crate never reads a clock, a file or the environment, and keeps no state: everything is an argument.

#![warn(missing_docs)]

mod back;
mod call;
mod clinic;
mod day;
mod hours;
mod line;
mod numbering;
mod offer;
mod place;
mod statistics;
mod step;
mod void;

pub use back::{RejoinRule, RejoinedTooOften, due_after_missing, due_after_tests};
pub use call::{Lane, Next, Past, Turn, Waiting, next_to_call, order_of_calls};
pub use clinic::{Clinic, ClinicError, ClinicValues, Place, Room, Rules, Service, Zone};
pub use day::{ClockNotSet, hours_told, is_open, issued_at_local, local_hour, service_day};
pub use hours::{InvalidHours, OpeningHours};
pub use line::{BookingWindow, CheckIn, DeclaredGroups, check_in, line_of};
pub use numbering::{SeriesExhausted, free_series, next_number};
pub use offer::{APPOINTMENTS_MAX, WAIT_CALLS_MAX, WAIT_CALLS_MIN, appointment_times, expected_wait};
pub use place::{Joined, PLACE_SPACING, join, place_of_arrival, place_of_late_arrival};
pub use statistics::{Moment, MomentKind, NumberTimes, times_of};
pub use step::{Step, StepNotAllowed, after};
pub use void::{VoidDecision, void_ticket};
