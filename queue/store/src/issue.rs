use queue_core::{
    CheckIn, Clinic, Service, check_in, is_open, issued_at_local, line_of, next_number, place_of_arrival, service_day,
};
use queue_protocol::board::BoardEventKind;
use queue_protocol::model::{
    Arrival, KioskId, Line, RequestId, Series, ServiceDay, ServiceId, Standing, Ticket, TicketState, UnixMillis,
};
use queue_protocol::v1::IssueTicket;

use crate::audit::{self, Entry};
use crate::boards::Working;
use crate::error::IssueError;
use crate::events::{self, Subject, Written};
use crate::requests::{self, Done};
use crate::rows::{TicketRow, claims_text, lane_cells, line_word};
use crate::sql::{Result as SqlResult, Sql, Value, change_one, one, values};
use crate::step::lane_of;
use crate::tickets;

/// The step by which a person was given the number they have already.
const AGAIN: &str = "again";

/// Issues a number, or gives the one that this request, or this person, has already.
pub(crate) fn issue(
    sql: &mut dyn Sql,
    clinic: &Clinic,
    working: &Working,
    asked: &IssueTicket,
    now: UnixMillis,
) -> Result<(Ticket, Vec<Written>), IssueError> {
    if let Some(known) = tickets::by_request(sql, asked.request)? {
        let same = known.ticket.service == asked.service && known.now.state != TicketState::Voided;
        return if same { Ok((known.ticket, Vec::new())) } else { Err(IssueError::RequestSpent(asked.request)) };
    }
    if let Some(ticket) = answered_before(sql, asked)? {
        return Ok((ticket, Vec::new()));
    }
    if requests::is_taken(sql, asked.request)? {
        return Err(IssueError::RequestSpent(asked.request));
    }
    let service = clinic.service(&asked.service).ok_or_else(|| IssueError::UnknownService(asked.service.clone()))?;
    let day = service_day(now, clinic)?;
    if let Some(person) = asked.arrival.person
        && let Some(held) = tickets::of_person(sql, day, &service.id, &person.into_bytes())?
    {
        return Ok((give_again(sql, asked, held)?, Vec::new()));
    }
    let line = admit(sql, clinic, service, day, asked, now)?;
    let (last, arrived_at) = last_of_series(sql, day, service.series)?;
    let ticket = Ticket {
        request: asked.request,
        day,
        number: next_number(service.series, last)?,
        service: service.id.clone(),
        service_name: service.name.clone(),
        place: service.place.clone(),
        ahead: ahead(sql, working, service, day)?,
        issued_at: now,
        issued_at_local: issued_at_local(now, clinic)?,
        standing: Standing { line, ..Standing::default() },
    };
    let arrived_at = arrived_at.map_or(now, |before| before.max(now));
    let written = insert(sql, service, asked, &ticket, arrived_at)?;
    Ok((ticket, vec![written]))
}

/// What this request has answered when its person had a number already.
fn answered_before(sql: &mut dyn Sql, asked: &IssueTicket) -> Result<Option<Ticket>, IssueError> {
    let Some(done) = requests::done(sql, asked.request)? else {
        return Ok(None);
    };
    let same = done.step == AGAIN && done.subject == asked.service.as_str();
    if !same || requests::is_voided(sql, asked.request)? {
        return Err(IssueError::RequestSpent(asked.request));
    }
    let row = tickets::by_id(sql, done.ticket)?.ok_or(IssueError::RequestSpent(asked.request))?;
    Ok(Some(copy_for(asked.request, row.ticket, done.line, done.state)))
}

/// Gives a person the number they have: one live ticket a person and service.
fn give_again(sql: &mut dyn Sql, asked: &IssueTicket, held: TicketRow) -> SqlResult<Ticket> {
    let done = Done {
        request: asked.request,
        step: AGAIN,
        subject: asked.service.as_str(),
        ticket: held.id,
        now: &held.now,
        room: held.now.room.as_ref(),
        call: None,
    };
    requests::remember(sql, &done)?;
    Ok(copy_for(asked.request, held.ticket, held.now.line, held.now.state))
}

/// The ticket as the visit that asked again sees it.
fn copy_for(request: RequestId, ticket: Ticket, line: Line, state: TicketState) -> Ticket {
    Ticket { request, standing: Standing { line, held_before: Some(state), ..ticket.standing }, ..ticket }
}

/// The ticket as its person is told of it, who has it from before.
pub(crate) fn as_held(row: TicketRow) -> Ticket {
    copy_for(row.ticket.request, row.ticket, row.now.line, row.now.state)
}

/// Whether a number may be given out, and the line it stands in.
fn admit(
    sql: &mut dyn Sql,
    clinic: &Clinic,
    service: &Service,
    day: ServiceDay,
    asked: &IssueTicket,
    now: UnixMillis,
) -> Result<Line, IssueError> {
    if !is_open(service, now, clinic)? {
        return Err(IssueError::Closed(service.id.clone()));
    }
    let booking = asked.arrival.booked_for.map(|at| check_in(at, now, clinic.rules().booking));
    if booking == Some(CheckIn::TooEarly) {
        return Err(IssueError::BookingTooEarly(service.id.clone()));
    }
    if let Some(quota) = service.quota
        && issued_today(sql, day, &service.id)? >= quota
    {
        return Err(IssueError::QuotaReached { service: service.id.clone(), quota });
    }
    Ok(line_of(&asked.arrival.groups, booking, clinic.rules().declared))
}

