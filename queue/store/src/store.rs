use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use queue_core::{Clinic, NumberTimes, service_day};
use queue_protocol::board::Board;
use queue_protocol::model::{LogId, RequestId, RoomId, ServiceDay, Ticket, TicketNumber, UnixMillis, ZoneId};
use queue_protocol::v1::{
    CallNextReply, ChangeClinic, ClinicVersion, IssueTicket, NumberChanged, NumberNow, RoomQueue, Statistics,
    TicketVoided,
};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot, watch};

use crate::boards::{Boards, Working};
use crate::database::{ProcessLock, open_reader, open_writer};
use crate::errand::Answered;
use crate::error::{CallError, ChangeClinicError, IssueError, OpenError, QueueError, StepError, StoreError, VoidError};
use crate::events::{self, EVENTS_PER_READ_MAX, LoggedEvent};
use crate::issue::IssueAsked;
use crate::listener::Listener;
use crate::postgresql::{self, PostgresAddress};
use crate::reader::{OpenReader, Readers};
use crate::sql::{DatabaseError, Sql, Writing};
use crate::step::StepAsked;
use crate::void::VoidBy;
use crate::writer::{COMMANDS_MAX, Command, Counts, Reply, Writer, WriterThread};
use crate::{queue, series, settings, statistics};

/// Most service days one look at the statistics covers: a quarter of a year.
pub const STATISTICS_DAYS_MAX: usize = 92;

/// The durable queue of one hospital. Writes are on disk when their answer is here.
///
/// All writes are idempotent by their request id. Dropping the store waits for the writes under way.
pub struct Store {
    // Dropped first: without senders the writer ends, and its thread can be joined.
    pub(crate) commands: mpsc::Sender<Command>,
    boards: Arc<Boards>,
    pub(crate) readers: Readers,
    pub(crate) help: watch::Sender<u64>,
    pub(crate) counts: Arc<Counts>,
    _writer: WriterThread,
    _listener: Option<Listener>,
}

impl Store {
    /// Opens or makes the SQLite database at `path` and folds its boards. Blocks; takes milliseconds.
    ///
    /// `seed` is put in force in a database that has no settings; otherwise those of the database are, see
    /// [`clinic`](Self::clinic).
    ///
    /// # Errors
    /// [`OpenError::InUse`] when another process has it, and what else is in [`OpenError`].
    pub fn open(path: &Path, seed: Arc<Clinic>) -> Result<Self, OpenError> {
        let lock = ProcessLock::take(path)?;
        let mut database = open_writer(path)?;
        let in_force = settings::open(&mut database, &seed)?;
        series::check(&mut database, &in_force.clinic)?;
        let boards = Arc::new(Boards::load(&mut database, in_force)?);
        let path = path.to_owned();
        let readers = Readers::open(Arc::new(move || Ok(Box::new(open_reader(&path)?))))?;
        let writer = Writer {
            database: Box::new(database),
            reopen: None,
            boards: Arc::clone(&boards),
            lock: Some(lock),
            counts: Arc::default(),
        };
        Self::start(writer, boards, readers, (watch::Sender::new(0), None))
    }

