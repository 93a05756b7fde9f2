use std::collections::HashMap;
use std::error::Error;
use std::time::Duration;

use fallible_iterator::FallibleIterator;
use postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use postgres::{Client, NoTls, Statement};

use queue_protocol::model::{RequestId, ServiceDay};

use crate::error::OpenError;
use crate::sql::{DatabaseError, Insert, Kind, Result, Row, Shares, Sql, Tell, Value, Writing, damaged};

/// A connection to PostgreSQL with the statements it has prepared.
pub(crate) struct Postgres {
    client: Client,
    prepared: HashMap<&'static str, Statement>,
    in_transaction: bool,
    /// Rows that are to be written, by statement, in the order in which the first of each came: a ticket before what
    /// points to it.
    pending: Vec<(&'static Insert, Vec<Vec<Value>>)>,
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

/// Where processes on one database tell each other that there are events.
pub(crate) const CHANNEL: &str = "tiep_don_event";

impl Postgres {
    pub(crate) fn new(client: Client) -> Self {
        Self { client, prepared: HashMap::new(), in_transaction: false, pending: Vec::new() }
    }

    fn statement(&mut self, sql: &'static str) -> Result<Statement> {
        self.statement_by(sql, |sql| sql.replace('?', "$"))
    }

    /// The prepared statement known as `sql`, in the spelling that `spell` makes of it.
    fn statement_by(&mut self, sql: &'static str, spell: impl FnOnce(&str) -> String) -> Result<Statement> {
        if let Some(known) = self.prepared.get(sql) {
            return Ok(known.clone());
        }
        let statement = self.client.prepare(&spell(sql))?;
        self.prepared.insert(sql, statement.clone());
        Ok(statement)
    }

    /// Writes the rows that wait: one statement a table, however many rows.
    fn flush(&mut self) -> Result<()> {
        for (insert, rows) in std::mem::take(&mut self.pending) {
            let statement = self.statement_by(insert.text, |_| from_arrays(insert))?;
            let columns: Result<Vec<Column<'_>>> =
                insert.columns.iter().enumerate().map(|(at, (_, kind))| Column::of(*kind, &rows, at)).collect();
            let columns = columns?;
            let parameters: Vec<&(dyn ToSql + Sync)> = columns.iter().map(Column::parameter).collect();
            let changed = self.client.execute(&statement, &parameters)?;
            if usize::try_from(changed) != Ok(rows.len()) {
                return Err(DatabaseError::Lost { changed });
            }
        }
        Ok(())
    }
}

/// The statement that writes any number of rows: one array a column.
fn from_arrays(insert: &Insert) -> String {
    let names: Vec<&str> = insert.columns.iter().map(|(name, _)| *name).collect();
    let kind = |kind: &Kind| match kind {
        Kind::Int => "bigint",
        Kind::Text => "text",
        Kind::Bytes => "bytea",
    };
    let arrays: Vec<String> = (1..).zip(insert.columns).map(|(n, (_, of))| format!("${n}::{}[]", kind(of))).collect();
    format!("INSERT INTO {} ({}) SELECT * FROM unnest({})", insert.table, names.join(", "), arrays.join(", "))
}

/// One column of rows that are written together.
enum Column<'a> {
    Ints(Vec<Option<i64>>),
    Texts(Vec<Option<&'a str>>),
    Bytes(Vec<Option<&'a [u8]>>),
}

impl<'a> Column<'a> {
    fn of(kind: Kind, rows: &'a [Vec<Value>], at: usize) -> Result<Self> {
        let cells = rows.iter().map(|row| row.get(at).unwrap_or(&Value::Null));
        Ok(match kind {
            Kind::Int => Self::Ints(cells.map(Value::int).collect::<Result<_>>()?),
            Kind::Text => Self::Texts(cells.map(Value::text).collect::<Result<_>>()?),
            Kind::Bytes => Self::Bytes(cells.map(Value::bytes).collect::<Result<_>>()?),
        })
    }

    fn parameter(&self) -> &(dyn ToSql + Sync) {
        match self {
            Self::Ints(cells) => cells,
            Self::Texts(cells) => cells,
            Self::Bytes(cells) => cells,
        }
    }
}

impl ToSql for Value {
    fn to_sql(
        &self,
        kind: &Type,
        out: &mut bytes::BytesMut,
    ) -> std::result::Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Int(value) => value.to_sql(kind, out),
            Self::Text(text) => text.to_sql(kind, out),
            Self::Bytes(bytes) => bytes.to_sql(kind, out),
        }
    }

    fn accepts(kind: &Type) -> bool {
        [Type::INT8, Type::TEXT, Type::BYTEA].contains(kind)
    }

    to_sql_checked!();
}

fn parameters(values: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    values.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}

impl Sql for Postgres {
    fn query(&mut self, sql: &'static str, values: &[Value]) -> Result<Vec<Row>> {
        self.flush()?;
        let statement = self.statement(sql)?;
        rows(&self.client.query(&statement, &parameters(values))?)
    }

