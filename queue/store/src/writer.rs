use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;

use queue_core::Clinic;
use queue_protocol::model::{RequestId, RoomId, Ticket, UnixMillis};
use queue_protocol::v1::{CallNextReply, ChangeClinic, ClinicVersion, IssueTicket, NumberChanged, TicketVoided};
use tokio::sync::{mpsc, oneshot};

use crate::boards::{Boards, Working};
use crate::call::{CallAsked, call_next};
use crate::database::ProcessLock;
use crate::errand::Errand;
use crate::error::{CallError, ChangeClinicError, IssueError, OpenError, StepError, StoreError, VoidError};
use crate::events::Written;
use crate::issue::issue;
use crate::settings::{self, InForce};
use crate::sql::{DatabaseError, Shares, Sql, Tell, Writing};
use crate::step::{self, StepAsked};
use crate::void::{VoidBy, void};

/// Most writes that wait for the writer; the next one is refused.
pub const COMMANDS_MAX: usize = 1_024;

/// Most writes in one transaction.
pub const BATCH_MAX: usize = 256;

/// How often a transaction is begun when the database says no, before its writes are refused.
const BEGINS_MAX: u32 = 3;

/// Where the answer to a write goes, after its commit.
pub(crate) type Reply<T, E> = oneshot::Sender<Result<T, E>>;

/// A write.
pub(crate) enum Command {
    Issue {
        asked: IssueTicket,
        now: UnixMillis,
        reply: Reply<Ticket, IssueError>,
    },
    Void {
        request: RequestId,
        by: VoidBy,
        now: UnixMillis,
        reply: Reply<TicketVoided, VoidError>,
    },
    CallNext {
        room: RoomId,
        request: RequestId,
        actor: String,
        now: UnixMillis,
        reply: Reply<CallNextReply, CallError>,
    },
    Step {
        asked: StepAsked,
        now: UnixMillis,
        reply: Reply<NumberChanged, StepError>,
    },
    ChangeClinic {
        asked: Box<ChangeClinic>,
        actor: String,
        now: UnixMillis,
        reply: Reply<ClinicVersion, ChangeClinicError>,
    },
    /// A write that brings its own work along.
    Errand(Box<dyn Errand>),
}

impl Command {
    fn refuse(self, error: StoreError) {
        // Who asked may be gone; nobody is left to be told.
        match self {
            Self::Issue { reply, .. } => drop(reply.send(Err(error.into()))),
            Self::Void { reply, .. } => drop(reply.send(Err(error.into()))),
            Self::CallNext { reply, .. } => drop(reply.send(Err(error.into()))),
            Self::Step { reply, .. } => drop(reply.send(Err(error.into()))),
            Self::ChangeClinic { reply, .. } => drop(reply.send(Err(error.into()))),
            Self::Errand(errand) => errand.refuse(error),
        }
    }
}

/// A write that ran and is not committed: what it answers once the commit's fate is known.
type Answer = Box<dyn FnOnce(Result<(), StoreError>)>;

/// The writing thread. Joined when dropped, which ends once all senders of commands are gone.
pub(crate) struct WriterThread {
    thread: Option<JoinHandle<()>>,
}

impl WriterThread {
    pub(crate) fn start(writer: Writer, commands: mpsc::Receiver<Command>) -> std::io::Result<Self> {
        let thread = std::thread::Builder::new().name("queue-writer".into()).spawn(move || writer.run(commands))?;
        Ok(Self { thread: Some(thread) })
    }
}

impl Drop for WriterThread {
    fn drop(&mut self) {
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the writer panicked");
        }
    }
}

/// How a writing connection is opened again after it was lost.
pub(crate) type Reopen = Box<dyn Fn() -> Result<Box<dyn Writing>, OpenError> + Send>;

/// The only one in this process who writes.
pub(crate) struct Writer {
    pub(crate) database: Box<dyn Writing>,
    pub(crate) reopen: Option<Reopen>,
    pub(crate) boards: Arc<Boards>,
    pub(crate) lock: Option<ProcessLock>,
    pub(crate) counts: Arc<Counts>,
}

/// What the writer has done since it began.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) writes: AtomicU64,
    pub(crate) commits: AtomicU64,
    pub(crate) failures: AtomicU64,
}

impl Writer {
    fn run(mut self, mut commands: mpsc::Receiver<Command>) {
        let mut batch = Vec::with_capacity(BATCH_MAX);
        while commands.blocking_recv_many(&mut batch, BATCH_MAX) > 0 {
            self.run_batch(std::mem::take(&mut batch));
        }
        // The database is closed before another process may have it.
        drop(self.database);
        drop(self.lock);
    }

    /// Runs all commands in one transaction, commits, then shows and answers.
    pub(crate) fn run_batch(&mut self, batch: Vec<Command>) {
        if let Err(error) = self.begin() {
            let error = failed("begin", error);
            self.counts.failures.fetch_add(1, Ordering::Relaxed);
            return batch.into_iter().for_each(|command| command.refuse(error.clone()));
        }
        let before = self.boards.in_force();
        let mut run = BatchRun {
            working: self.boards.working(),
            written: Vec::new(),
            answers: Vec::new(),
            in_force: before.clone(),
        };
        for command in batch {
            run.command(self.database.as_mut(), command);
        }
        let BatchRun { written, answers, in_force, .. } = run;
        let changed = in_force.version != before.version;
        let fate = self.commit(if written.is_empty() && !changed { Tell::Nobody } else { Tell::Others });
        let counted = if fate.is_ok() { &self.counts.commits } else { &self.counts.failures };
        counted.fetch_add(1, Ordering::Relaxed);
        self.counts.writes.fetch_add(u64::try_from(answers.len()).unwrap_or(0), Ordering::Relaxed);
        if fate.is_ok() {
            if changed {
                self.boards.adopt(self.database.as_mut(), in_force);
            }
            self.boards.publish(self.database.as_mut(), &written);
        }
        answers.into_iter().for_each(|answer| answer(fate.clone()));
    }

