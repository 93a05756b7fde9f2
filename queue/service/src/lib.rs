//! The hospital queue service: HTTP routes and the event stream over a store.
//!
//! [`Config`] is the clinic's one TOML file, [`App`] holds what the routes need, [`serve`] answers until it is told to
//! stop. Every error is problem details (RFC 9457).
//! Every route is declared with who may use it ([`Allow`]); devices have keys, people log in.
//! This crate never decides who is next and never reads a clock except through [`Clock`].

#![warn(missing_docs)]

mod access;
mod administration;
mod app;
mod caller;
mod certificate;
mod check;
mod clock;
mod config;
mod csv;
mod enrol;
mod feed;
mod guard;
mod health;
mod listening;
mod lists;
mod metrics;
mod offers;
mod openapi;
mod operations;
mod pages;
mod password;
mod problem;
mod request;
mod route_table;
mod routes;
mod secret;
mod serve;
mod speech;
mod staff;
mod statistics;
mod steps;
mod stream_counts;
mod tls;

pub use access::{Allow, Role};
pub use app::{App, Times};
pub use certificate::check as check_certificate;
pub use check::{Finding, Verdict, clock as check_clock, configuration as check_configuration, port as check_port};
pub use clock::Clock;
pub use config::{Config, ConfigError, Door, SAMPLE_CLINIC};
pub use enrol::{CODE_LIFE_MS, NewEnrolmentError, RoomMismatch, new_enrolment};
pub use guard::{KEY_CACHE_MS, LOGIN_PAGE};
pub use listening::listen;
pub use lists::{ListError, ListFile, Lists};
pub use password::{HashError, PASSWORD_CHARS_MAX, PASSWORD_CHARS_MIN, WrongLength, hash_password};
pub use request::BODY_BYTES_MAX;
pub use route_table::Row;
pub use routes::{openapi, route_rows, router};
pub use secret::{NoRandomness, new_device, new_password, new_request};
pub use serve::{DRAIN_TIME, HEAD_BYTES_MAX, HEADERS_MAX, serve};
pub use staff::SESSION_LIFE_MS;
pub use tls::{Reload, TLS_RELOAD_EVERY, Tls, TlsError, TlsFiles};
