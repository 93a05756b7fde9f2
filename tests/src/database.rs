//! What the queue service's database says, read beside the running service.

use std::path::Path;

use anyhow::{Context, Result};
use rusqlite::{Connection, OpenFlags};

/// One ticket as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredTicket {
    /// The request that issued it, as a hyphenated UUID.
    pub request: String,
    /// What is printed.
    pub number: String,
    /// `waiting`, `called`, `in_room`, `done`, `voided`, …
    pub state: String,
}

/// All tickets, oldest first.
///
/// # Errors
/// The database cannot be read.
pub fn tickets(database: &Path) -> Result<Vec<StoredTicket>> {
    let connection = open(database)?;
    let mut query = connection.prepare("SELECT request, series, ordinal, state FROM ticket ORDER BY id")?;
    let rows = query.query_map([], |row| {
        let request: [u8; 16] = row.get(0)?;
        let (series, ordinal): (String, u16) = (row.get(1)?, row.get(2)?);
        let request = uuid::Uuid::from_bytes(request).to_string();
        Ok(StoredTicket { request, number: format!("{series}-{ordinal:03}"), state: row.get(3)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Numbers of tickets in one state, oldest first.
///
/// # Errors
/// The database cannot be read.
pub fn numbers(database: &Path, state: &str) -> Result<Vec<String>> {
    let tickets = tickets(database)?;
    Ok(tickets.into_iter().filter(|ticket| ticket.state == state).map(|ticket| ticket.number).collect())
}

/// Numbers in the order in which they were called, one a call.
///
/// # Errors
/// The database cannot be read.
pub fn calls(database: &Path) -> Result<Vec<String>> {
    let connection = open(database)?;
    let mut query = connection
        .prepare("SELECT series, ordinal FROM call JOIN ticket ON ticket.id = call.ticket ORDER BY call.id")?;
    let rows = query.query_map([], |row| {
        let (series, ordinal): (String, u16) = (row.get(0)?, row.get(1)?);
        Ok(format!("{series}-{ordinal:03}"))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn open(database: &Path) -> Result<Connection> {
    Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY)
        .with_context(|| format!("cannot open {}", database.display()))
}