    fn execute(&mut self, sql: &'static str, values: &[Value]) -> Result<u64> {
        self.flush()?;
        let statement = self.statement(sql)?;
        Ok(self.client.execute(&statement, &parameters(values))?)
    }

    fn query_each(&mut self, sql: &'static str, requests: &[RequestId]) -> Result<Vec<Row>> {
        self.flush()?;
        let statement = self.statement_by(sql, |sql| sql.replace("= ?1", "= ANY($1)"))?;
        let requests: Vec<[u8; 16]> = requests.iter().map(|request| request.into_bytes()).collect();
        let requests: Vec<&[u8]> = requests.iter().map(<[u8; 16]>::as_slice).collect();
        rows(&self.client.query(&statement, &[&requests])?)
    }

    fn query_day_each(&mut self, sql: &'static str, day: ServiceDay, texts: &[String]) -> Result<Vec<Row>> {
        self.flush()?;
        let statement = self.statement_by(sql, |sql| {
            let one = sql.replace("?1", "$1").replace("?2", "wanted.cell");
            format!("SELECT found.* FROM unnest($2::text[]) AS wanted (cell) CROSS JOIN LATERAL ({one}) AS found")
        })?;
        rows(&self.client.query(&statement, &[&day.to_string(), &texts])?)
    }

    fn insert(&mut self, insert: &'static Insert, values: Vec<Value>) -> Result<()> {
        match self.pending.iter_mut().find(|(known, _)| std::ptr::eq(*known, insert)) {
            Some((_, rows)) => rows.push(values),
            None => self.pending.push((insert, vec![values])),
        }
        Ok(())
    }
}

fn rows(found: &[postgres::Row]) -> Result<Vec<Row>> {
    found.iter().map(|row| (0..row.len()).map(|at| cell(row, at)).collect::<Result<_>>().map(Row::new)).collect()
}

fn cell(row: &postgres::Row, at: usize) -> Result<Value> {
    let kind = row.columns().get(at).map(postgres::Column::type_);
    Ok(match kind {
        Some(&Type::INT8) => row.try_get::<_, Option<i64>>(at)?.into(),
        Some(&Type::TEXT) => row.try_get::<_, Option<String>>(at)?.into(),
        Some(&Type::BYTEA) => row.try_get::<_, Option<Vec<u8>>>(at)?.map_or(Value::Null, Value::Bytes),
        other => return Err(damaged(format!("no column of ours has the type {other:?}"))),
    })
}

impl Writing for Postgres {
    /// Waits for the other processes' turn: the row is locked until the commit, so events become visible in the order
    /// of their sequence numbers and none is ever seen before the one in front of it.
    fn begin(&mut self) -> Result<()> {
        self.pending.clear();
        if self.in_transaction {
            self.in_transaction = false;
            self.client.batch_execute("ROLLBACK")?;
        }
        self.in_transaction = true;
        Ok(self.client.batch_execute("BEGIN; SELECT id FROM log_identity WHERE one = 1 FOR UPDATE")?)
    }

