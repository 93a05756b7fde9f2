use std::sync::Arc;
use std::time::Duration;

use queue_core::Clinic;
use queue_protocol::v1::stream::HEARTBEAT_MS;
use queue_store::Store;
use tokio::sync::{Semaphore, watch};

use crate::clock::Clock;
use crate::guard::Recent;
use crate::password::{Attempts, Passwords};
use crate::speech::Speech;

/// Most board streams at one time; the next display is told to come back.
pub(crate) const STREAMS_MAX: usize = 2_000;

/// Most connections at one time: every stream's and as many again. The next one waits to be accepted.
pub(crate) const CONNECTIONS_MAX: usize = 2 * STREAMS_MAX;

/// The service's times and limits; tests shorten them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    /// Silence after which a stream sends a heartbeat.
    pub heartbeat: Duration,
    /// For the whole head of a request, from the connection's start or its last answer on. An idle connection ends then.
    pub head: Duration,
    /// For one request from its head to its whole answer; streams excepted.
    pub request: Duration,
    /// Most board streams at one time.
    pub streams_max: usize,
    /// Most connections at one time; the next one waits to be accepted.
    pub connections_max: usize,
}

impl Default for Times {
    /// The protocol's heartbeat, 30 s a head, 5 s a request, 2,000 streams, 4,000 connections.
    fn default() -> Self {
        Self {
            heartbeat: Duration::from_millis(HEARTBEAT_MS),
            head: Duration::from_secs(30),
            request: Duration::from_secs(5),
            streams_max: STREAMS_MAX,
            connections_max: CONNECTIONS_MAX,
        }
    }
}

/// What the routes need. Cheap to clone.
#[derive(Clone)]
pub struct App {
    pub(crate) store: Arc<Store>,
    pub(crate) clock: Clock,
    pub(crate) times: Times,
    pub(crate) streams: Arc<Semaphore>,
    pub(crate) stopping: watch::Sender<bool>,
    pub(crate) speech: Speech,
    pub(crate) access: Arc<AccessState>,
}

/// Whether a browser talks to us in the clear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transport {
    Clear,
    Tls,
}

/// What is known of who asks, and how often one may try.
pub(crate) struct AccessState {
    door: DoorState,
    pub(crate) transport: Transport,
    pub(crate) recent: Recent,
    pub(crate) passwords: Passwords,
    pub(crate) code_attempts: Attempts,
}

/// Whether keys and logins are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DoorState {
    Guarded,
    Open,
}

impl AccessState {
    fn new(door: DoorState, transport: Transport) -> Self {
        Self {
            door,
            transport,
            recent: Recent::default(),
            passwords: Passwords::default(),
            code_attempts: Attempts::default(),
        }
    }

    /// Whether everybody may do everything.
    pub(crate) fn is_open(&self) -> bool {
        self.door == DoorState::Open
    }
}

impl App {
    /// The service over `store`. It asks for keys and logins.
    #[must_use]
    pub fn new(store: Arc<Store>, clock: Clock, times: Times) -> Self {
        let streams = Arc::new(Semaphore::new(times.streams_max));
        let access = Arc::new(AccessState::new(DoorState::Guarded, Transport::Clear));
        let (stopping, speech) = (watch::Sender::new(false), Speech::default());
        Self { store, clock, times, streams, stopping, speech, access }
    }

    /// The hospital by the settings in force.
    pub(crate) fn clinic(&self) -> Arc<Clinic> {
        self.store.clinic()
    }

    /// Everybody may do everything, without key or login: for development on one machine.
    #[must_use]
    pub fn open(mut self) -> Self {
        self.access = Arc::new(AccessState::new(DoorState::Open, self.access.transport));
        self
    }

    /// Browsers reach the service by TLS: the session's cookie never goes in the clear.
    #[must_use]
    pub fn behind_tls(mut self) -> Self {
        self.access = Arc::new(AccessState::new(self.access.door, Transport::Tls));
        self
    }
}
