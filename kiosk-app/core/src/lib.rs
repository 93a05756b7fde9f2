//! A patient's visit at the kiosk: events in, effects and a view out; no I/O.
//!
//! [`Session`](session::Session) is the whole visit as a state machine: `handle(event, moment)` returns effects for the
//! shell to carry out, `screen()` says what the patient sees, `deadline()` when to wake it. Time and fresh request ids
//! are arguments. [`Ledger`](ledger::Ledger) is what must still be taken back after a power cut.
//! It never issues, prints or shows anything itself, and holds patient data for one visit only.

pub mod chip;
pub mod effect;
pub mod event;
pub mod face;
pub mod ledger;
pub mod look;
pub mod patient;
pub mod session;
pub mod typing;
pub mod view;