    fn is_in_transaction(&self) -> bool {
        self.in_transaction && !self.client.is_closed()
    }

    fn savepoint(&mut self) -> Result<()> {
        Ok(self.client.batch_execute("SAVEPOINT command")?)
    }

    fn release(&mut self) -> Result<()> {
        self.flush()?;
        Ok(self.client.batch_execute("RELEASE SAVEPOINT command")?)
    }

    fn undo(&mut self) -> Result<()> {
        self.pending.clear();
        let undone = self.client.batch_execute("ROLLBACK TO SAVEPOINT command; RELEASE SAVEPOINT command");
        // Committing a transaction that is broken would undo the others and say nothing.
        self.in_transaction &= undone.is_ok();
        Ok(undone?)
    }

    fn commit(&mut self, tell: Tell) -> Result<()> {
        self.flush()?;
        self.in_transaction = false;
        match tell {
            Tell::Others => Ok(self.client.batch_execute(&format!("NOTIFY {CHANNEL}; COMMIT"))?),
            Tell::Nobody => Ok(self.client.batch_execute("COMMIT")?),
        }
    }

    fn shares(&self) -> Shares {
        Shares::WithOthers
    }
}

impl DatabaseError {
    /// Whether the same work may succeed on a new connection.
    pub(crate) fn is_connection_lost(&self) -> bool {
        match self {
            Self::Postgres(error) => error.is_closed() || error.as_db_error().is_none(),
            Self::Sqlite(_) | Self::Damaged(_) | Self::Lost { .. } => false,
        }
    }
}

/// Where a PostgreSQL database is: `postgresql://user@host/name` or `host=/run/postgresql user=queue dbname=queue`.
#[derive(Clone)]
pub struct PostgresAddress(postgres::Config);

impl std::fmt::Debug for PostgresAddress {
    /// Without the password, should there be one.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PostgresAddress({:?} {:?})", self.0.get_hosts(), self.0.get_dbname())
    }
}

impl std::str::FromStr for PostgresAddress {
    type Err = postgres::Error;

    fn from_str(text: &str) -> std::result::Result<Self, postgres::Error> {
        text.parse().map(Self)
    }
}

/// For a connection to stand.
const CONNECT_LIMIT: Duration = Duration::from_secs(3);

/// On every connection. A process that stands still in a transaction loses it, so that the others go on. Each statement
/// is planned once, perhaps while the tables are empty and the whole of one seems cheaper to read than its index: each
/// has an index, and is to use it.
const SETTINGS: &str = "SET lock_timeout = '3s'; SET statement_timeout = '5s';
    SET idle_in_transaction_session_timeout = '5s'; SET synchronous_commit = on; SET client_min_messages = warning;
    SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET jit = off";

/// Schema steps, oldest first, as for SQLite.
const MIGRATIONS: &[(&str, &str)] = &[
    ("lines, steps, audit", include_str!("../migrations/postgres/0001_queue.sql")),
    ("offline series, help, devices", include_str!("../migrations/postgres/0002_offline_help_devices.sql")),
    ("access", include_str!("../migrations/postgres/0003_access.sql")),
    ("clinic versions", include_str!("../migrations/postgres/0004_clinic_versions.sql")),
    ("no identity", include_str!("../migrations/postgres/0005_no_identity.sql")),
    ("lighter writes", include_str!("../migrations/postgres/0006_lighter_writes.sql")),
];

/// "TIEP": only one process at a time looks after the schema.
const SCHEMA_LOCK: i64 = 0x5449_4550;

/// Connects.
pub(crate) fn connect(address: &PostgresAddress) -> std::result::Result<Postgres, OpenError> {
    let mut config = address.0.clone();
    config.application_name("tiep-don").connect_timeout(CONNECT_LIMIT).tcp_user_timeout(CONNECT_LIMIT);
    let open = || -> Result<Client> {
        let mut client = config.connect(NoTls)?;
        client.batch_execute(SETTINGS)?;
        Ok(client)
    };
    Ok(Postgres::new(open()?))
}

