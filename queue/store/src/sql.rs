//! One SQL for two databases: the statements of this crate run unchanged on SQLite and on PostgreSQL.
//!
//! They keep to what both understand: `?1` parameters (each database's own spelling is made from it), BIGINT, TEXT and
//! byte columns, no sorting of NULL, no function that only one of them has. Where a round trip to the server is what
//! costs, a statement says so ([`Sql::query_each`], [`Sql::ahead`], [`Sql::insert`], [`Sql::change`]) and PostgreSQL
//! takes many at once.

use std::error::Error;
use std::str::FromStr;

use queue_protocol::model::{RequestId, ServiceDay, UnixMillis};

/// Why a database did not do its part.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// SQLite said so.
    #[error("SQLite failed")]
    Sqlite(#[from] rusqlite::Error),
    /// PostgreSQL said so, or it cannot be reached.
    #[error("PostgreSQL failed")]
    Postgres(#[from] tokio_postgres::Error),
    /// A row is no value of ours.
    #[error("a row is damaged")]
    Damaged(#[source] Box<dyn Error + Send + Sync>),
    /// A compare-and-set found another value than the one read before.
    #[error("expected to change one row, changed {changed}")]
    Lost {
        /// Rows that were changed.
        changed: u64,
    },
}

pub(crate) type Result<T> = std::result::Result<T, DatabaseError>;

pub(crate) fn damaged(cause: impl Into<Box<dyn Error + Send + Sync>>) -> DatabaseError {
    DatabaseError::Damaged(cause.into())
}

/// A parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Null,
    Int(i64),
    Text(String),
    Bytes(Vec<u8>),
}

impl Value {
    /// The cell of an integer column.
    pub(crate) fn int(&self) -> Result<Option<i64>> {
        match self {
            Self::Null => Ok(None),
            Self::Int(value) => Ok(Some(*value)),
            Self::Text(_) | Self::Bytes(_) => Err(unexpected("an integer", self)),
        }
    }

    /// The cell of a text column.
    pub(crate) fn text(&self) -> Result<Option<&str>> {
        match self {
            Self::Null => Ok(None),
            Self::Text(text) => Ok(Some(text)),
            Self::Int(_) | Self::Bytes(_) => Err(unexpected("a text", self)),
        }
    }

    /// The cell of a column of bytes.
    pub(crate) fn bytes(&self) -> Result<Option<&[u8]>> {
        match self {
            Self::Null => Ok(None),
            Self::Bytes(bytes) => Ok(Some(bytes)),
            Self::Int(_) | Self::Text(_) => Err(unexpected("bytes", self)),
        }
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<u32> for Value {
    fn from(value: u32) -> Self {
        Self::Int(value.into())
    }
}

impl From<u16> for Value {
    fn from(value: u16) -> Self {
        Self::Int(value.into())
    }
}

impl From<UnixMillis> for Value {
    fn from(value: UnixMillis) -> Self {
        Self::Int(value.0)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<RequestId> for Value {
    fn from(value: RequestId) -> Self {
        Self::Bytes(value.into_bytes().to_vec())
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// `values![a, b]`: parameters of a statement.
macro_rules! values {
    ($($value:expr),* $(,)?) => { &[$($crate::sql::Value::from($value)),*] };
}
pub(crate) use values;

/// `row![a, b]`: the cells of a row.
macro_rules! row {
    ($($value:expr),* $(,)?) => { vec![$($crate::sql::Value::from($value)),*] };
}
pub(crate) use row;

/// One row; its cells are taken from left to right.
pub(crate) struct Row(std::vec::IntoIter<Value>);

impl Row {
    pub(crate) fn new(cells: Vec<Value>) -> Self {
        Self(cells.into_iter())
    }

    fn cell(&mut self) -> Result<Value> {
        self.0.next().ok_or_else(|| damaged("the row has too few columns"))
    }

    pub(crate) fn int(&mut self) -> Result<i64> {
        match self.cell()? {
            Value::Int(value) => Ok(value),
            other @ (Value::Null | Value::Text(_) | Value::Bytes(_)) => Err(unexpected("an integer", &other)),
        }
    }

    /// A 0 or a 1.
    pub(crate) fn flag(&mut self) -> Result<bool> {
        Ok(self.int()? != 0)
    }

    pub(crate) fn optional_int(&mut self) -> Result<Option<i64>> {
        match self.cell()? {
            Value::Null => Ok(None),
            Value::Int(value) => Ok(Some(value)),
            other @ (Value::Text(_) | Value::Bytes(_)) => Err(unexpected("an integer", &other)),
        }
    }

    /// An integer of another width.
    pub(crate) fn number<T: TryFrom<i64>>(&mut self) -> Result<T>
    where
        T::Error: Error + Send + Sync + 'static,
    {
        T::try_from(self.int()?).map_err(damaged)
    }

    pub(crate) fn millis(&mut self) -> Result<UnixMillis> {
        self.int().map(UnixMillis)
    }

    pub(crate) fn text(&mut self) -> Result<String> {
        match self.cell()? {
            Value::Text(value) => Ok(value),
            other @ (Value::Null | Value::Int(_) | Value::Bytes(_)) => Err(unexpected("a text", &other)),
        }
    }

    pub(crate) fn parsed<T: FromStr>(&mut self) -> Result<T>
    where
        T::Err: Error + Send + Sync + 'static,
    {
        self.text()?.parse().map_err(damaged)
    }

    /// A parsed text; `None` for `''` and NULL.
    pub(crate) fn optional<T: FromStr>(&mut self) -> Result<Option<T>>
    where
        T::Err: Error + Send + Sync + 'static,
    {
        match self.cell()? {
            Value::Null => Ok(None),
            Value::Text(text) if text.is_empty() => Ok(None),
            Value::Text(text) => text.parse().map(Some).map_err(damaged),
            other @ (Value::Int(_) | Value::Bytes(_)) => Err(unexpected("a text", &other)),
        }
    }

    pub(crate) fn request(&mut self) -> Result<RequestId> {
        match self.cell()? {
            Value::Bytes(bytes) => {
                let bytes = bytes.try_into().map_err(|_| damaged("a request id has 16 bytes"))?;
                Ok(RequestId::from_bytes(bytes))
            }
            other @ (Value::Null | Value::Int(_) | Value::Text(_)) => Err(unexpected("bytes", &other)),
        }
    }
}

fn unexpected(expected: &str, got: &Value) -> DatabaseError {
    let got = match got {
        Value::Null => "NULL",
        Value::Int(_) => "an integer",
        Value::Text(_) => "a text",
        Value::Bytes(_) => "bytes",
    };
    damaged(format!("expected {expected}, got {got}"))
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Int,
    Text,
    Bytes,
}

/// A statement that writes one row: where, and its columns.
#[derive(Debug)]
pub(crate) struct Insert {
    pub(crate) table: &'static str,
    /// The statement with one `?` a column.
    pub(crate) text: &'static str,
    pub(crate) columns: &'static [(&'static str, Kind)],
}

/// `insert!("table": first Int, second Text, …)`: an [`Insert`].
macro_rules! insert {
    ($table:literal: $first:ident $first_kind:ident $(, $column:ident $kind:ident)* $(,)?) => {
        $crate::sql::Insert {
            table: $table,
            text: concat!(
                "INSERT INTO ", $table, " (", stringify!($first) $(, ", ", stringify!($column))*, ") VALUES (?"
                $(, $crate::sql::insert!(@mark $column))*, ")"
            ),
            columns: &[
                (stringify!($first), $crate::sql::Kind::$first_kind)
                $(, (stringify!($column), $crate::sql::Kind::$kind))*
            ],
        }
    };
    (@mark $column:ident) => { ", ?" };
}
pub(crate) use insert;

/// A question to come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ask {
    pub(crate) text: &'static str,
    pub(crate) given: Given,
}

/// What a question is asked with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Given {
    /// As [`Sql::query`].
    Values(Vec<Value>),
    /// As [`Sql::query_each`].
    Requests(Vec<RequestId>),
    /// As [`Sql::query_day_each`].
    Day(ServiceDay, Vec<String>),
}

impl Ask {
    /// A question to [`Sql::query`].
    pub(crate) fn new(text: &'static str, values: &[Value]) -> Self {
        Self { text, given: Given::Values(values.to_vec()) }
    }
}

/// A connection that runs statements.
pub(crate) trait Sql {
    fn query(&mut self, sql: &'static str, values: &[Value]) -> Result<Vec<Row>>;
    fn execute(&mut self, sql: &'static str, values: &[Value]) -> Result<u64>;
    /// Changes exactly one row, at the latest before the next query or the end of the command: what it fails with may
    /// come then.
    fn change(&mut self, sql: &'static str, values: &[Value]) -> Result<()>;
    /// The rows of a statement whose one parameter is a request, for each of `requests`, in any order.
    fn query_each(&mut self, sql: &'static str, requests: &[RequestId]) -> Result<Vec<Row>>;
    /// The rows of a statement for one service day (`?1`) and each of some texts (`?2`), in any order. Its columns have
    /// different names.
    fn query_day_each(&mut self, sql: &'static str, day: ServiceDay, texts: &[String]) -> Result<Vec<Row>>;
    /// Writes a row, at the latest before the next query or the end of the command: what it fails with may come then.
    fn insert(&mut self, insert: &'static Insert, values: Vec<Value>) -> Result<()>;
    /// Says what will be asked before the next write, so that a server is asked all of it at once. Who need not be asked
    /// from afar does not look at it.
    fn ahead(&mut self, _asks: &dyn Fn() -> Vec<Ask>) -> Result<()> {
        Ok(())
    }
    /// Returns once everything that was read on this connection is on disk, and may be told. Not in a transaction.
    fn until_durable(&mut self) -> Result<()> {
        // On SQLite nobody sees what is not on disk.
        Ok(())
    }
}

/// The only row, if there is one.
pub(crate) fn one(sql: &mut dyn Sql, text: &'static str, values: &[Value]) -> Result<Option<Row>> {
    Ok(sql.query(text, values)?.into_iter().next())
}

/// A connection that writes, in transactions of its own.
pub(crate) trait Writing: Sql + Send {
    /// Begins a transaction that nobody else writes beside.
    fn begin(&mut self) -> Result<()>;
    /// Whether the transaction is still there: some failures end it.
    fn is_in_transaction(&self) -> bool;
    /// Marks where one command begins.
    fn savepoint(&mut self) -> Result<()>;
    /// Keeps what the command did.
    fn release(&mut self) -> Result<()>;
    /// Undoes what the command did.
    fn undo(&mut self) -> Result<()>;
    /// Commits, and returns once that is on disk; where others listen, they are told when `told` is `Tell::Others`.
    fn commit(&mut self, tell: Tell) -> Result<()>;
    /// Sends what was not sent yet and commits, at once.
    fn commit_written(&mut self, tell: Tell) -> std::result::Result<(), NotCommitted> {
        self.commit(tell).map_err(NotCommitted::Unknown)
    }
    /// Ends the transaction without anything that was done in it.
    fn give_up(&mut self) -> Result<()>;
    /// Whether other processes may have written since the last transaction.
    fn shares(&self) -> Shares;
}

/// Why a transaction is not known to be committed.
pub(crate) enum NotCommitted {
    /// A write was refused, and nothing of it is there.
    Undone(DatabaseError),
    /// Nobody knows.
    Unknown(DatabaseError),
}

/// Whether a commit is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tell {
    Others,
    Nobody,
}

/// Who writes to the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shares {
    /// This process alone.
    WithNobody,
    /// Any number of processes.
    WithOthers,
}
