//! Requests and replies as bytes: the routes and JSON messages of `queue_protocol::v1`.

use queue_protocol::v1::{Problem, ProblemCode};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Who is connected to the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Party {
    /// A kiosk and which of its starts.
    Kiosk(usize, u64),
    /// A room's page.
    Room(usize),
    /// The desk, where staff help.
    Desk,
    /// A waiting-room display.
    Wall(usize),
}

/// A request on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Method and path, as the protocol's table has them.
    pub route: String,
    /// The JSON message.
    pub body: Vec<u8>,
    /// Which press or call of its sender this is. No part of the wire: the oracle knows more than the service.
    pub press: u64,
}

impl Request {
    /// A request with a message.
    #[must_use]
    pub fn new(route: String, message: &impl Serialize, press: u64) -> Self {
        Self { route, body: encoded(message), press }
    }

    /// A request without one.
    #[must_use]
    pub const fn bare(route: String, press: u64) -> Self {
        Self { route, body: Vec::new(), press }
    }
}

/// A reply on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The JSON message, or a problem.
    pub body: Vec<u8>,
}

impl Reply {
    /// The message of a reply that is none of a problem.
    ///
    /// # Errors
    /// The problem's code; `Internal` for what cannot be read.
    pub fn message<T: DeserializeOwned>(&self) -> Result<T, ProblemCode> {
        if self.status == 200 {
            return serde_json::from_slice(&self.body).map_err(|_| ProblemCode::Internal);
        }
        Err(serde_json::from_slice::<Problem>(&self.body).map_or(ProblemCode::Internal, |problem| problem.code))
    }

    /// A reply with a message.
    #[must_use]
    pub fn of(message: &impl Serialize) -> Self {
        Self { status: 200, body: encoded(message) }
    }

    /// A reply with a problem.
    #[must_use]
    pub fn problem(code: ProblemCode, error: &dyn std::error::Error) -> Self {
        let is_away = [ProblemCode::StoreUnavailable, ProblemCode::Internal].contains(&code);
        let status = if is_away { 503 } else { 409 };
        let problem = Problem { kind: String::new(), title: error.to_string(), status, detail: String::new(), code };
        Self { status, body: encoded(&problem) }
    }
}

/// A message as bytes. The protocol's messages have nothing that JSON cannot say.
#[must_use]
pub fn encoded(message: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(message).unwrap_or_default()
}
