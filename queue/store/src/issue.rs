use std::sync::Arc;

use queue_core::{Clinic, Service, is_open, issued_at_local, next_number, service_day};
use queue_protocol::board::{Board, BoardEvent, BoardEventKind};
use queue_protocol::model::{RequestId, Series, ServiceDay, Ticket, TicketState, UnixMillis};
use queue_protocol::v1::IssueTicket;
use rusqlite::{Connection, OptionalExtension, named_params, params};

use crate::boards::Working;
use crate::error::IssueError;
use crate::events::{self, EventRow, Written};
use crate::rows::{self, TICKET_COLUMNS, TicketRow};

/// Issues a number, or gives the one this request has already.
pub(crate) fn issue(
    connection: &Connection,
    clinic: &Clinic,
    working: &Working,
    asked: &IssueTicket,
    now: UnixMillis,
) -> Result<(Ticket, Option<Written>), IssueError> {
    if let Some(known) = by_request(connection, asked.request)? {
        let same = known.ticket.service == asked.service && known.state != TicketState::Voided;
        return if same { Ok((known.ticket, None)) } else { Err(IssueError::RequestSpent(asked.request)) };
    }
    if events::is_taken(connection, asked.request)? {
        return Err(IssueError::RequestSpent(asked.request));
    }
    let service = clinic.service(&asked.service).ok_or_else(|| IssueError::UnknownService(asked.service.clone()))?;
    if !is_open(service, now, clinic)? {
        return Err(IssueError::Closed(service.id.clone()));
    }
    let day = service_day(now, clinic)?;
    let ticket = Ticket {
        request: asked.request,
        day,
        number: next_number(service.series, last_ordinal(connection, day, service.series)?)?,
        service: service.id.clone(),
        service_name: service.name.clone(),
        place: service.place.clone(),
        ahead: ahead(connection, working.get(&service.zone), service, day)?,
        issued_at: now,
        issued_at_local: issued_at_local(now, clinic)?,
    };
    let written = insert(connection, service, asked, &ticket)?;
    Ok((ticket, Some(written)))
}

/// The ticket of a request.
pub(crate) fn by_request(connection: &Connection, request: RequestId) -> rusqlite::Result<Option<TicketRow>> {
    let sql = format!("SELECT {TICKET_COLUMNS} FROM ticket WHERE request = ?1");
    connection.prepare_cached(&sql)?.query_row([request.into_bytes()], rows::ticket).optional()
}

fn last_ordinal(connection: &Connection, day: ServiceDay, series: Series) -> rusqlite::Result<Option<u16>> {
    let mut select = connection.prepare_cached("SELECT max(ordinal) FROM ticket WHERE day = ?1 AND series = ?2")?;
    select.query_row(params![day.to_string(), series.to_string()], |row| row.get(0))
}

/// How many wait for `service`. The folded board knows without counting, unless the clock went back over a day's start.
fn ahead(connection: &Connection, board: Option<&Board>, service: &Service, day: ServiceDay) -> rusqlite::Result<u32> {
    if let Some(board) = board.filter(|board| board.day <= day) {
        let waiting = board.waiting.get(&service.id).copied().unwrap_or(0);
        return Ok(if board.day == day { waiting } else { 0 });
    }
    let mut count = connection
        .prepare_cached("SELECT count(*) FROM ticket WHERE day = ?1 AND service = ?2 AND state = 'waiting'")?;
    count.query_row(params![day.to_string(), service.id.as_str()], |row| row.get(0))
}

fn insert(
    connection: &Connection,
    service: &Service,
    asked: &IssueTicket,
    ticket: &Ticket,
) -> rusqlite::Result<Written> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO ticket (request, kiosk, day, series, ordinal, service, service_name, place, zone, ahead, issued_at,
             issued_at_local, state)
         VALUES (:request, :kiosk, :day, :series, :ordinal, :service, :service_name, :place, :zone, :ahead, :issued_at,
             :issued_at_local, 'waiting')",
    )?;
    let id = insert.insert(named_params! {
        ":request": ticket.request.into_bytes(),
        ":kiosk": asked.kiosk.as_str(),
        ":day": ticket.day.to_string(),
        ":series": ticket.number.series().to_string(),
        ":ordinal": ticket.number.ordinal(),
        ":service": ticket.service.as_str(),
        ":service_name": ticket.service_name,
        ":place": ticket.place,
        ":zone": service.zone.as_str(),
        ":ahead": ticket.ahead,
        ":issued_at": ticket.issued_at.0,
        ":issued_at_local": ticket.issued_at_local,
    })?;
    let row = EventRow {
        kind: "issued",
        ticket: id,
        call: None,
        from_state: None,
        zone: service.zone.as_str(),
        day: ticket.day,
    };
    let seq = events::append(connection, &row)?;
    let kind = BoardEventKind::TicketIssued { service: ticket.service.clone(), number: ticket.number };
    Ok(Written { zone: service.zone.clone(), event: Arc::new(BoardEvent { seq, day: ticket.day, kind }) })
}
