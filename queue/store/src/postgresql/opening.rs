//! Where a database is, and its schema.

use std::time::Duration;

use super::Postgres;
use super::wire::Wire;
use crate::error::OpenError;
use crate::sql::{Result, Sql, damaged, one, values};

/// Where a PostgreSQL database is: `postgresql://user@host/name` or `host=/run/postgresql user=queue dbname=queue`.
#[derive(Clone)]
pub struct PostgresAddress(tokio_postgres::Config);

impl std::fmt::Debug for PostgresAddress {
    /// Without the password, should there be one.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PostgresAddress({:?} {:?})", self.0.get_hosts(), self.0.get_dbname())
    }
}

impl std::str::FromStr for PostgresAddress {
    type Err = tokio_postgres::Error;

    fn from_str(text: &str) -> std::result::Result<Self, tokio_postgres::Error> {
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
    ("lines, steps, audit", include_str!("../../migrations/postgres/0001_queue.sql")),
    ("offline series, help, devices", include_str!("../../migrations/postgres/0002_offline_help_devices.sql")),
    ("access", include_str!("../../migrations/postgres/0003_access.sql")),
    ("clinic versions", include_str!("../../migrations/postgres/0004_clinic_versions.sql")),
    ("no identity", include_str!("../../migrations/postgres/0005_no_identity.sql")),
    ("lighter writes", include_str!("../../migrations/postgres/0006_lighter_writes.sql")),
];

/// Only one process at a time looks after the schema. The number is "TIEP".
const LOCK_SCHEMA: &str = "BEGIN; SELECT pg_advisory_xact_lock(1414088016);
    CREATE TABLE IF NOT EXISTS schema_step (
        step BIGINT PRIMARY KEY, name TEXT NOT NULL, opens_from BIGINT NOT NULL
    )";

/// A database that was copied or restored lives elsewhere than it did: its log is another one.
const KNOW_THE_PLACE: &str = "WITH here AS (
        SELECT (SELECT system_identifier FROM pg_control_system()) || '/' || oid AS place
        FROM pg_database WHERE datname = current_database()
    )
    UPDATE log_identity SET lives_in = here.place, id = CASE WHEN lives_in = '' THEN id ELSE
        ('x' || replace(left(gen_random_uuid()::text, 18), '-', ''))::bit(64)::bigint END
    FROM here WHERE lives_in <> here.place";

/// Connects.
pub(crate) fn connect(address: &PostgresAddress) -> std::result::Result<Postgres, OpenError> {
    let mut config = address.0.clone();
    config.application_name("tiep-don").connect_timeout(CONNECT_LIMIT).tcp_user_timeout(CONNECT_LIMIT);
    let mut connection = Postgres::new(Wire::connect(&config)?);
    connection.plain(SETTINGS)?;
    Ok(connection)
}

/// Connects and brings the schema up to date. What fails leaves the connection to be closed, which undoes it.
pub(crate) fn open(address: &PostgresAddress) -> std::result::Result<Postgres, OpenError> {
    let mut connection = connect(address)?;
    let known = u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX);
    connection.plain(LOCK_SCHEMA)?;
    let (found, opens_from) = found_schema(&mut connection)?;
    if opens_from > known {
        return Err(OpenError::TooNew { found, known });
    }
    migrate(&mut connection, found)?;
    connection.plain("COMMIT")?;
    Ok(connection)
}

fn migrate(connection: &mut Postgres, found: u32) -> Result<()> {
    for (step, (name, text)) in (1_i64..).zip(MIGRATIONS).skip(usize::try_from(found).unwrap_or(usize::MAX)) {
        connection.plain(text)?;
        connection
            .execute("INSERT INTO schema_step (step, name, opens_from) VALUES (?1, ?2, ?1)", values![step, *name])?;
    }
    connection.plain(KNOW_THE_PLACE)
}

/// The schema there is, and the oldest a program must know to work on it.
fn found_schema(connection: &mut Postgres) -> Result<(u32, u32)> {
    let text = "SELECT coalesce(max(step), 0), coalesce(max(opens_from), 0) FROM schema_step";
    let mut row = one(connection, text, &[])?.ok_or_else(|| damaged("the schema has no steps"))?;
    Ok((row.number()?, row.number()?))
}
