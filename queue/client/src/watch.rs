use std::time::Duration;

use queue_protocol::board::{Applied, Board, Gap};
use queue_protocol::model::LogPlace;
use queue_protocol::v1::stream::STALE_AFTER_MS;
use reqwest::{Client, Url};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::error::ClientError;
use crate::retry::{jittered, pause, seed};
use crate::stream::{BoardStream, Message};

/// Most updates that wait for a slow reader. The next one waits in the network, not in memory.
const UPDATES_MAX: usize = 64;

/// What a follower of a board is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BoardUpdate {
    /// The board after the next event, or a whole new one. Every event gives a board of its own: none is skipped
    /// while the service still has it.
    Board(Board),
    /// Nothing was heard since then; what is shown may be old. Said once, until [`Live`](Self::Live).
    Stale {
        /// When the service was last heard, or when following began.
        since: std::time::Instant,
    },
    /// The service is heard, and the boards told so far include all it has said. Said at first contact and after
    /// [`Stale`](Self::Stale).
    Live,
}

/// The times of following a board.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WatchTimes {
    /// Silence after which the board is stale and the connection is given up.
    pub stale_after: Duration,
    /// For a new connection to answer.
    pub connect: Duration,
}

impl Default for WatchTimes {
    /// The protocol's [`STALE_AFTER_MS`]; 3 s to connect.
    fn default() -> Self {
        Self { stale_after: Duration::from_millis(STALE_AFTER_MS), connect: Duration::from_secs(3) }
    }
}

/// A board that is being followed. Dropping it ends the following.
#[derive(Debug)]
pub struct BoardWatch {
    updates: mpsc::Receiver<BoardUpdate>,
    task: JoinHandle<()>,
}

impl BoardWatch {
    pub(crate) fn start(http: Client, url: Url, times: WatchTimes) -> Self {
        let (sender, updates) = mpsc::channel(UPDATES_MAX);
        let follower = Follower::new(http, url, times, sender);
        Self { updates, task: tokio::spawn(follower.run()) }
    }

    /// The next update. Cancel-safe. `None` only when the runtime is shutting down.
    pub async fn next(&mut self) -> Option<BoardUpdate> {
        self.updates.recv().await
    }
}

impl Drop for BoardWatch {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Nobody reads the updates any more.
struct ReaderGone;

/// Why a connection is given up.
enum Broken {
    ReaderGone,
    Failed(ClientError),
    Silent,
    Gap(Gap),
    Behind { held: u64, newest: u64 },
}

impl From<ReaderGone> for Broken {
    fn from(_: ReaderGone) -> Self {
        Self::ReaderGone
    }
}

struct Follower {
    http: Client,
    url: Url,
    times: WatchTimes,
    updates: mpsc::Sender<BoardUpdate>,
    board: Option<Board>,
    heard: Instant,
    live: bool,
    stale_said: bool,
    failures: u32,
}

impl Follower {
    fn new(http: Client, url: Url, times: WatchTimes, updates: mpsc::Sender<BoardUpdate>) -> Self {
        Self {
            http,
            url,
            times,
            updates,
            board: None,
            heard: Instant::now(),
            live: false,
            stale_said: false,
            failures: 0,
        }
    }

    async fn run(mut self) {
        loop {
            match self.follow().await {
                Broken::ReaderGone => return,
                Broken::Failed(error) => {
                    tracing::debug!(error = &error as &(dyn std::error::Error + 'static), "board stream failed")
                }
                Broken::Silent => tracing::debug!("board stream silent"),
                Broken::Gap(gap) => {
                    tracing::warn!(%gap, "board stream has a gap");
                    self.board = None;
                }
                Broken::Behind { held, newest } => tracing::warn!(held, newest, "board stream lost events"),
            }
            self.failures = self.failures.saturating_add(1);
            if self.rest().await.is_err() {
                return;
            }
        }
    }

    /// Follows one connection to its end.
    async fn follow(&mut self) -> Broken {
        let result: Result<std::convert::Infallible, Broken> = async {
            let last = self.board.as_ref().map(|board| LogPlace { log: board.log, seq: board.seq });
            let within = self.times.connect;
            let (http, url) = (self.http.clone(), self.url.clone());
            let opening = BoardStream::open(&http, &url, last, within);
            let mut stream = self.until_stale(opening).await?.map_err(Broken::Failed)?;
            let opened = Instant::now();
            loop {
                let silent_at = self.heard.max(opened) + self.times.stale_after;
                let message = self.until_stale(tokio::time::timeout_at(silent_at, stream.next())).await?;
                let message = message.map_err(|_| Broken::Silent)?.map_err(Broken::Failed)?;
                self.take(message).await?;
            }
        }
        .await;
        match result {
            Ok(never) => match never {},
            Err(broken) => broken,
        }
    }

    async fn take(&mut self, message: Message) -> Result<(), Broken> {
        self.heard = Instant::now();
        self.failures = 0;
        match message {
            Message::Snapshot(board) => {
                self.board = Some((*board).clone());
                self.tell(BoardUpdate::Board(*board)).await?;
                self.now_live().await?;
            }
            Message::Event(event) => {
                let Some(board) = &mut self.board else {
                    return Err(Broken::Gap(Gap { expected: 0, got: event.seq }));
                };
                if board.apply(&event).map_err(Broken::Gap)? == Applied::Changed {
                    let changed = board.clone();
                    self.tell(BoardUpdate::Board(changed)).await?;
                }
            }
            Message::Heartbeat(heartbeat) => {
                let held = self.board.as_ref().map_or(0, |board| board.seq);
                if heartbeat.seq > held {
                    return Err(Broken::Behind { held, newest: heartbeat.seq });
                }
                self.now_live().await?;
            }
            Message::Unknown => {}
        }
        Ok(())
    }

    async fn now_live(&mut self) -> Result<(), ReaderGone> {
        if self.live {
            return Ok(());
        }
        self.live = true;
        self.stale_said = false;
        self.tell(BoardUpdate::Live).await
    }

    /// Waits before the next connection, and says when the board became stale meanwhile.
    async fn rest(&mut self) -> Result<(), ReaderGone> {
        self.live = self.live && !self.is_stale();
        let wait = tokio::time::sleep(jittered(pause(self.failures), seed()));
        self.until_stale(wait).await?;
        Ok(())
    }

    /// Runs `work` to its end; should the board become stale before, says so at that moment.
    async fn until_stale<T>(&mut self, work: impl Future<Output = T>) -> Result<T, ReaderGone> {
        let mut work = std::pin::pin!(work);
        let stale_at = self.heard + self.times.stale_after;
        if !self.stale_said {
            tokio::select! {
                biased;
                done = &mut work => return Ok(done),
                () = tokio::time::sleep_until(stale_at) => self.say_stale().await?,
            }
        }
        tokio::select! {
            done = work => Ok(done),
            () = self.updates.closed() => Err(ReaderGone),
        }
    }

    fn is_stale(&self) -> bool {
        self.heard.elapsed() >= self.times.stale_after
    }

    async fn say_stale(&mut self) -> Result<(), ReaderGone> {
        self.live = false;
        self.stale_said = true;
        self.tell(BoardUpdate::Stale { since: self.heard.into_std() }).await
    }

    async fn tell(&self, update: BoardUpdate) -> Result<(), ReaderGone> {
        self.updates.send(update).await.map_err(|_| ReaderGone)
    }
}