    /// Connects to a PostgreSQL database, makes or updates its tables and folds its boards. Several processes may be
    /// connected to one database; each follows what the others commit. Blocks: not on an async thread.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn connect(address: PostgresAddress, seed: Arc<Clinic>) -> Result<Self, OpenError> {
        let mut database = postgresql::open(&address)?;
        let in_force = settings::open(&mut database, &seed)?;
        series::check(&mut database, &in_force.clinic)?;
        let boards = Arc::new(Boards::load(&mut database, in_force)?);
        let help = watch::Sender::new(0);
        let backend = Arc::new(AtomicI64::new(database.backend()?));
        let listener = Listener::start(address.clone(), Arc::clone(&boards), Arc::clone(&backend), help.clone())?;
        let again = address.clone();
        let open: Arc<OpenReader> = Arc::new(move || Ok(Box::new(postgresql::connect(&again)?)));
        let readers = Readers::open(open)?;
        let writer = Writer {
            database: Box::new(database),
            reopen: Some(Box::new(move || {
                let mut database = postgresql::connect(&address)?;
                backend.store(database.backend()?, Ordering::Relaxed);
                Ok(Box::new(database) as Box<dyn Writing>)
            })),
            boards: Arc::clone(&boards),
            lock: None,
            counts: Arc::default(),
        };
        Self::start(writer, boards, readers, (help, Some(listener)))
    }

    fn start(
        writer: Writer,
        boards: Arc<Boards>,
        readers: Readers,
        (help, listener): (watch::Sender<u64>, Option<Listener>),
    ) -> Result<Self, OpenError> {
        let (commands, receiver) = mpsc::channel(COMMANDS_MAX);
        let counts = Arc::clone(&writer.counts);
        let writer = WriterThread::start(writer, receiver).map_err(OpenError::Thread)?;
        Ok(Self { commands, boards, readers, help, counts, _writer: writer, _listener: listener })
    }

    /// Issues a number at `now`. A known request gets its ticket again, and so does a person who has a live one for
    /// the service.
    ///
    /// # Errors
    /// [`IssueError`].
    pub async fn issue(&self, asked: IssueTicket, now: UnixMillis) -> Result<Ticket, IssueError> {
        self.write(|reply| Command::Issue(IssueAsked { asked, now }, reply)).await
    }

    /// Takes the ticket of `request` back, or makes sure that it never gets one.
    ///
    /// # Errors
    /// [`VoidError`].
    pub async fn void(&self, request: RequestId, now: UnixMillis) -> Result<TicketVoided, VoidError> {
        self.void_by(request, VoidBy::default(), now).await
    }

    /// [`void`](Self::void) by somebody who is known.
    ///
    /// # Errors
    /// [`VoidError`].
    pub async fn void_by(&self, request: RequestId, by: VoidBy, now: UnixMillis) -> Result<TicketVoided, VoidError> {
        self.write(|reply| Command::Void { request, by, now, reply }).await
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
        let actor = format!("room:{room}");
        self.call_next_by(room, request, actor, now).await
    }

    /// [`call_next`](Self::call_next) by somebody who is known: role and name, such as `staff:lan`.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn call_next_by(
        &self,
        room: RoomId,
        request: RequestId,
        actor: String,
        now: UnixMillis,
    ) -> Result<CallNextReply, CallError> {
        self.write(|reply| Command::CallNext { room, request, actor, now, reply }).await
    }

    /// Does something with one number of the service day of `now`. A known request gets its answer again.
    ///
    /// # Errors
    /// [`StepError`].
    pub async fn step(&self, asked: StepAsked, now: UnixMillis) -> Result<NumberChanged, StepError> {
        self.write(|reply| Command::Step { asked, now, reply }).await
    }

    /// Puts other settings in force. They are those of every later call, here and in the processes that share the
    /// database; numbers of today stay what they are. `actor` is for the audit. A known request gets its version again.
    ///
    /// # Errors
    /// [`ChangeClinicError`].
    pub async fn change_clinic(
        &self,
        asked: ChangeClinic,
        actor: String,
        now: UnixMillis,
    ) -> Result<ClinicVersion, ChangeClinicError> {
        self.write(|reply| Command::ChangeClinic { asked: Box::new(asked), actor, now, reply }).await
    }

    /// The hospital by the settings in force.
    #[must_use]
    pub fn clinic(&self) -> Arc<Clinic> {
        self.boards.in_force().clinic
    }

    /// Which version of the settings is in force; see [`clinic_version`](Self::clinic_version).
    #[must_use]
    pub fn clinic_version_number(&self) -> u64 {
        self.boards.in_force().version
    }

    /// The settings in force, who put them there and when.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn clinic_version(&self) -> Result<ClinicVersion, StoreError> {
        let found = self.readers.read(settings::newest).await?;
        // `open` has written one.
        found.ok_or(StoreError::Closed)
    }

    /// How long people waited and were seen on `days`, which are in order; at most [`STATISTICS_DAYS_MAX`] of them are
    /// looked at. `None` without a day.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn statistics(&self, days: &[ServiceDay]) -> Result<Option<Statistics>, StoreError> {
        let days = days.get(..STATISTICS_DAYS_MAX).unwrap_or(days);
        let (Some(from), Some(to)) = (days.first().copied(), days.last().copied()) else {
            return Ok(None);
        };
        let mut numbers: Vec<NumberTimes> = Vec::new();
        for day in days.iter().copied() {
            // One read a day, so that a long look does not keep a reader from the rooms.
            numbers.extend(self.readers.read(move |sql| statistics::of_day(sql, day)).await?);
        }
        Ok(Some(statistics::figures(&self.clinic(), from, to, &numbers)))
    }

    /// Who waits for `room`, in the order of calls, and why.
    ///
    /// # Errors
    /// [`QueueError`].
    pub async fn room_queue(&self, room: &RoomId, now: UnixMillis) -> Result<RoomQueue, QueueError> {
        let clinic = self.clinic();
        let room = clinic.room(room).ok_or_else(|| QueueError::UnknownRoom(room.clone()))?.clone();
        let day = service_day(now, &clinic)?;
        Ok(self.readers.read(move |sql| queue::of_room(sql, &clinic, &room, day, now)).await?)
    }

    /// Where `number` of `day` is; `None` if it was not issued.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn number(&self, day: ServiceDay, number: TicketNumber) -> Result<Option<NumberNow>, StoreError> {
        self.readers.read(move |sql| queue::number(sql, day, number)).await
    }

    /// The board of `zone` on `day`; `None` if there is no such zone.
    #[must_use]
    pub fn board(&self, zone: &ZoneId, day: ServiceDay) -> Option<Board> {
        self.boards.board(zone, day)
    }

    /// The identity of the event log.
    #[must_use]
    pub fn log(&self) -> LogId {
        self.boards.log()
    }

    /// Tells the newest committed event of `zone`, now and whenever it changes; `None` if there is no such zone.
    #[must_use]
    pub fn subscribe(&self, zone: &ZoneId) -> Option<watch::Receiver<u64>> {
        self.boards.subscribe(zone)
    }

    /// Events of `zone` after `seq`, oldest first, without gaps, at most `limit` and [`EVENTS_PER_READ_MAX`]. Who asks
    /// for the newest gets the same ones as everybody else.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn events_after(&self, zone: &ZoneId, seq: u64, limit: u32) -> Result<Vec<Arc<LoggedEvent>>, StoreError> {
        let most = usize::try_from(limit.min(EVENTS_PER_READ_MAX)).unwrap_or(usize::MAX);
        if let Some(recent) = self.boards.recent_after(zone, seq, most) {
            return Ok(recent);
        }
        let zone = zone.clone();
        let events = self.readers.read(move |sql| events::after(sql, &zone, seq, limit)).await?;
        Ok(events.into_iter().map(|event| Arc::new(event.into())).collect())
    }

    /// The service day of event `seq` of `zone`; `None` if there is no such event.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn event_day(&self, zone: &ZoneId, seq: u64) -> Result<Option<ServiceDay>, StoreError> {
        let zone = zone.clone();
        self.readers.read(move |sql| events::day_of(sql, &zone, seq)).await
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

    /// Runs `work` in the writer's next transaction; it is on disk when the answer is here. An error undoes it.
    pub(crate) async fn change<T, E>(
        &self,
        work: impl FnOnce(&mut dyn Sql) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + From<DatabaseError> + Send + 'static,
    {
        self.write(|reply| {
            let work = Box::new(move |sql: &mut dyn Sql, _: &Clinic, _: &Working| Ok((work(sql)?, Vec::new())));
            Command::Errand(Box::new(Answered { work, reply }))
        })
        .await
    }

    pub(crate) async fn write<T, E: From<StoreError>>(
        &self,
        command: impl FnOnce(Reply<T, E>) -> Command,
    ) -> Result<T, E> {
        let (reply, answer) = oneshot::channel();
        match self.commands.try_send(command(reply)) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => return Err(StoreError::Overloaded.into()),
            Err(TrySendError::Closed(_)) => return Err(StoreError::Closed.into()),
        }
        answer.await.unwrap_or_else(|_| Err(StoreError::Closed.into()))
    }
}
