//! The queue service as a room's button, a display or a curious person reaches it: plain HTTP, with the keys of them all.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result};
use queue_protocol::board::Board;
use queue_protocol::model::{KioskId, RequestId, RoomId, ServiceId, Ticket};
use queue_protocol::v1::{
    CallNext, CallNextReply, Enrol, Enrolled, IssueTicket, NumberChanged, RoomStep, Services, TicketVoided,
};
use ureq::Agent;

/// How long one request may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// The queue service at an address.
#[derive(Debug, Clone)]
pub struct Queue {
    base: String,
    agent: Agent,
    keys: Keys,
}

/// The keys of a hospital's devices.
#[derive(Clone, Default)]
pub struct Keys(BTreeMap<String, String>);

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// The kiosk's device.
pub const KIOSK: &str = "k1";
/// The display's device.
pub const DISPLAY: &str = "display";

/// A request id that nobody has used.
#[must_use]
pub fn fresh_request() -> RequestId {
    RequestId::from_bytes(uuid::Uuid::now_v7().into_bytes())
}

impl Queue {
    /// The service at `addr`.
    #[must_use]
    pub fn new(addr: SocketAddr, keys: Keys) -> Self {
        let config = Agent::config_builder().timeout_global(Some(ANSWER_WITHIN)).proxy(None).build();
        Self { base: format!("http://{addr}/v1"), agent: config.into(), keys }
    }

    /// Shows a code, keeps the key it stands for, and gives it.
    ///
    /// # Errors
    /// The code is refused, or as [`services`](Self::services).
    pub fn enrol(&mut self, code: &str) -> Result<String> {
        let request = self.agent.post(format!("{}/enrol", self.base));
        let body = Enrol { code: code.to_owned() };
        let Enrolled { device, key } = request.send_json(&body).context("POST /enrol")?.body_mut().read_json()?;
        self.keys.0.insert(device.id.to_string(), key.clone());
        Ok(key)
    }

    /// The keys of all that were enrolled.
    #[must_use]
    pub fn into_keys(self) -> Keys {
        self.keys
    }

    /// What is offered.
    ///
    /// # Errors
    /// No answer, or none that is understood.
    pub fn services(&self) -> Result<Services> {
        self.get(DISPLAY, "/services")
    }

    /// The board of a zone.
    ///
    /// # Errors
    /// As [`services`](Self::services).
    pub fn board(&self, zone: &str) -> Result<Board> {
        self.get(DISPLAY, &format!("/boards/{zone}"))
    }

    /// Presses *call next* in a room, once.
    ///
    /// # Errors
    /// As [`services`](Self::services).
    pub fn call_next(&self, room: &RoomId) -> Result<CallNextReply> {
        self.call_next_by(room, fresh_request())
    }

    /// Presses *call next* in a room with an id of one's own: sent again it is the same press.
    ///
    /// # Errors
    /// As [`services`](Self::services).
    pub fn call_next_by(&self, room: &RoomId, request: RequestId) -> Result<CallNextReply> {
        self.post(room.as_str(), &format!("/rooms/{room}/call-next"), &CallNext { request })
    }

    /// Does `step` (`arrived`, `finish`, …) in a room with the number it has called.
    ///
    /// # Errors
    /// As [`services`](Self::services).
    pub fn room_step(&self, room: &RoomId, step: &str, asked: &RoomStep) -> Result<NumberChanged> {
        self.post(room.as_str(), &format!("/rooms/{room}/{step}"), asked)
    }

    /// Takes a request back, with whatever number it has.
    ///
    /// # Errors
    /// As [`services`](Self::services).
    pub fn void(&self, request: RequestId) -> Result<TicketVoided> {
        self.post(KIOSK, &format!("/tickets/{request}/void"), &())
    }

    /// The ticket the store has for `request`. A request that has one gets the same one again, so this asks without
    /// issuing.
    ///
    /// # Errors
    /// The store has none for it, or as [`services`](Self::services).
    pub fn stored_ticket(&self, request: RequestId, service: &ServiceId) -> Result<Ticket> {
        let kiosk = KioskId::new(KIOSK)?;
        self.post(KIOSK, "/tickets", &IssueTicket::new(request, kiosk, service.clone()))
    }

    fn get<T: serde::de::DeserializeOwned>(&self, device: &str, path: &str) -> Result<T> {
        let request = self.agent.get(format!("{}{path}", self.base)).header("authorization", self.bearer(device));
        Ok(request.call().with_context(|| format!("GET {path}"))?.body_mut().read_json()?)
    }

    fn post<T: serde::de::DeserializeOwned>(
        &self,
        device: &str,
        path: &str,
        body: &impl serde::Serialize,
    ) -> Result<T> {
        let request = self.agent.post(format!("{}{path}", self.base)).header("authorization", self.bearer(device));
        let mut reply = request.send_json(body).with_context(|| format!("POST {path}"))?;
        Ok(reply.body_mut().read_json()?)
    }

    /// What `device` shows; nothing that opens anything if it was not enrolled.
    fn bearer(&self, device: &str) -> String {
        format!("Bearer {}", self.keys.0.get(device).map_or("", String::as_str))
    }
}
