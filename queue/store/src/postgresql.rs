//! The store on PostgreSQL: what is asked is sent many statements at a time, and commits wait for the disk without
//! keeping the other processes waiting.
//!
//! The transaction that writes commits without waiting for the disk, which ends its lock, and its connection then makes
//! a second commit that does wait. The log of the server is written in order, so what the second one waits for is all
//! that was committed before it: the first commit, and whatever the first has read. Until then nothing of it is told to
//! anybody, here or by another process that reads it ([`Sql::until_durable`]).

mod opening;
mod parts;
mod wire;

use std::collections::HashMap;
use std::time::Duration;

use queue_protocol::model::{RequestId, ServiceDay};
use tokio_postgres::Statement;

use crate::sql::{
    Ask, DatabaseError, Given, Insert, NotCommitted, Result, Row, Shares, Sql, Tell, Value, Writing, damaged,
};
use parts::{Answer, Part};
use wire::{Wire, at_once};

pub use opening::PostgresAddress;
pub(crate) use opening::{connect, open};

/// Waits for the other processes' turn: the row is locked until the commit, so events become visible in the order of
/// their sequence numbers and none is ever seen before the one in front of it.
const BEGIN: &str = "BEGIN; SET LOCAL synchronous_commit = off; SELECT FROM log_identity WHERE one = 1 FOR UPDATE";

const SAVEPOINT: &str = "SAVEPOINT command";
const RELEASE: &str = "RELEASE SAVEPOINT command";
const UNDO: &str = "ROLLBACK TO SAVEPOINT command; RELEASE SAVEPOINT command";

/// A commit of its own that waits until it, and so all before it, is on disk. It has something to write, or there would
/// be nothing to wait for: an empty message that nobody reads.
const SYNC: &str = "SELECT pg_logical_emit_message(true, 'tiep-don', '')";

/// Whether everything there is is on disk. With a standby that commits wait for, only a commit can tell.
const IS_SYNCED: &str = "SELECT CASE WHEN current_setting('synchronous_standby_names') = ''
         AND pg_current_wal_flush_lsn() >= pg_current_wal_insert_lsn() THEN 1::bigint ELSE 0::bigint END";

/// Where processes on one database tell each other that there are events.
const LISTEN: &str = "LISTEN tiep_don_event";
const TELL_AND_COMMIT: &str = "NOTIFY tiep_don_event; COMMIT";

/// A connection to PostgreSQL with the statements it has prepared.
pub(crate) struct Postgres {
    wire: Wire,
    prepared: HashMap<&'static str, Statement>,
    in_transaction: bool,
    /// What is to be sent before, or with, the next question.
    pending: Vec<Part>,
    /// Answers to questions that were said to come.
    ahead: Vec<(Ask, Vec<Row>)>,
}

/// Whose messages came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heard {
    /// None came.
    Nothing,
    /// This process's own only.
    Own,
    /// Other processes' too.
    Others,
}

impl Postgres {
    fn new(wire: Wire) -> Self {
        Self { wire, prepared: HashMap::new(), in_transaction: false, pending: Vec::new(), ahead: Vec::new() }
    }

    /// Sends what waits, and `more`, in one go. The first thing that failed, or all answers, those to `more` last.
    fn send(&mut self, more: impl IntoIterator<Item = Part>) -> Result<Vec<Answer>> {
        self.send_each(more)?.into_iter().collect()
    }

    /// Sends what waits, and `more`, in one go; what became of each.
    fn send_each(&mut self, more: impl IntoIterator<Item = Part>) -> Result<Vec<Result<Answer>>> {
        let mut parts = std::mem::take(&mut self.pending);
        parts.extend(more);
        if parts.is_empty() {
            return Ok(Vec::new());
        }
        let statements = parts.iter().map(|part| self.statement(part)).collect::<Result<Vec<_>>>()?;
        let answers = self.wire.run(|client| async {
            let sent = parts.iter().zip(&statements);
            Ok(at_once(sent.map(|(part, statement)| Box::pin(part.send(client, statement.as_ref())) as _).collect())
                .await)
        })?;
        Ok(answers)
    }

    /// What `part` is sent by.
    fn statement(&mut self, part: &Part) -> Result<Option<Statement>> {
        let Some((name, text)) = part.statement() else {
            return Ok(None);
        };
        if let Some(known) = self.prepared.get(name) {
            return Ok(Some(known.clone()));
        }
        let statement = self.wire.run(|client| client.prepare(&text))?;
        self.prepared.insert(name, statement.clone());
        Ok(Some(statement))
    }

