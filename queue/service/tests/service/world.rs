//! A clinic with a running service, a clock to move and a database that outlives restarts.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use queue_client::{Deadlines, QueueClient, WatchTimes};
use queue_protocol::board::Board;
use queue_protocol::model::{Call, KioskId, RequestId, RoomId, ServiceId, Ticket, UnixMillis, ZoneId};
use queue_protocol::v1::{CallNextReply, IssueTicket};
use queue_service::{App, Clock, Config, SAMPLE_CLINIC, Times, serve};
use queue_store::Store;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// 2026-11-23T00:00:00+07:00.
pub const MIDNIGHT_MS: i64 = 1_795_366_800_000;
pub const MINUTE_MS: i64 = 60_000;
pub const HOUR_MS: i64 = 60 * MINUTE_MS;

/// Longest a test waits for what must come.
pub const PATIENCE: Duration = Duration::from_secs(30);

pub const TIMES: Times = Times {
    heartbeat: Duration::from_millis(100),
    head: Duration::from_secs(30),
    body: Duration::from_secs(30),
    request: Duration::from_secs(60),
    unread: Duration::from_secs(60),
    streams_max: 64,
    streams_each_max: 4,
    connections_max: 1_024,
};

pub const WATCH: WatchTimes =
    WatchTimes { stale_after: Duration::from_millis(600), connect: Duration::from_millis(500) };

pub struct World {
    dir: tempfile::TempDir,
    config: String,
    times: Times,
    now: Arc<AtomicI64>,
    pub address: SocketAddr,
    running: Option<Running>,
}

struct Running {
    store: Arc<Store>,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<()>,
}

impl World {
    /// The sample clinic at eight in the morning.
    pub async fn new() -> Self {
        Self::with(SAMPLE_CLINIC.to_owned(), TIMES).await
    }

    pub async fn with(config: String, times: Times) -> Self {
        trust_ring();
        let mut world = Self {
            dir: tempfile::tempdir().unwrap(),
            config,
            times,
            now: Arc::new(AtomicI64::new(MIDNIGHT_MS + 8 * HOUR_MS)),
            address: ([127, 0, 0, 1], 0).into(),
            running: None,
        };
        world.start().await;
        world
    }

    /// Starts the service again on the port it had.
    pub async fn start(&mut self) {
        let clinic = Arc::new(Config::parse(&self.config).unwrap().clinic);
        let store = Arc::new(Store::open(&self.database(), clinic).unwrap());
        let now = Arc::clone(&self.now);
        let clock = Clock::from_fn(move || UnixMillis(now.load(Ordering::SeqCst)));
        let listener = TcpListener::bind(self.address).await.unwrap();
        self.address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let app = App::new(Arc::clone(&store), clock, self.times).open();
        let ended = tokio::spawn(serve(listener, app, async { drop(stopped.await) }));
        self.running = Some(Running { store, stop, ended });
    }

    /// Stops the service in order; every stream and the database are closed afterwards.
    pub async fn stop(&mut self) {
        let running = self.running.take().unwrap();
        running.stop.send(()).unwrap();
        running.ended.await.unwrap();
        // The tasks of closed connections let go of the store a moment after the last one is told closed.
        soon(async {
            while Arc::strong_count(&running.store) > 1 {
                tokio::task::yield_now().await;
            }
        })
        .await;
    }

    /// Moves the service's clock to `local_ms` after the local midnight that begins 2026-11-23.
    pub fn at(&self, local_ms: i64) {
        self.now.store(MIDNIGHT_MS + local_ms, Ordering::SeqCst);
    }

    /// Where the service's database is.
    pub fn database(&self) -> std::path::PathBuf {
        self.dir.path().join("queue.db")
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn client(&self) -> QueueClient {
        let patient = Deadlines { connect: PATIENCE, attempt: PATIENCE, total: 2 * PATIENCE };
        QueueClient::new(&self.url(""), patient).unwrap()
    }

    /// Issues `count` numbers, many at once.
    pub async fn issue_many(&self, count: u64, service: &str) {
        let client = self.client();
        let asks: tokio::task::JoinSet<Ticket> = (0..count)
            .map(|n| {
                let (client, asked) = (client.clone(), ask(n, service));
                async move { client.issue(&asked).await.unwrap() }
            })
            .collect();
        asks.join_all().await;
    }

    pub async fn issue(&self, n: u64, service: &str) -> Ticket {
        self.client().issue(&ask(n, service)).await.unwrap()
    }

    pub async fn call(&self, n: u64, room: &str) -> Option<Call> {
        called(self.client().call_next(&room_id(room), request(n)).await.unwrap())
    }

    pub async fn board(&self) -> Board {
        self.client().board(&zone()).await.unwrap()
    }
}

/// What the tests' own plain client asks for when it is made, though it speaks no TLS here.
pub fn trust_ring() {
    // Another test of this process may have said so.
    rustls::crypto::ring::default_provider().install_default().ok();
}

pub fn called(reply: CallNextReply) -> Option<Call> {
    match reply {
        CallNextReply::Called { call } => Some(call),
        CallNextReply::NobodyWaiting => None,
    }
}

pub fn request(n: u64) -> RequestId {
    let mut bytes = [7; 16];
    bytes[..8].copy_from_slice(&n.to_be_bytes());
    RequestId::from_bytes(bytes)
}

pub fn ask(n: u64, service: &str) -> IssueTicket {
    IssueTicket::new(request(n), KioskId::new("k1").unwrap(), ServiceId::new(service).unwrap())
}

pub fn room_id(room: &str) -> RoomId {
    RoomId::new(room).unwrap()
}

pub fn zone() -> ZoneId {
    ZoneId::new("khu-b").unwrap()
}

pub async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, what).await.expect("it did not come")
}
