use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use queue_core::Clinic;
use queue_protocol::v1::ProblemCode;
use queue_protocol::v1::stream::HEARTBEAT_MS;
use queue_store::Store;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use crate::clock::Clock;
use crate::guard::Recent;
use crate::metrics::Metrics;
use crate::password::{Attempts, Passwords};
use crate::problem::ApiError;
use crate::speech::Speech;
use crate::stream_counts::StreamCounts;
use crate::tls::Tls;

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
    /// For the whole body of a request, from its head on; then the caller is told and let go. Shorter than `request`.
    pub body: Duration,
    /// For one request from its head to its whole answer; streams excepted.
    pub request: Duration,
    /// For a reader to take what was sent to it; then its connection ends.
    pub unread: Duration,
    /// Most board streams at one time.
    pub streams_max: usize,
    /// Most board streams of one key or login at one time.
    pub streams_each_max: usize,
    /// Most connections at one time; the next one waits to be accepted.
    pub connections_max: usize,
}

impl Default for Times {
    /// The protocol's heartbeat, 30 s a head, 3 s a body, 5 s a request, 20 s to read, 2,000 streams and 8 for each key, 4,000
    /// connections.
    fn default() -> Self {
        Self {
            heartbeat: Duration::from_millis(HEARTBEAT_MS),
            head: Duration::from_secs(30),
            body: Duration::from_secs(3),
            request: Duration::from_secs(5),
            unread: Duration::from_secs(20),
            streams_max: STREAMS_MAX,
            streams_each_max: 8,
            connections_max: CONNECTIONS_MAX,
        }
    }
}

/// What the routes need. Cheap to clone: each request does so several times.
#[derive(Clone)]
pub struct App(Arc<Parts>);

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// What is in an [`App`].
#[derive(Clone)]
pub struct Parts {
    pub(crate) store: Arc<Store>,
    pub(crate) clock: Clock,
    pub(crate) times: Times,
    pub(crate) streams: Arc<Semaphore>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) stopping: watch::Sender<bool>,
    pub(crate) speech: Speech,
    pub(crate) access: Arc<AccessState>,
    pub(crate) tls: Option<Tls>,
}

/// What is known of who asks, and how often one may try.
pub(crate) struct AccessState {
    door: DoorState,
    pub(crate) recent: Recent,
    pub(crate) passwords: Passwords,
    pub(crate) code_attempts: Attempts,
    pub(crate) streams: StreamCounts,
}

/// Whether keys and logins are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DoorState {
    Guarded,
    Open,
}

impl AccessState {
    fn new(door: DoorState) -> Self {
        Self {
            door,
            recent: Recent::default(),
            passwords: Passwords::default(),
            code_attempts: Attempts::default(),
            streams: StreamCounts::default(),
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
        let access = Arc::new(AccessState::new(DoorState::Guarded));
        let (stopping, speech) = (watch::Sender::new(false), Speech::default());
        let metrics = Arc::default();
        Self(Arc::new(Parts { store, clock, times, streams, metrics, stopping, speech, access, tls: None }))
    }

    /// The hospital by the settings in force.
    pub(crate) fn clinic(&self) -> Arc<Clinic> {
        self.store.clinic()
    }

    /// Everybody may do everything, without key or login: for development on one machine.
    #[must_use]
    pub fn open(mut self) -> Self {
        Arc::make_mut(&mut self.0).access = Arc::new(AccessState::new(DoorState::Open));
        self
    }

    /// Speaks TLS, and nothing else.
    #[must_use]
    pub fn with_tls(mut self, tls: Tls) -> Self {
        Arc::make_mut(&mut self.0).tls = Some(tls);
        self
    }

    /// Whether it speaks TLS.
    #[must_use]
    pub fn speaks_tls(&self) -> bool {
        self.tls.is_some()
    }

    /// A place for one more stream, held for as long as it lasts.
    pub(crate) fn stream_place(&self) -> Result<OwnedSemaphorePermit, ApiError> {
        Arc::clone(&self.streams).try_acquire_owned().map_err(|_| {
            let detail = format!("{} streams are open, no more may be", self.times.streams_max);
            ApiError::new(StatusCode::SERVICE_UNAVAILABLE, ProblemCode::StoreUnavailable, detail)
        })
    }
}
