//! The hospital queue service: HTTP routes and the event stream over a store.
//!
//! [`Config`] is the clinic's one TOML file, [`App`] holds what the routes need, [`serve`] answers until it is told to
//! stop. Every error is problem details (RFC 9457).
//! There is no authentication yet: listen on loopback or a closed network only.
//! This crate never decides who is next and never reads a clock except through [`Clock`].

#![warn(missing_docs)]

mod administration;
mod app;
mod clock;
mod config;
mod feed;
mod pages;
mod problem;
mod request;
mod routes;
mod serve;
mod speech;
mod statistics;
mod steps;

pub use app::{App, Times};
pub use clock::Clock;
pub use config::{Config, ConfigError, SAMPLE_CLINIC};
pub use request::BODY_BYTES_MAX;
pub use routes::router;
pub use serve::{DRAIN_TIME, serve};