    /// Sends what waits.
    fn flush(&mut self) -> Result<()> {
        self.send([]).map(drop)
    }

    fn ask(&mut self, ask: Ask) -> Result<Vec<Row>> {
        if let Some(at) = self.ahead.iter().position(|(known, _)| *known == ask) {
            return Ok(self.ahead.swap_remove(at).1);
        }
        match self.send([Part::Ask(ask)])?.pop() {
            Some(Answer::Rows(rows)) => Ok(rows),
            Some(Answer::Done | Answer::Changed(_)) | None => Err(damaged("the question has no answer")),
        }
    }

    /// Keeps a write for later. What was asked ahead may be otherwise after it.
    fn write_later(&mut self, part: Part) {
        self.ahead.clear();
        self.pending.push(part);
    }

    /// Sends statements without parameters by themselves.
    fn plain(&mut self, text: &str) -> Result<()> {
        Ok(self.wire.plain(text)?)
    }
}

impl Sql for Postgres {
    fn query(&mut self, sql: &'static str, values: &[Value]) -> Result<Vec<Row>> {
        self.ask(Ask { text: sql, given: Given::Values(values.to_vec()) })
    }

    fn execute(&mut self, sql: &'static str, values: &[Value]) -> Result<u64> {
        self.ahead.clear();
        match self.send([Part::Execute(sql, values.to_vec())])?.pop() {
            Some(Answer::Changed(count)) => Ok(count),
            Some(Answer::Done | Answer::Rows(_)) | None => Err(damaged("the statement has no answer")),
        }
    }

    fn change(&mut self, sql: &'static str, values: &[Value]) -> Result<()> {
        self.write_later(Part::Change(sql, values.to_vec()));
        Ok(())
    }

    fn query_each(&mut self, sql: &'static str, requests: &[RequestId]) -> Result<Vec<Row>> {
        self.ask(Ask { text: sql, given: Given::Requests(requests.to_vec()) })
    }

    fn query_day_each(&mut self, sql: &'static str, day: ServiceDay, texts: &[String]) -> Result<Vec<Row>> {
        self.ask(Ask { text: sql, given: Given::Day(day, texts.to_vec()) })
    }

    fn insert(&mut self, insert: &'static Insert, values: Vec<Value>) -> Result<()> {
        // Rows of one table are one statement, in the order in which the first of each table came: a ticket before what
        // points to it. Nothing is written in front of a change that came before it.
        let table = |part: &&mut Part| matches!(part, Part::Rows(known, _) if std::ptr::eq(*known, insert));
        let rows = self.pending.iter_mut().rev().take_while(|part| matches!(part, Part::Rows(..)));
        match { rows }.find(table) {
            Some(Part::Rows(_, rows)) => rows.push(values),
            Some(Part::Plain(_) | Part::Change(..) | Part::Execute(..) | Part::Ask(_)) | None => {
                self.write_later(Part::Rows(insert, vec![values]));
            }
        }
        Ok(())
    }

    fn ahead(&mut self, asks: &dyn Fn() -> Vec<Ask>) -> Result<()> {
        let mut asks = asks();
        asks.retain(|ask| self.ahead.iter().all(|(known, _)| known != ask));
        let answers = self.send(asks.iter().cloned().map(Part::Ask))?;
        let answers = answers.into_iter().rev().take(asks.len()).rev();
        self.ahead.extend(asks.into_iter().zip(answers).filter_map(|(ask, answer)| match answer {
            Answer::Rows(rows) => Some((ask, rows)),
            Answer::Done | Answer::Changed(_) => None,
        }));
        Ok(())
    }

    fn until_durable(&mut self) -> Result<()> {
        let is_synced = crate::sql::one(self, IS_SYNCED, &[])?.is_some_and(|mut row| row.flag().unwrap_or(false));
        if is_synced { Ok(()) } else { self.plain(SYNC) }
    }
}

impl Writing for Postgres {
    /// Sent with the first statement of the transaction.
    fn begin(&mut self) -> Result<()> {
        self.pending.clear();
        self.ahead.clear();
        if std::mem::take(&mut self.in_transaction) {
            self.plain("ROLLBACK")?;
        }
        self.in_transaction = true;
        self.pending.push(Part::Plain(BEGIN));
        Ok(())
    }

