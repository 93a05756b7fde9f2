//! The same store without threads, for who owns time: every call is a transaction of the shipped writer, at once.

use std::path::Path;
use std::sync::Arc;

use queue_core::Clinic;
use queue_protocol::board::Board;
use queue_protocol::model::{KioskId, RequestId, RoomId, Series, ServiceDay, Ticket, UnixMillis, ZoneId};
use queue_protocol::v1::{CallNextReply, HandOver, HandedOver, IssueTicket, LeaseSeries, NumberChanged, TicketVoided};
use tokio::sync::{mpsc, oneshot};

use crate::boards::{Boards, Working};
use crate::database::open_writer;
use crate::errand::Answered;
use crate::error::{CallError, HandOverError, IssueError, LeaseError, OpenError, StepError, StoreError, VoidError};
use crate::events::{self, EVENTS_PER_READ_MAX, LoggedEvent, Written};
use crate::issue::IssueAsked;
use crate::series::{self, Lessee};
use crate::sql::{DatabaseError, Sql};
use crate::step::StepAsked;
use crate::void::VoidBy;
use crate::writer::{Command, Reply, Writer};
use crate::{hand_over, settings};

/// The durable queue of one hospital in the caller's thread: the writer, the statements and the boards of
/// [`Store`](crate::Store), without its threads, its readers and its lock on the file. Nobody else may write to the
/// database meanwhile. The calls are those of [`Store`](crate::Store), with the same errors.
pub struct OneThread {
    writer: Writer,
    boards: Arc<Boards>,
}

#[expect(clippy::missing_errors_doc, reason = "each is the error of the same call of Store")]
impl OneThread {
    /// Opens or makes the SQLite database at `address`: a path, or a URI such as `file:q?mode=memory&cache=shared`.
    pub fn open(address: &Path, seed: &Clinic) -> Result<Self, OpenError> {
        let mut database = open_writer(address)?;
        let in_force = settings::open(&mut database, seed)?;
        series::check(&mut database, &in_force.clinic)?;
        let boards = Arc::new(Boards::load(&mut database, in_force)?);
        let database = Box::new(database);
        let writer = Writer { database, reopen: None, boards: Arc::clone(&boards), lock: None, counts: Arc::default() };
        Ok(Self { writer, boards })
    }

    /// Issues a number at `now`.
    pub fn issue(&mut self, asked: IssueTicket, now: UnixMillis) -> Result<Ticket, IssueError> {
        self.write(|reply| Command::Issue(IssueAsked { asked, now }, reply))
    }

    /// Takes the ticket of `request` back, or makes sure that it never gets one.
    pub fn void(&mut self, request: RequestId, by: VoidBy, now: UnixMillis) -> Result<TicketVoided, VoidError> {
        self.write(|reply| Command::Void { request, by, now, reply })
    }

    /// Calls the next ticket into `room`. `actor` is for the audit.
    pub fn call_next(
        &mut self,
        room: RoomId,
        request: RequestId,
        actor: String,
        now: UnixMillis,
    ) -> Result<CallNextReply, CallError> {
        self.write(|reply| Command::CallNext { room, request, actor, now, reply })
    }

    /// Does something with one number of the service day of `now`.
    pub fn step(&mut self, asked: StepAsked, now: UnixMillis) -> Result<NumberChanged, StepError> {
        self.write(|reply| Command::Step { asked, now, reply })
    }

    /// The series that an installation of `kiosk` owns.
    pub fn lease_series(&mut self, kiosk: KioskId, asked: LeaseSeries, now: UnixMillis) -> Result<Series, LeaseError> {
        let LeaseSeries { installation, held } = asked;
        let lessee = Lessee { kiosk, installation, held };
        self.errand(move |sql, clinic, _| Ok((series::lease(sql, clinic, &lessee, now)?, Vec::new())))
    }

    /// Takes numbers in that `kiosk` issued while the service was away.
    pub fn hand_over(
        &mut self,
        kiosk: KioskId,
        handed: HandOver,
        now: UnixMillis,
    ) -> Result<HandedOver, HandOverError> {
        self.errand(move |sql, clinic, _| hand_over::take(sql, clinic, &kiosk, &handed, now))
    }

    /// The hospital by the settings in force.
    #[must_use]
    pub fn clinic(&self) -> Arc<Clinic> {
        self.boards.in_force().clinic
    }

    /// The board of `zone` on `day`; `None` if there is no such zone.
    #[must_use]
    pub fn board(&self, zone: &ZoneId, day: ServiceDay) -> Option<Board> {
        self.boards.board(zone, day)
    }

    /// Events of `zone` after `seq`, oldest first, without gaps, as many as one read gives.
    pub fn events_after(&mut self, zone: &ZoneId, seq: u64) -> Result<Vec<Arc<LoggedEvent>>, StoreError> {
        let most = usize::try_from(EVENTS_PER_READ_MAX).unwrap_or(usize::MAX);
        match self.boards.recent_after(zone, seq, most) {
            Some(recent) => Ok(recent),
            None => {
                let events = events::after(self.writer.database.as_mut(), zone, seq, EVENTS_PER_READ_MAX)?;
                Ok(events.into_iter().map(|event| Arc::new(event.into())).collect())
            }
        }
    }

    fn errand<T, E>(
        &mut self,
        work: impl FnOnce(&mut dyn Sql, &Clinic, &Working) -> Result<(T, Vec<Written>), E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + From<DatabaseError> + Send + 'static,
    {
        self.write(|reply| Command::Errand(Box::new(Answered { work: Box::new(work), reply })))
    }

    fn write<T, E: From<StoreError>>(&mut self, command: impl FnOnce(Reply<T, E>) -> Command) -> Result<T, E> {
        let (reply, mut answer) = oneshot::channel();
        // Nobody else asks while it runs.
        let (_, mut nobody) = mpsc::channel(1);
        self.writer.run_batch(vec![command(reply)], &mut nobody);
        answer.try_recv().unwrap_or_else(|_| Err(StoreError::Closed.into()))
    }
}