fn issued_today(sql: &mut dyn Sql, day: ServiceDay, service: &ServiceId) -> SqlResult<u32> {
    let row = one(
        sql,
        "SELECT count(*) FROM ticket WHERE day = ?1 AND service = ?2 AND state <> 'voided'",
        values![day.to_string(), service.as_str()],
    )?;
    row.map_or(Ok(0), |mut row| row.number())
}

fn last_of_series(sql: &mut dyn Sql, day: ServiceDay, series: Series) -> SqlResult<(Option<u16>, Option<UnixMillis>)> {
    let row = one(
        sql,
        "SELECT ordinal, arrived_at FROM ticket WHERE day = ?1 AND series = ?2 ORDER BY ordinal DESC LIMIT 1",
        values![day.to_string(), series.to_string()],
    )?;
    match row {
        Some(mut row) => Ok((Some(row.number()?), Some(row.millis()?))),
        None => Ok((None, None)),
    }
}

/// How many wait for `service`. The folded board knows without counting.
fn ahead(sql: &mut dyn Sql, working: &Working, service: &Service, day: ServiceDay) -> SqlResult<u32> {
    if let Some(board) = working.get(&service.zone).and_then(|boards| boards.held(day)) {
        return Ok(board.waiting.get(&service.id).copied().unwrap_or(0));
    }
    let row = one(
        sql,
        "SELECT count(*) FROM ticket WHERE day = ?1 AND at_service = ?2 AND state = 'waiting'",
        values![day.to_string(), service.id.as_str()],
    )?;
    row.map_or(Ok(0), |mut row| row.number())
}

fn insert(
    sql: &mut dyn Sql,
    service: &Service,
    asked: &IssueTicket,
    ticket: &Ticket,
    arrived_at: UnixMillis,
) -> SqlResult<Written> {
    let id = next_arrival(sql, ticket.day)?;
    let (kiosk, arrival) = (&asked.kiosk, &asked.arrival);
    let entered = Entered { id, kiosk, service, arrival, arrived_at, arrival_place: None, kiosk_clock: None };
    let written = enter(sql, &entered, ticket)?;
    let actor = format!("kiosk:{kiosk}");
    let entry = Entry {
        at: ticket.issued_at,
        day: ticket.day,
        actor: &actor,
        step: "issue",
        ticket: Some(id),
        room: None,
        request: ticket.request,
        detail: line_word(ticket.standing.line),
    };
    audit::write(sql, &entry)?;
    Ok(written)
}

/// What is stored with a new ticket besides what its patient gets.
pub(crate) struct Entered<'a> {
    /// From [`next_arrival`].
    pub(crate) id: i64,
    pub(crate) kiosk: &'a KioskId,
    pub(crate) service: &'a Service,
    pub(crate) arrival: &'a Arrival,
    pub(crate) arrived_at: UnixMillis,
    /// Its place in the order of arrival, where that is not the order in which tickets are stored.
    pub(crate) arrival_place: Option<i64>,
    /// What the kiosk's clock showed when it issued the number by itself.
    pub(crate) kiosk_clock: Option<UnixMillis>,
}

/// Stores a new ticket that waits, and its event.
pub(crate) fn enter(sql: &mut dyn Sql, entered: &Entered<'_>, ticket: &Ticket) -> SqlResult<Written> {
    let Entered { id, service, arrival, .. } = *entered;
    let line = ticket.standing.line;
    let (lane, due) = lane_cells(lane_of(line, arrival.booked_for));
    let person = arrival.person.map_or(Value::Null, |person| Value::Bytes(person.into_bytes().to_vec()));
    change_one(
        sql,
        "INSERT INTO ticket (id, request, kiosk, day, series, ordinal, service, service_name, place, zone, ahead,
             issued_at, issued_at_local, issued_line, arrived_at, booked_for, person, state, at_service, at_zone, line,
             lane, due, position, claims, provisional, arrival_place, kiosk_clock, no_identity)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, 'waiting', ?7, ?10, ?14,
             ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25)",
        values![
            id,
            ticket.request,
            entered.kiosk.as_str(),
            ticket.day.to_string(),
            ticket.number.series().to_string(),
            ticket.number.ordinal(),
            ticket.service.as_str(),
            ticket.service_name.as_str(),
            ticket.place.as_str(),
            service.zone.as_str(),
            ticket.ahead,
            ticket.issued_at,
            ticket.issued_at_local.as_str(),
            line_word(line),
            entered.arrived_at,
            arrival.booked_for,
            person,
            lane,
            due,
            entered.arrival_place.unwrap_or_else(|| place_of_arrival(id)),
            claims_text(&arrival.groups),
            i64::from(ticket.standing.provisional),
            entered.arrival_place,
            entered.kiosk_clock,
            i64::from(arrival.no_identity)
        ],
    )?;
    let subject = Subject { ticket: id, zone: &service.zone, day: ticket.day, call: None };
    let kind = BoardEventKind::TicketIssued { service: ticket.service.clone(), number: ticket.number };
    events::append(sql, subject, kind)
}

/// The next place in the order of arrival. The first ticket of a service day wipes the persons of the days before.
pub(crate) fn next_arrival(sql: &mut dyn Sql, day: ServiceDay) -> SqlResult<i64> {
    let Some(mut row) = one(sql, "SELECT id, day FROM ticket ORDER BY id DESC LIMIT 1", &[])? else {
        return Ok(1);
    };
    let (last, last_day): (i64, ServiceDay) = (row.int()?, row.parsed()?);
    if last_day != day {
        let before = day.min(last_day).to_string();
        sql.execute(
            "UPDATE ticket SET person = NULL WHERE person IS NOT NULL AND (day < ?1 OR (day = ?1 AND day <> ?2))",
            values![before, day.to_string()],
        )?;
    }
    Ok(last.saturating_add(1))
}
