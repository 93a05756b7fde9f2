use std::sync::Arc;
use std::thread::JoinHandle;

use queue_core::Clinic;
use queue_protocol::model::{RequestId, RoomId, Ticket, UnixMillis};
use queue_protocol::v1::{CallNextReply, IssueTicket, TicketVoided};
use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::{mpsc, oneshot};

use crate::boards::{Boards, Working};
use crate::call::call_next;
use crate::database::ProcessLock;
use crate::error::{CallError, IssueError, StoreError, VoidError};
use crate::events::Written;
use crate::issue::issue;
use crate::void::void;

/// Most writes that wait for the writer; the next one is refused.
pub const COMMANDS_MAX: usize = 1_024;

/// Most writes in one transaction.
pub const BATCH_MAX: usize = 256;

/// Where the answer to a write goes, after its commit.
pub(crate) type Reply<T, E> = oneshot::Sender<Result<T, E>>;

/// A write.
pub(crate) enum Command {
    Issue { asked: IssueTicket, now: UnixMillis, reply: Reply<Ticket, IssueError> },
    Void { request: RequestId, now: UnixMillis, reply: Reply<TicketVoided, VoidError> },
    CallNext { room: RoomId, request: RequestId, now: UnixMillis, reply: Reply<CallNextReply, CallError> },
}

impl Command {
    fn refuse(self, error: StoreError) {
        // Who asked may be gone; nobody is left to be told.
        match self {
            Self::Issue { reply, .. } => drop(reply.send(Err(error.into()))),
            Self::Void { reply, .. } => drop(reply.send(Err(error.into()))),
            Self::CallNext { reply, .. } => drop(reply.send(Err(error.into()))),
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

/// The only one who writes.
pub(crate) struct Writer {
    pub(crate) connection: Connection,
    pub(crate) clinic: Arc<Clinic>,
    pub(crate) boards: Arc<Boards>,
    pub(crate) lock: ProcessLock,
}

impl Writer {
    fn run(mut self, mut commands: mpsc::Receiver<Command>) {
        let mut batch = Vec::with_capacity(BATCH_MAX);
        while commands.blocking_recv_many(&mut batch, BATCH_MAX) > 0 {
            self.run_batch(std::mem::take(&mut batch));
        }
        // The database is closed before another process may have it.
        drop(self.connection);
        drop(self.lock);
    }

    /// Runs all commands in one transaction, commits, then shows and answers.
    fn run_batch(&mut self, batch: Vec<Command>) {
        let mut transaction = match self.connection.transaction_with_behavior(TransactionBehavior::Immediate) {
            Ok(transaction) => transaction,
            Err(error) => {
                let error = failed("begin", error);
                return batch.into_iter().for_each(|command| command.refuse(error.clone()));
            }
        };
        let mut run = BatchRun { working: self.boards.working(), written: Vec::new(), answers: Vec::new() };
        for command in batch {
            run.command(&mut transaction, &self.clinic, command);
        }
        let BatchRun { written, answers, .. } = run;
        let fate = commit(transaction);
        if fate.is_ok() {
            self.boards.publish(&self.connection, &written);
        }
        answers.into_iter().for_each(|answer| answer(fate.clone()));
    }
}

fn commit(transaction: Transaction<'_>) -> Result<(), StoreError> {
    if transaction.is_autocommit() {
        return Err(StoreError::RolledBack);
    }
    transaction.commit().map_err(|error| {
        tracing::error!(%error, "commit failed");
        StoreError::OutcomeUnknown(Arc::new(error))
    })
}

fn failed(step: &str, error: rusqlite::Error) -> StoreError {
    tracing::error!(%error, step, "database failed");
    StoreError::from(error)
}

struct BatchRun {
    working: Working,
    written: Vec<Written>,
    answers: Vec<Answer>,
}

impl BatchRun {
    fn command(&mut self, transaction: &mut Transaction<'_>, clinic: &Clinic, command: Command) {
        match command {
            Command::Issue { asked, now, reply } => {
                self.savepoint(transaction, reply, |connection, working| {
                    issue(connection, clinic, working, &asked, now)
                });
            }
            Command::Void { request, now, reply } => {
                self.savepoint(transaction, reply, |connection, _| void(connection, request, now));
            }
            Command::CallNext { room, request, now, reply } => {
                self.savepoint(transaction, reply, |connection, _| call_next(connection, clinic, &room, request, now));
            }
        }
    }

    /// Runs one command so that its failure undoes nothing of the others.
    fn savepoint<T: Send + 'static, E: From<StoreError> + From<rusqlite::Error> + 'static>(
        &mut self,
        transaction: &mut Transaction<'_>,
        reply: Reply<T, E>,
        work: impl FnOnce(&Connection, &Working) -> Result<(T, Option<Written>), E>,
    ) {
        let result = self.run(transaction, work);
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

    fn run<T, E: From<StoreError> + From<rusqlite::Error>>(
        &mut self,
        transaction: &mut Transaction<'_>,
        work: impl FnOnce(&Connection, &Working) -> Result<(T, Option<Written>), E>,
    ) -> Result<T, E> {
        if transaction.is_autocommit() {
            // After some errors, such as a full disk, SQLite ends the transaction by itself. Outside of one nothing may
            // be written: it would be on disk while its answer says that it is not.
            return Err(StoreError::RolledBack.into());
        }
        let savepoint = transaction.savepoint()?;
        let (value, written) = work(&savepoint, &self.working)?;
        savepoint.commit()?;
        if let Some(written) = written {
            self.follow(&written);
            self.written.push(written);
        }
        Ok(value)
    }

    fn follow(&mut self, written: &Written) {
        if let Some(board) = self.working.get_mut(&written.zone)
            && let Err(gap) = board.apply(&written.event)
        {
            // Told and mended when the batch is published; until then counts are of the database.
            tracing::error!(zone = %written.zone, %gap, "board does not follow its own log");
            self.working.remove(&written.zone);
        }
    }
}