/// Connects and brings the schema up to date.
pub(crate) fn open(address: &PostgresAddress) -> std::result::Result<Postgres, OpenError> {
    let mut connection = connect(address)?;
    let client = &mut connection.client;
    let mut transaction = client.transaction().map_err(DatabaseError::from)?;
    migrate(&mut transaction)?;
    transaction.commit().map_err(DatabaseError::from)?;
    Ok(connection)
}

fn migrate(transaction: &mut postgres::Transaction<'_>) -> std::result::Result<(), OpenError> {
    let known = u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX);
    let (found, opens_from) = found_schema(transaction)?;
    if opens_from > known {
        return Err(OpenError::TooNew { found, known });
    }
    let mut apply = || -> Result<()> {
        for (step, (name, text)) in (1_i64..).zip(MIGRATIONS).skip(usize::try_from(found).unwrap_or(usize::MAX)) {
            transaction.batch_execute(text)?;
            transaction.execute("INSERT INTO schema_step VALUES ($1, $2, $1)", &[&step, name])?;
        }
        // A database that was copied or restored lives elsewhere than it did: its log is another one.
        transaction.batch_execute(
            "WITH here AS (
                 SELECT (SELECT system_identifier FROM pg_control_system()) || '/' || oid AS place
                 FROM pg_database WHERE datname = current_database()
             )
             UPDATE log_identity SET lives_in = here.place, id = CASE WHEN lives_in = '' THEN id ELSE
                 ('x' || replace(left(gen_random_uuid()::text, 18), '-', ''))::bit(64)::bigint END
             FROM here WHERE lives_in <> here.place",
        )?;
        Ok(())
    };
    Ok(apply()?)
}

/// The schema there is, and the oldest a program must know to work on it.
fn found_schema(transaction: &mut postgres::Transaction<'_>) -> Result<(u32, u32)> {
    transaction.execute("SELECT pg_advisory_xact_lock($1)", &[&SCHEMA_LOCK])?;
    transaction.batch_execute(
        "CREATE TABLE IF NOT EXISTS schema_step (
             step BIGINT PRIMARY KEY, name TEXT NOT NULL, opens_from BIGINT NOT NULL
         )",
    )?;
    let text = "SELECT coalesce(max(step), 0), coalesce(max(opens_from), 0) FROM schema_step";
    let row = transaction.query_one(text, &[])?;
    let number = |at: usize| -> Result<u32> { u32::try_from(row.try_get::<_, i64>(at)?).map_err(damaged) };
    Ok((number(0)?, number(1)?))
}

impl Postgres {
    /// Asks to be told of events.
    pub(crate) fn listen(&mut self) -> Result<()> {
        Ok(self.client.batch_execute(&format!("LISTEN {CHANNEL}"))?)
    }

    /// The server's process for this connection, by which its messages are known.
    pub(crate) fn backend(&mut self) -> Result<i64> {
        let row = crate::sql::one(self, "SELECT pg_backend_pid()::bigint", &[])?;
        row.ok_or_else(|| damaged("the connection has no process"))?.int()
    }

    /// Waits for a message at most so long; `own` is the [`backend`](Self::backend) of this process's writer.
    pub(crate) fn wait_for_message(&mut self, limit: Duration, own: i64) -> Result<Heard> {
        let mut notifications = self.client.notifications();
        let Some(first) = notifications.timeout_iter(limit).next()? else {
            return Ok(Heard::Nothing);
        };
        let mut others = i64::from(first.process_id()) != own;
        // What came with it says the same.
        while let Some(next) = notifications.iter().next()? {
            others |= i64::from(next.process_id()) != own;
        }
        Ok(if others { Heard::Others } else { Heard::Own })
    }
}
