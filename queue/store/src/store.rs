use std::path::Path;
use std::sync::Arc;

use queue_core::Clinic;
use queue_protocol::board::{Board, BoardEvent};
use queue_protocol::model::{RequestId, RoomId, ServiceDay, Ticket, UnixMillis, ZoneId};
use queue_protocol::v1::{CallNextReply, IssueTicket, TicketVoided};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot, watch};

use crate::boards::Boards;
use crate::database::{ProcessLock, open_writer};
use crate::error::{CallError, IssueError, OpenError, StoreError, VoidError};
use crate::events::{self, EVENTS_PER_READ_MAX};
use crate::reader::Readers;
use crate::writer::{COMMANDS_MAX, Command, Reply, Writer, WriterThread};

/// The durable queue of one hospital. Writes are on disk when their answer is here.
///
/// All writes are idempotent by their request id. Dropping the store waits for the writes under way.
pub struct Store {
    // Dropped first: without senders the writer ends, and its thread can be joined.
    commands: mpsc::Sender<Command>,
    boards: Arc<Boards>,
    readers: Readers,
    _writer: WriterThread,
}

impl Store {
    /// Opens or makes the database at `path` and folds today's boards. Blocks; takes milliseconds.
    ///
    /// # Errors
    /// [`OpenError::InUse`] when another process has it, and what else is in [`OpenError`].
    pub fn open(path: &Path, clinic: Arc<Clinic>) -> Result<Self, OpenError> {
        let lock = ProcessLock::take(path)?;
        let connection = open_writer(path)?;
        let boards = Arc::new(Boards::load(&connection, &clinic)?);
        let readers = Readers::open(path)?;
        let (commands, receiver) = mpsc::channel(COMMANDS_MAX);
        let writer = Writer { connection, clinic, boards: Arc::clone(&boards), lock };
        let writer = WriterThread::start(writer, receiver).map_err(OpenError::Writer)?;
        Ok(Self { commands, boards, readers, _writer: writer })
    }

    /// Issues a number at `now`. A known request gets its ticket again.
    ///
    /// # Errors
    /// [`IssueError`].
    pub async fn issue(&self, asked: IssueTicket, now: UnixMillis) -> Result<Ticket, IssueError> {
        self.write(|reply| Command::Issue { asked, now, reply }).await
    }

    /// Takes the ticket of `request` back, or makes sure that it never gets one.
    ///
    /// # Errors
    /// [`VoidError`].
    pub async fn void(&self, request: RequestId, now: UnixMillis) -> Result<TicketVoided, VoidError> {
        self.write(|reply| Command::Void { request, now, reply }).await
    }

    /// Calls the next ticket of the service day of `now` into `room`. A known request gets its call again.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn call_next(
        &self,
        room: RoomId,
        request: RequestId,
        now: UnixMillis,
    ) -> Result<CallNextReply, CallError> {
        self.write(|reply| Command::CallNext { room, request, now, reply }).await
    }

    /// The board of `zone` on `day`; `None` if there is no such zone.
    #[must_use]
    pub fn board(&self, zone: &ZoneId, day: ServiceDay) -> Option<Board> {
        self.boards.board(zone, day)
    }

    /// Tells the newest committed event of `zone`, now and whenever it changes; `None` if there is no such zone.
    #[must_use]
    pub fn subscribe(&self, zone: &ZoneId) -> Option<watch::Receiver<u64>> {
        self.boards.subscribe(zone)
    }

    /// Events of `zone` after `seq`, oldest first, without gaps, at most `limit` and [`EVENTS_PER_READ_MAX`].
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn events_after(&self, zone: &ZoneId, seq: u64, limit: u32) -> Result<Vec<BoardEvent>, StoreError> {
        let most = usize::try_from(limit.min(EVENTS_PER_READ_MAX)).unwrap_or(usize::MAX);
        if let Some(recent) = self.boards.recent_after(zone, seq, most) {
            return Ok(recent);
        }
        let zone = zone.clone();
        self.readers.read(move |connection| events::after(connection, &zone, seq, limit)).await
    }

    /// The service day of event `seq` of `zone`; `None` if there is no such event.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn event_day(&self, zone: &ZoneId, seq: u64) -> Result<Option<ServiceDay>, StoreError> {
        let zone = zone.clone();
        self.readers.read(move |connection| events::day_of(connection, &zone, seq)).await
    }

    /// Returns when the store can write no more: its writer has died.
    pub async fn closed(&self) {
        self.commands.closed().await;
    }

    /// Whether the store can write.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !self.commands.is_closed()
    }

    async fn write<T, E: From<StoreError>>(&self, command: impl FnOnce(Reply<T, E>) -> Command) -> Result<T, E> {
        let (reply, answer) = oneshot::channel();
        match self.commands.try_send(command(reply)) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => return Err(StoreError::Overloaded.into()),
            Err(TrySendError::Closed(_)) => return Err(StoreError::Closed.into()),
        }
        answer.await.unwrap_or_else(|_| Err(StoreError::Closed.into()))
    }
}
