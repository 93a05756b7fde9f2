//! The queue service as a room's button, a display or a curious person reaches it: plain HTTP.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result};
use queue_protocol::board::Board;
use queue_protocol::model::{KioskId, RequestId, RoomId, ServiceId, Ticket};
use queue_protocol::v1::{CallNext, CallNextReply, IssueTicket, Services};
use ureq::Agent;

/// How long one request may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// The queue service at an address.
#[derive(Debug, Clone)]
pub struct Queue {
    base: String,
    agent: Agent,
}

impl Queue {
    /// The service at `addr`.
    #[must_use]
    pub fn new(addr: SocketAddr) -> Self {
        let config = Agent::config_builder().timeout_global(Some(ANSWER_WITHIN)).proxy(None).build();
        Self { base: format!("http://{addr}/v1"), agent: config.into() }
    }

    /// What is offered.
    ///
    /// # Errors
    /// No answer, or none that is understood.
    pub fn services(&self) -> Result<Services> {
        self.get("/services")
    }

    /// The board of a zone.
    ///
    /// # Errors
    /// As [`services`](Self::services).
    pub fn board(&self, zone: &str) -> Result<Board> {
        self.get(&format!("/boards/{zone}"))
    }

    /// Presses *call next* in a room, once.
    ///
    /// # Errors
    /// As [`services`](Self::services).
    pub fn call_next(&self, room: &RoomId) -> Result<CallNextReply> {
        let request = RequestId::from_bytes(uuid::Uuid::now_v7().into_bytes());
        self.post(&format!("/rooms/{room}/call-next"), &CallNext { request })
    }

    /// The ticket the store has for `request`. A request that has one gets the same one again, so this asks without
    /// issuing.
    ///
    /// # Errors
    /// The store has none for it, or as [`services`](Self::services).
    pub fn stored_ticket(&self, request: RequestId, service: &ServiceId) -> Result<Ticket> {
        let kiosk = KioskId::new("k1")?;
        self.post("/tickets", &IssueTicket::new(request, kiosk, service.clone()))
    }

    fn get<T: serde::de::DeserializeOwned>(&self, path: &str) -> Result<T> {
        let mut reply = self.agent.get(format!("{}{path}", self.base)).call().with_context(|| format!("GET {path}"))?;
        Ok(reply.body_mut().read_json()?)
    }

    fn post<T: serde::de::DeserializeOwned>(&self, path: &str, body: &impl serde::Serialize) -> Result<T> {
        let request = self.agent.post(format!("{}{path}", self.base));
        let mut reply = request.send_json(body).with_context(|| format!("POST {path}"))?;
        Ok(reply.body_mut().read_json()?)
    }
}