    /// Begins a transaction that knows what all others have committed. Nothing was written when it fails, so it is
    /// tried again, on a new connection if the old one is gone.
    fn begin(&mut self) -> Result<(), DatabaseError> {
        let mut begins = 0;
        loop {
            let begun = self.database.begin().and_then(|()| match self.database.shares() {
                Shares::WithNobody => Ok(()),
                Shares::WithOthers => self.boards.catch_up(self.database.as_mut()),
            });
            begins += 1;
            let Err(error) = begun else {
                return Ok(());
            };
            let Some(reopen) = self.reopen.as_ref().filter(|_| begins < BEGINS_MAX) else {
                return Err(error);
            };
            tracing::warn!(%error, begins, "a transaction could not begin");
            if error.is_connection_lost() {
                match reopen() {
                    Ok(database) => self.database = database,
                    Err(_) => return Err(error),
                }
            }
        }
    }

    fn commit(&mut self, tell: Tell) -> Result<(), StoreError> {
        if !self.database.is_in_transaction() {
            return Err(StoreError::RolledBack);
        }
        self.database.commit(tell).map_err(|error| {
            tracing::error!(%error, "commit failed");
            StoreError::OutcomeUnknown(Arc::new(error))
        })
    }
}

fn failed(step: &str, error: DatabaseError) -> StoreError {
    tracing::error!(error = &error as &(dyn std::error::Error + 'static), step, "database failed");
    StoreError::from(error)
}

/// A batch while it runs.
pub(crate) struct BatchRun {
    working: Working,
    written: Vec<Written>,
    answers: Vec<Answer>,
    in_force: InForce,
}

impl BatchRun {
    fn command(&mut self, database: &mut dyn Writing, command: Command) {
        let clinic: &Clinic = &Arc::clone(&self.in_force.clinic);
        match command {
            Command::Issue { asked, now, reply } => {
                self.answer(database, reply, |sql, working| issue(sql, clinic, working, &asked, now));
            }
            Command::Void { request, by, now, reply } => {
                self.answer(database, reply, |sql, _| void(sql, clinic, request, &by, now));
            }
            Command::CallNext { room, request, actor, now, reply } => {
                let asked = CallAsked { room: &room, request, actor: &actor };
                self.answer(database, reply, |sql, _| call_next(sql, clinic, &asked, now));
            }
            Command::Step { asked, now, reply } => {
                self.answer(database, reply, |sql, _| step::take(sql, clinic, &asked, now));
            }
            Command::ChangeClinic { asked, actor, now, reply } => {
                let (held, mut changed) = (self.in_force.clone(), None);
                self.answer(database, reply, |sql, _| {
                    let (version, in_force) = settings::change(sql, &held, &asked, &actor, now)?;
                    changed = in_force;
                    Ok((version, Vec::new()))
                });
                self.in_force = changed.unwrap_or(held);
            }
            Command::Errand(errand) => errand.run(self, database, clinic),
        }
    }

    pub(crate) fn answer<T: Send + 'static, E: From<StoreError> + From<DatabaseError> + 'static>(
        &mut self,
        database: &mut dyn Writing,
        reply: Reply<T, E>,
        work: impl FnOnce(&mut dyn Sql, &Working) -> Result<(T, Vec<Written>), E>,
    ) {
        let result = self.run(database, work);
        let answer = move |fate: Result<(), StoreError>| {
            let answer = match fate {
                Ok(()) => result,
                Err(error) => Err(error.into()),
            };
            // Who asked may have given up; the write stands all the same and the same id finds it.
            drop(reply.send(answer));
        };
        self.answers.push(Box::new(answer));
    }

    /// Runs one command so that its failure undoes nothing of the others.
    fn run<T, E: From<StoreError> + From<DatabaseError>>(
        &mut self,
        database: &mut dyn Writing,
        work: impl FnOnce(&mut dyn Sql, &Working) -> Result<(T, Vec<Written>), E>,
    ) -> Result<T, E> {
        if !database.is_in_transaction() {
            // After some errors, such as a full disk, SQLite ends the transaction by itself. Outside of one nothing may
            // be written: it would be on disk while its answer says that it is not.
            return Err(StoreError::RolledBack.into());
        }
        database.savepoint()?;
        match work(database, &self.working) {
            Ok((value, written)) => {
                database.release()?;
                for written in written {
                    self.follow(&written);
                    self.written.push(written);
                }
                Ok(value)
            }
            Err(error) => {
                database.undo()?;
                Err(error)
            }
        }
    }

    fn follow(&mut self, written: &Written) {
        if let Some(boards) = self.working.get_mut(&written.zone)
            && let Err(gap) = boards.apply(&written.event)
        {
            // Told and mended when the batch is published; until then counts are of the database.
            tracing::error!(zone = %written.zone, %gap, "board does not follow its own log");
            self.working.remove(&written.zone);
        }
    }
}
