use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;

use queue_core::Clinic;
use queue_protocol::model::{RequestId, RoomId, Ticket, UnixMillis};
use queue_protocol::v1::{CallNextReply, ChangeClinic, ClinicVersion, NumberChanged, TicketVoided};
use tokio::sync::{mpsc, oneshot};

use crate::boards::{Boards, Working, follow};
use crate::call::{CallAsked, call_next};
use crate::database::ProcessLock;
use crate::errand::Errand;
use crate::error::{CallError, ChangeClinicError, IssueError, OpenError, StepError, StoreError, VoidError};
use crate::events::Written;
use crate::group::Group;
use crate::issue::{IssueAsked, Issued, issue_group};
use crate::settings::{self, InForce};
use crate::sql::{Ask, DatabaseError, Shares, Sql, Tell, Writing, damaged};
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
    Issue(IssueAsked, Reply<Ticket, IssueError>),
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
    pub(crate) fn refuse(self, error: StoreError) {
        // Who asked may be gone; nobody is left to be told.
        match self {
            Self::Issue(_, reply) => drop(reply.send(Err(error.into()))),
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
            let left = self.issue_first(std::mem::take(&mut batch), &mut commands);
            if !left.is_empty() {
                self.run_batch(left, &mut commands);
            }
        }
        // The database is closed before another process may have it.
        drop(self.database);
        drop(self.lock);
    }

    /// Runs all commands in one transaction, commits, then shows and answers. What comes while it runs is in it: the
    /// commit, which waits for the disk, is what takes the time.
    pub(crate) fn run_batch(&mut self, mut batch: Vec<Command>, commands: &mut mpsc::Receiver<Command>) {
        let (working, news) = match self.begin(&Vec::new) {
            Ok(begun) => begun,
            Err(error) => {
                return batch.into_iter().for_each(|command| command.refuse(error.clone()));
            }
        };
        let (before, heard) = (self.boards.in_force(), news.len());
        let mut run = BatchRun {
            working,
            written: news,
            answers: Vec::new(),
            in_force: before.clone(),
            transaction: Transaction::Fresh,
        };
        let mut count = 0;
        while !batch.is_empty() {
            count += batch.len();
            run.commands(self.database.as_mut(), std::mem::take(&mut batch));
            batch.extend(std::iter::from_fn(|| commands.try_recv().ok()).take(BATCH_MAX.saturating_sub(count)));
        }
        let BatchRun { written, answers, in_force, working, transaction: _ } = run;
        // Whoever holds them would make the boards be copied when they are published.
        drop(working);
        let changed = in_force.version != before.version;
        let fate = self.commit(if written.len() == heard && !changed { Tell::Nobody } else { Tell::Others });
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

    /// Begins a transaction that knows what all others have committed, on disk or not: the events that it is ahead of
    /// what is shown are told with its own. Nothing was written when it fails, so it is tried again, on a new connection
    /// if the old one is gone. `asks` are the questions that come first in it.
    pub(crate) fn begin(&mut self, asks: &dyn Fn() -> Vec<Ask>) -> Result<(Working, Vec<Written>), StoreError> {
        self.begin_or_not(asks).map_err(|error| {
            self.counts.failures.fetch_add(1, Ordering::Relaxed);
            failed("begin", error)
        })
    }

    fn begin_or_not(&mut self, asks: &dyn Fn() -> Vec<Ask>) -> Result<(Working, Vec<Written>), DatabaseError> {
        let mut begins = 0;
        loop {
            let begun = self.try_begin(asks);
            begins += 1;
            let error = match begun {
                Ok(Some(begun)) => return Ok(begun),
                Ok(None) if begins < BEGINS_MAX => continue,
                Ok(None) => return Err(damaged("the settings change all the time")),
                Err(error) => error,
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

    /// Begins; `None` if there was more to take in than events, which is done by itself.
    fn try_begin(&mut self, asks: &dyn Fn() -> Vec<Ask>) -> Result<Option<(Working, Vec<Written>)>, DatabaseError> {
        self.database.begin()?;
        let mut working = self.boards.working();
        match self.database.shares() {
            Shares::WithNobody => Ok(Some((working, Vec::new()))),
            Shares::WithOthers => {
                let news = self.boards.news(self.database.as_mut(), &working, asks)?;
                if news.is_of_events() {
                    news.events.iter().for_each(|written| follow(&mut working, written));
                    return Ok(Some((working, news.events)));
                }
                self.database.give_up()?;
                self.boards.catch_up(self.database.as_mut())?;
                Ok(None)
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
    transaction: Transaction,
}

/// Whether something of the batch is in the transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Transaction {
    /// Nothing yet.
    Fresh,
    /// What one command did.
    Used,
}

impl BatchRun {
    /// Runs commands in the order in which they came. Those that ask for numbers one after the other are a group.
    fn commands(&mut self, database: &mut dyn Writing, batch: Vec<Command>) {
        let mut group = Group::default();
        for command in batch {
            match command {
                Command::Issue(asked, reply) => {
                    if group.holds_the_like_of(&asked) {
                        self.issue(database, std::mem::take(&mut group));
                    }
                    group.take(asked, reply);
                }
                other @ (Command::Void { .. }
                | Command::CallNext { .. }
                | Command::Step { .. }
                | Command::ChangeClinic { .. }
                | Command::Errand(_)) => {
                    self.issue(database, std::mem::take(&mut group));
                    self.command(database, other);
                }
            }
        }
        self.issue(database, group);
    }

    /// Issues numbers to a group at once. If that fails, to each by itself, so that one's failure undoes nothing of the
    /// others.
    fn issue(&mut self, database: &mut dyn Writing, group: Group) {
        let clinic = Arc::clone(&self.in_force.clinic);
        match self.issue_at_once(database, &clinic, group.asked()) {
            Ok(issued) => {
                for ((_, reply), issued) in group.members.into_iter().zip(issued) {
                    let issued = issued.map(|(ticket, written)| {
                        self.written.extend(written);
                        ticket
                    });
                    self.answer_later(reply, issued);
                }
            }
            Err(error) => {
                tracing::warn!(error = &error as &(dyn std::error::Error + 'static), "numbers are issued one by one");
                for (asked, reply) in group.members {
                    self.answer(database, reply, |sql, _| {
                        // Counts and places are read anew from the database.
                        let issued = issue_group(sql, &clinic, &mut Working::new(), std::iter::once(&asked))?;
                        issued.into_iter().next().unwrap_or_else(|| Err(StoreError::Closed.into()))
                    });
                }
            }
        }
    }

    fn issue_at_once<'a>(
        &mut self,
        database: &mut dyn Writing,
        clinic: &Clinic,
        group: impl Iterator<Item = &'a IssueAsked> + Clone,
    ) -> Result<Vec<Issued>, StoreError> {
        if group.clone().next().is_none() {
            return Ok(Vec::new());
        }
        let before = self.working.clone();
        let issued = self.in_savepoint(database, |sql, working| issue_group(sql, clinic, working, group));
        if issued.is_err() {
            self.working = before;
        }
        issued
    }

    fn command(&mut self, database: &mut dyn Writing, command: Command) {
        let clinic: &Clinic = &Arc::clone(&self.in_force.clinic);
        match command {
            Command::Issue(asked, reply) => {
                let mut group = Group::default();
                group.take(asked, reply);
                self.issue(database, group);
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
        let result = self.in_savepoint(database, |sql, working| work(sql, working)).map(|(value, written)| {
            written.iter().for_each(|written| follow(&mut self.working, written));
            self.written.extend(written);
            value
        });
        self.answer_later(reply, result);
    }

    /// Answers once the commit's fate is known.
    fn answer_later<T: Send + 'static, E: From<StoreError> + 'static>(
        &mut self,
        reply: Reply<T, E>,
        result: Result<T, E>,
    ) {
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

    /// Runs work so that its failure undoes nothing of what was done before it.
    fn in_savepoint<T, E: From<StoreError> + From<DatabaseError>>(
        &mut self,
        database: &mut dyn Writing,
        work: impl FnOnce(&mut dyn Sql, &mut Working) -> Result<T, E>,
    ) -> Result<T, E> {
        if !database.is_in_transaction() {
            // After some errors, such as a full disk, SQLite ends the transaction by itself. Outside of one nothing may
            // be written: it would be on disk while its answer says that it is not.
            return Err(StoreError::RolledBack.into());
        }
        if self.transaction == Transaction::Fresh && database.shares() == Shares::WithNobody {
            return self.in_fresh_transaction(database, work);
        }
        self.transaction = Transaction::Used;
        database.savepoint()?;
        let done = work(database, &mut self.working).and_then(|value| {
            database.release()?;
            Ok(value)
        });
        if done.is_err() {
            database.undo()?;
        }
        done
    }

    /// The first work of a transaction needs no mark to go back to, for which the database would keep a copy of every
    /// page that is changed: if it fails, the transaction is begun anew.
    fn in_fresh_transaction<T, E: From<DatabaseError>>(
        &mut self,
        database: &mut dyn Writing,
        work: impl FnOnce(&mut dyn Sql, &mut Working) -> Result<T, E>,
    ) -> Result<T, E> {
        let done = work(database, &mut self.working);
        match &done {
            Ok(_) => self.transaction = Transaction::Used,
            // A transaction that the database has ended by itself is not begun anew: nothing more may be written.
            Err(_) if database.is_in_transaction() => database.begin()?,
            Err(_) => {}
        }
        done
    }
}
