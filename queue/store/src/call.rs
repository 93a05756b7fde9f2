use std::sync::Arc;

use queue_core::{Clinic, Room, Waiting, next_to_call, service_day};
use queue_protocol::board::{BoardEvent, BoardEventKind};
use queue_protocol::model::{Call, RequestId, RoomId, ServiceDay, UnixMillis, ZoneId};
use queue_protocol::v1::CallNextReply;
use rusqlite::{Connection, OptionalExtension, params};

use crate::error::CallError;
use crate::events::{self, EventRow, Written};
use crate::rows::{self, CALL_COLUMNS};

/// Calls the next ticket into a room, or gives the call this request has made already.
pub(crate) fn call_next(
    connection: &Connection,
    clinic: &Clinic,
    room: &RoomId,
    request: RequestId,
    now: UnixMillis,
) -> Result<(CallNextReply, Option<Written>), CallError> {
    let room = clinic.room(room).ok_or_else(|| CallError::UnknownRoom(room.clone()))?;
    if let Some(call) = by_request(connection, request)? {
        let same = call.room == room.id;
        return if same { Ok((CallNextReply::Called { call }, None)) } else { Err(CallError::RequestSpent(request)) };
    }
    if events::is_taken(connection, request)? {
        return Err(CallError::RequestSpent(request));
    }
    let day = service_day(now, clinic)?;
    let waiting = first_waiting(connection, room, day)?;
    let Some(next) = next_to_call(room, &waiting) else {
        return Ok((CallNextReply::NobodyWaiting, None));
    };
    take(connection, next.arrival)?;
    let (call, written) = insert(connection, room, request, next.arrival, now)?;
    Ok((CallNextReply::Called { call }, Some(written)))
}

fn by_request(connection: &Connection, request: RequestId) -> rusqlite::Result<Option<Call>> {
    let sql = format!("SELECT {CALL_COLUMNS} FROM call JOIN ticket ON ticket.id = call.ticket WHERE call.request = ?1");
    connection.prepare_cached(&sql)?.query_row([request.into_bytes()], rows::call).optional()
}

/// The first waiting ticket of each service of `room`.
fn first_waiting(connection: &Connection, room: &Room, day: ServiceDay) -> rusqlite::Result<Vec<Waiting>> {
    let mut select = connection
        .prepare_cached("SELECT min(id) FROM ticket WHERE day = ?1 AND service = ?2 AND state = 'waiting'")?;
    let day = day.to_string();
    let mut waiting = Vec::with_capacity(room.services.len());
    for service in &room.services {
        let first: Option<i64> = select.query_row(params![day, service.as_str()], |row| row.get(0))?;
        waiting.extend(first.map(|arrival| Waiting { arrival, service: service.clone() }));
    }
    Ok(waiting)
}

/// Waiting to called, only if it still waits.
fn take(connection: &Connection, ticket: i64) -> rusqlite::Result<()> {
    let mut update =
        connection.prepare_cached("UPDATE ticket SET state = 'called' WHERE id = ?1 AND state = 'waiting'")?;
    match update.execute([ticket])? {
        1 => Ok(()),
        changed => Err(rusqlite::Error::StatementChangedRows(changed)),
    }
}

fn insert(
    connection: &Connection,
    room: &Room,
    request: RequestId,
    ticket: i64,
    now: UnixMillis,
) -> Result<(Call, Written), CallError> {
    let mut insert = connection
        .prepare_cached("INSERT INTO call (request, ticket, room, room_name, called_at) VALUES (?1, ?2, ?3, ?4, ?5)")?;
    let id = insert.insert(params![request.into_bytes(), ticket, room.id.as_str(), room.name, now.0])?;
    let sql = format!(
        "SELECT {CALL_COLUMNS}, ticket.zone, ticket.day FROM call JOIN ticket ON ticket.id = call.ticket
         WHERE call.id = ?1"
    );
    let (call, zone, day) = connection.prepare_cached(&sql)?.query_row([id], |row| {
        Ok((rows::call(row)?, rows::parsed::<ZoneId>(row, "zone")?, rows::parsed::<ServiceDay>(row, "day")?))
    })?;
    let row = EventRow { kind: "called", ticket, call: Some(id), from_state: None, zone: zone.as_str(), day };
    let seq = events::append(connection, &row)?;
    let event = BoardEvent { seq, day, kind: BoardEventKind::TicketCalled { call: call.clone() } };
    Ok((call, Written { zone, event: Arc::new(event) }))
}
