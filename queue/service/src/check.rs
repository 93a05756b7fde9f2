//! `queue-service check`: what would keep the service from its work, before it is started.

use std::fmt;
use std::net::SocketAddr;
use std::path::Path;

use queue_core::{Clinic, service_day};

use crate::clock::Clock;
use crate::config::Config;
use crate::health::CLOCK_MIN;

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What.
    pub what: &'static str,
    /// Whether it is right.
    pub verdict: Verdict,
    /// What is right about it, or what is wrong.
    pub detail: String,
}

/// Whether something is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is.
    Right,
    /// It is today, and somebody has to do something soon.
    Care,
    /// It is not.
    Wrong,
}

impl Finding {
    /// Right or wrong, and why.
    #[must_use]
    pub fn new(what: &'static str, result: Result<String, String>) -> Self {
        match result {
            Ok(detail) => Self { what, verdict: Verdict::Right, detail },
            Err(detail) => Self { what, verdict: Verdict::Wrong, detail },
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self.verdict {
            Verdict::Right => "ok    ",
            Verdict::Care => "CARE  ",
            Verdict::Wrong => "WRONG ",
        };
        write!(f, "{word} {}: {}", self.what, self.detail)
    }
}

/// Reads the configuration, which is there when it is right.
#[must_use]
pub fn configuration(path: Option<&Path>) -> (Finding, Option<Config>) {
    let name = path.map_or_else(|| "the sample clinic".to_owned(), |path| path.display().to_string());
    let text = match path {
        Some(path) => std::fs::read_to_string(path).map_err(|error| format!("{name}: {error}")),
        None => Ok(crate::SAMPLE_CLINIC.to_owned()),
    };
    let parsed = text.and_then(|text| Config::parse(&text).map_err(|error| format!("{name}: {error}")));
    let (result, config) = match parsed {
        Ok(config) => {
            let (services, rooms) = (config.clinic.services().len(), config.clinic.rooms().len());
            (Ok(format!("{name}: {services} services, {rooms} rooms")), Some(config))
        }
        Err(error) => (Err(error), None),
    };
    (Finding::new("configuration", result), config)
}

/// Looks at the clock in the clinic's time zone.
#[must_use]
pub fn clock(clock: &Clock, clinic: &Clinic) -> Finding {
    let now = clock.now();
    let result = match (service_day(now, clinic), queue_core::issued_at_local(now, clinic)) {
        (Ok(_), Ok(local)) if now < CLOCK_MIN => Err(format!("it shows {local}, before this software was made")),
        (Ok(day), Ok(local)) => Ok(format!("{local} in {}, service day {day}", clinic.time_zone_name())),
        (Err(error), _) | (_, Err(error)) => Err(error.to_string()),
    };
    Finding::new("clock", result)
}

/// Whether the address can be listened on.
#[must_use]
pub fn port(address: SocketAddr) -> Finding {
    let result = match std::net::TcpListener::bind(address) {
        Ok(_) => Ok(format!("{address} is free")),
        Err(error) => Err(format!("{address}: {error}")),
    };
    Finding::new("port", result)
}