    fn is_in_transaction(&self) -> bool {
        self.in_transaction && !self.wire.client.is_closed()
    }

    fn savepoint(&mut self) -> Result<()> {
        self.pending.push(Part::Plain(SAVEPOINT));
        Ok(())
    }

    fn release(&mut self) -> Result<()> {
        self.send([Part::Plain(RELEASE)]).map(drop)
    }

    fn undo(&mut self) -> Result<()> {
        self.ahead.clear();
        let unsent = self.pending.iter().rposition(|part| matches!(part, Part::Plain(text) if *text == SAVEPOINT));
        if let Some(unsent) = unsent {
            self.pending.truncate(unsent);
            return Ok(());
        }
        self.pending.clear();
        let undone = self.plain(UNDO);
        // Committing a transaction that is broken would undo the others and say nothing.
        self.in_transaction &= undone.is_ok();
        undone
    }

    fn commit(&mut self, tell: Tell) -> Result<()> {
        // By itself: behind a statement that failed, a commit undoes everything and says that it is done.
        self.flush()?;
        self.ahead.clear();
        self.in_transaction = false;
        self.send(commit_and_sync(tell)).map(drop)
    }

    fn commit_written(&mut self, tell: Tell) -> std::result::Result<(), NotCommitted> {
        let written = self.pending.len();
        self.ahead.clear();
        self.in_transaction = false;
        let answers = self.send_each(commit_and_sync(tell)).map_err(NotCommitted::Unknown)?;
        let mut failed = answers.into_iter().enumerate().filter_map(|(at, answer)| Some((at, answer.err()?)));
        let Some((at, error)) = failed.next() else {
            return Ok(());
        };
        // What is left of it is ended by the next begin.
        self.in_transaction = true;
        // Behind a statement that the server refuses, nothing is committed.
        let is_undone = at < written && error.is_refusal();
        Err(if is_undone { NotCommitted::Undone(error) } else { NotCommitted::Unknown(error) })
    }

    fn give_up(&mut self) -> Result<()> {
        self.pending.clear();
        self.ahead.clear();
        self.in_transaction = false;
        self.plain("ROLLBACK")
    }

    fn shares(&self) -> Shares {
        Shares::WithOthers
    }
}

fn commit_and_sync(tell: Tell) -> [Part; 2] {
    let commit = match tell {
        Tell::Others => TELL_AND_COMMIT,
        Tell::Nobody => "COMMIT",
    };
    [Part::Plain(commit), Part::Plain(SYNC)]
}

impl DatabaseError {
    /// Whether the server has answered that it does not do it.
    fn is_refusal(&self) -> bool {
        match self {
            Self::Postgres(error) => error.as_db_error().is_some(),
            Self::Sqlite(_) | Self::Damaged(_) | Self::Lost { .. } => false,
        }
    }

    /// Whether the same work may succeed on a new connection.
    pub(crate) fn is_connection_lost(&self) -> bool {
        match self {
            Self::Postgres(error) => error.is_closed() || error.as_db_error().is_none(),
            Self::Sqlite(_) | Self::Damaged(_) | Self::Lost { .. } => false,
        }
    }
}

impl Postgres {
    /// Asks to be told of events.
    pub(crate) fn listen(&mut self) -> Result<()> {
        self.plain(LISTEN)
    }

    /// The server's process for this connection, by which its messages are known.
    pub(crate) fn backend(&mut self) -> Result<i64> {
        let row = crate::sql::one(self, "SELECT pg_backend_pid()::bigint", &[])?;
        row.ok_or_else(|| damaged("the connection has no process"))?.int()
    }

    /// Waits for a message at most so long; `own` is the [`backend`](Self::backend) of this process's writer.
    pub(crate) fn wait_for_message(&mut self, limit: Duration, own: i64) -> Result<Heard> {
        let Some(first) = self.wire.hear(limit)? else {
            return Ok(Heard::Nothing);
        };
        let mut others = i64::from(first.process_id()) != own;
        // What came with it says the same.
        while let Some(next) = self.wire.heard()? {
            others |= i64::from(next.process_id()) != own;
        }
        Ok(if others { Heard::Others } else { Heard::Own })
    }
}
