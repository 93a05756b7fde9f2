//! The kiosk's firmware: configuration, wiring, device threads, journal and the run loop.
//!
//! `run` reads top to bottom as the wiring plan: one thread a device, one for the journal, one for the queue service,
//! one for the visit, and Slint on the main thread, joined by bounded channels. Any thread that ends ends the process.
//! What a patient sees is decided in `kiosk-core`, how a device is driven in its driver: neither is decided here.

mod calendar;
mod card_thread;
mod chain;
mod config;
mod counters;
mod devices;
pub mod hardening;
pub mod journal;
mod journal_thread;
mod log_file;
pub mod offline;
pub mod offline_journal;
mod person_mark;
pub mod print_journal;
mod printer_thread;
mod pulse;
mod queue_thread;
mod run;
mod scanner_thread;
mod service_mode;
mod states;
mod stock;
mod supervisor;
mod technician;
mod visit_loop;
mod voice;
mod watched;
mod wiring;

pub use config::{Checked, Config, ConfigError};
pub use log_file::LogWriter;
pub use run::{RunError, run};
pub use supervisor::Supervision;
