use std::sync::Arc;

use queue_protocol::board::{Board, BoardEvent};
use queue_protocol::model::{RequestId, ServiceDay, ZoneId};
use rusqlite::{Connection, OptionalExtension, Result, params};

use crate::rows;

/// Most events one read gives.
pub const EVENTS_PER_READ_MAX: u32 = 256;

/// An event that a command has written, before and after its commit.
#[derive(Debug, Clone)]
pub(crate) struct Written {
    pub(crate) zone: ZoneId,
    pub(crate) event: Arc<BoardEvent>,
}

/// What an event row points to.
pub(crate) struct EventRow<'a> {
    pub(crate) kind: &'static str,
    pub(crate) ticket: i64,
    pub(crate) call: Option<i64>,
    pub(crate) from_state: Option<&'static str>,
    pub(crate) zone: &'a str,
    pub(crate) day: ServiceDay,
}

/// Appends to the zone's log and gives the sequence number.
pub(crate) fn append(connection: &Connection, row: &EventRow<'_>) -> Result<u64> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO event (zone, seq, day, kind, ticket, call, from_state)
         VALUES (?1, (SELECT coalesce(max(seq), 0) + 1 FROM event WHERE zone = ?1), ?2, ?3, ?4, ?5, ?6)
         RETURNING seq",
    )?;
    let day = row.day.to_string();
    let seq: i64 = insert
        .query_row(params![row.zone, day, row.kind, row.ticket, row.call, row.from_state], |found| found.get(0))?;
    u64::try_from(seq).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(0, seq))
}

const SELECT: &str = "SELECT event.seq, event.day, event.kind, event.from_state, ticket.service, ticket.series,
        ticket.ordinal, call.room, call.room_name, call.called_at
     FROM event JOIN ticket ON ticket.id = event.ticket LEFT JOIN call ON call.id = event.call";

/// Events after `seq`, oldest first.
pub(crate) fn after(connection: &Connection, zone: &ZoneId, seq: u64, limit: u32) -> Result<Vec<BoardEvent>> {
    let sql = format!("{SELECT} WHERE event.zone = ?1 AND event.seq > ?2 ORDER BY event.seq LIMIT ?3");
    let mut select = connection.prepare_cached(&sql)?;
    let seq = i64::try_from(seq).unwrap_or(i64::MAX);
    select.query_map(params![zone.as_str(), seq, limit.min(EVENTS_PER_READ_MAX)], rows::event)?.collect()
}

/// The service day of one event.
pub(crate) fn day_of(connection: &Connection, zone: &ZoneId, seq: u64) -> Result<Option<ServiceDay>> {
    let sql = format!("{SELECT} WHERE event.zone = ?1 AND event.seq = ?2");
    let mut select = connection.prepare_cached(&sql)?;
    let Ok(seq) = i64::try_from(seq) else {
        return Ok(None);
    };
    let event = select.query_row(params![zone.as_str(), seq], rows::event).optional()?;
    Ok(event.map(|event| event.day))
}

/// The board of the newest service day in the zone's log, folded from that day's events; `fallback` is the day of a
/// zone without events.
pub(crate) fn fold(connection: &Connection, empty: Board) -> Result<Board> {
    let zone = empty.zone.clone();
    let mut board = empty;
    let first: Option<(String, i64)> = connection
        .query_row(
            "SELECT day, min(seq) FROM event WHERE zone = ?1 AND day = (SELECT max(day) FROM event WHERE zone = ?1)
             GROUP BY day",
            [zone.as_str()],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    let Some((day, first)) = first else {
        return Ok(board);
    };
    let broken = |error: Box<dyn std::error::Error + Send + Sync>| {
        rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, error)
    };
    board.day = day.parse().map_err(|error| broken(Box::new(error)))?;
    board.seq = u64::try_from(first - 1).map_err(|error| broken(Box::new(error)))?;
    loop {
        let events = after(connection, &zone, board.seq, EVENTS_PER_READ_MAX)?;
        if events.is_empty() {
            return Ok(board);
        }
        for event in &events {
            board.apply(event).map_err(|gap| broken(Box::new(gap)))?;
        }
    }
}

/// Whether `request` is the id of a ticket, a call or a void.
pub(crate) fn is_taken(connection: &Connection, request: RequestId) -> Result<bool> {
    let mut select = connection.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM ticket WHERE request = ?1)
             OR EXISTS (SELECT 1 FROM call WHERE request = ?1)
             OR EXISTS (SELECT 1 FROM spent_request WHERE request = ?1)",
    )?;
    select.query_row([request.into_bytes()], |row| row.get(0))
}
