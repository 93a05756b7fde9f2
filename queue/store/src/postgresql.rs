use std::collections::HashMap;
use std::error::Error;
use std::time::Duration;

use fallible_iterator::FallibleIterator;
use postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use postgres::{Client, NoTls, Statement};

use crate::error::OpenError;
use crate::sql::{DatabaseError, Result, Row, Shares, Sql, Tell, Value, Writing, damaged};

/// A connection to PostgreSQL with the statements it has prepared.
pub(crate) struct Postgres {
    client: Client,
    prepared: HashMap<&'static str, Statement>,
    in_transaction: bool,
}

/// Where processes on one database tell each other that there are events.
pub(crate) const CHANNEL: &str = "tiep_don_event";

impl Postgres {
    pub(crate) fn new(client: Client) -> Self {
        Self { client, prepared: HashMap::new(), in_transaction: false }
    }

    fn statement(&mut self, sql: &'static str) -> Result<Statement> {
        if let Some(known) = self.prepared.get(sql) {
            return Ok(known.clone());
        }
        let statement = self.client.prepare(&sql.replace('?', "$"))?;
        self.prepared.insert(sql, statement.clone());
        Ok(statement)
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
        let statement = self.statement(sql)?;
        let rows = self.client.query(&statement, &parameters(values))?;
        rows.iter().map(|row| (0..row.len()).map(|at| cell(row, at)).collect::<Result<_>>().map(Row::new)).collect()
    }

    fn execute(&mut self, sql: &'static str, values: &[Value]) -> Result<u64> {
        let statement = self.statement(sql)?;
        Ok(self.client.execute(&statement, &parameters(values))?)
    }
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
        if self.in_transaction {
            self.in_transaction = false;
            self.client.batch_execute("ROLLBACK")?;
        }
        self.client.batch_execute("BEGIN")?;
        self.in_transaction = true;
        self.query("SELECT id FROM log_identity WHERE one = 1 FOR UPDATE", &[]).map(drop)
    }

    fn is_in_transaction(&self) -> bool {
        self.in_transaction && !self.client.is_closed()
    }

    fn savepoint(&mut self) -> Result<()> {
        Ok(self.client.batch_execute("SAVEPOINT command")?)
    }

    fn release(&mut self) -> Result<()> {
        Ok(self.client.batch_execute("RELEASE SAVEPOINT command")?)
    }

    fn undo(&mut self) -> Result<()> {
        let undone = self.client.batch_execute("ROLLBACK TO SAVEPOINT command; RELEASE SAVEPOINT command");
        // Committing a transaction that is broken would undo the others and say nothing.
        self.in_transaction &= undone.is_ok();
        Ok(undone?)
    }

    fn commit(&mut self, tell: Tell) -> Result<()> {
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

/// On every connection. A process that stands still in a transaction loses it, so that the others go on.
const SETTINGS: &str = "SET lock_timeout = '3s'; SET statement_timeout = '5s';
    SET idle_in_transaction_session_timeout = '5s'; SET synchronous_commit = on; SET client_min_messages = warning";

/// Schema steps, oldest first, as for SQLite.
const MIGRATIONS: &[(&str, &str)] = &[
    ("lines, steps, audit", include_str!("../migrations/postgres/0001_queue.sql")),
    ("offline series, help, devices", include_str!("../migrations/postgres/0002_offline_help_devices.sql")),
    ("access", include_str!("../migrations/postgres/0003_access.sql")),
    ("clinic versions", include_str!("../migrations/postgres/0004_clinic_versions.sql")),
    ("no identity", include_str!("../migrations/postgres/0005_no_identity.sql")),
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

    /// Waits for a message at most so long; `true` when at least one came.
    pub(crate) fn wait_for_message(&mut self, limit: Duration) -> Result<bool> {
        let mut notifications = self.client.notifications();
        let first = notifications.timeout_iter(limit).next()?;
        // What came with it says the same.
        while notifications.iter().next()?.is_some() {}
        Ok(first.is_some())
    }
}
