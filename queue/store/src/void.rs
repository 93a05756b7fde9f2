use std::sync::Arc;

use queue_core::{VoidDecision, void_ticket};
use queue_protocol::board::{BoardEvent, BoardEventKind};
use queue_protocol::model::{RequestId, TicketState, UnixMillis};
use queue_protocol::v1::TicketVoided;
use rusqlite::{Connection, params};

use crate::error::VoidError;
use crate::events::{self, EventRow, Written};
use crate::issue::by_request;
use crate::rows::{TicketRow, state_word};

/// Takes the ticket of a request back, or makes sure it never gets one.
pub(crate) fn void(
    connection: &Connection,
    request: RequestId,
    now: UnixMillis,
) -> Result<(TicketVoided, Option<Written>), VoidError> {
    let known = by_request(connection, request)?;
    match (void_ticket(known.as_ref().map(|row| row.state)), known) {
        (VoidDecision::TakeBack { from }, Some(row)) => {
            let written = take_back(connection, &row, from)?;
            Ok((TicketVoided::Voided, Some(written)))
        }
        (VoidDecision::AlreadyVoid, _) => Ok((TicketVoided::Voided, None)),
        (VoidDecision::SpendRequest | VoidDecision::TakeBack { .. }, _) => {
            spend(connection, request, now)?;
            Ok((TicketVoided::NeverIssued, None))
        }
    }
}

fn take_back(connection: &Connection, row: &TicketRow, from: TicketState) -> rusqlite::Result<Written> {
    let word = state_word(from);
    let mut update = connection.prepare_cached("UPDATE ticket SET state = 'voided' WHERE id = ?1 AND state = ?2")?;
    let changed = update.execute(params![row.id, word])?;
    if changed != 1 {
        return Err(rusqlite::Error::StatementChangedRows(changed));
    }
    let day = row.ticket.day;
    let event_row =
        EventRow { kind: "voided", ticket: row.id, call: None, from_state: Some(word), zone: row.zone.as_str(), day };
    let seq = events::append(connection, &event_row)?;
    let kind = BoardEventKind::TicketVoided { service: row.ticket.service.clone(), number: row.ticket.number, from };
    Ok(Written { zone: row.zone.clone(), event: Arc::new(BoardEvent { seq, day, kind }) })
}

fn spend(connection: &Connection, request: RequestId, now: UnixMillis) -> Result<(), VoidError> {
    let mut is_call = connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM call WHERE request = ?1)")?;
    if is_call.query_row([request.into_bytes()], |row| row.get(0))? {
        return Err(VoidError::RequestSpent(request));
    }
    let mut insert = connection
        .prepare_cached("INSERT INTO spent_request (request, voided_at) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?;
    insert.execute(params![request.into_bytes(), now.0])?;
    Ok(())
}
