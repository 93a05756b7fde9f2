use std::collections::BTreeSet;

use queue_core::{Clinic, Next, Room, Waiting, next_to_call, service_day};
use queue_protocol::board::BoardEventKind;
use queue_protocol::model::{
    Call, CallMark, RequestId, RoomId, ServiceDay, ServiceId, TicketState, UnixMillis, ZoneId,
};
use queue_protocol::v1::CallNextReply;

use crate::audit::{self, Entry};
use crate::error::CallError;
use crate::events::{self, Subject, Written};
use crate::requests;
use crate::rows::{self, Now, TicketRow, line_word, waiting_columns};
use crate::sql::{Ask, Result as SqlResult, Sql, Value, damaged, one, values};
use crate::{tickets, turns};

/// Who presses the button where.
pub(crate) struct CallAsked<'a> {
    pub(crate) room: &'a RoomId,
    pub(crate) request: RequestId,
    /// Role and name for the audit.
    pub(crate) actor: &'a str,
}

/// Calls the next ticket into a room, or gives the call this request has made already. Whoever the room was busy with
/// is done: it has one call open at a time.
pub(crate) fn call_next(
    sql: &mut dyn Sql,
    clinic: &Clinic,
    asked: &CallAsked<'_>,
    now: UnixMillis,
) -> Result<(CallNextReply, Vec<Written>), CallError> {
    let CallAsked { room, request, actor } = *asked;
    let room = clinic.room(room).ok_or_else(|| CallError::UnknownRoom(room.clone()))?;
    let day = service_day(now, clinic);
    if let Ok(day) = day {
        sql.ahead(&|| questions(clinic, day, room, request))?;
    }
    if let Some(call) = requests::call(sql, request)? {
        let same = call.room == room.id && requests::done(sql, request)?.is_none();
        return if same {
            Ok((CallNextReply::Called { call }, Vec::new()))
        } else {
            Err(CallError::RequestSpent(request))
        };
    }
    if requests::is_taken(sql, request)? {
        return Err(CallError::RequestSpent(request));
    }
    let day = day?;
    let waiting = heads(sql, day, room)?;
    let past = turns::past(sql, day, &room.id, &room.services)?;
    let Some(Next { ticket, turn, .. }) = next_to_call(clinic.rules().priority, &waiting, &past, now) else {
        return Ok((CallNextReply::NobodyWaiting, Vec::new()));
    };
    let ticket = tickets::by_id(sql, ticket.arrival)?.ok_or_else(|| damaged("who waits has no ticket"))?;
    let made = make(sql, room, request, &ticket, now)?;
    turns::set_turn(sql, day, &room.id, turn)?;
    let entry = Entry {
        at: now,
        day,
        actor,
        step: "call_next",
        ticket: Some(ticket.id),
        room: Some(&room.id),
        request,
        detail: &made.ended,
    };
    audit::write(sql, &entry)?;
    Ok((CallNextReply::Called { call: made.call }, vec![made.written]))
}

/// What a call asks in any case.
fn questions(clinic: &Clinic, day: ServiceDay, room: &Room, request: RequestId) -> Vec<Ask> {
    let zones: BTreeSet<&ZoneId> =
        room.services.iter().filter_map(|service| Some(&clinic.service(service)?.zone)).collect();
    let mut asks = vec![requests::ask_call(request), requests::ask_taken(&[request])];
    asks.extend(room.services.iter().map(|service| Ask::new(HEADS, &heads_values(day, room, service))));
    asks.extend(turns::ask_past(day, &room.id, &room.services));
    asks.push(tickets::ask_at_room(day, &room.id));
    asks.extend(zones.into_iter().map(events::ask_newest));
    asks
}

/// A call that was made.
pub(crate) struct Made {
    pub(crate) id: i64,
    pub(crate) call: Call,
    pub(crate) now: Now,
    pub(crate) written: Written,
    /// Which number the room was busy with before, for the audit.
    pub(crate) ended: String,
}

/// Calls one ticket into `room`: compare-and-set, call row, event row.
pub(crate) fn make(
    sql: &mut dyn Sql,
    room: &Room,
    request: RequestId,
    ticket: &TicketRow,
    now: UnixMillis,
) -> SqlResult<Made> {
    let day = ticket.ticket.day;
    let zone = &ticket.now.zone;
    sql.ahead(&|| vec![tickets::ask_at_room(day, &room.id), events::ask_newest(zone)])?;
    let newest = events::newest(sql, zone)?;
    let ended = finish_open(sql, day, &room.id)?;
    let changed = Now { state: TicketState::Called, room: Some(room.id.clone()), ..ticket.now.clone() };
    tickets::change(sql, ticket.id, ticket.now.state, &changed)?;
    turns::count_call(sql, day, &changed.service)?;
    let row = one(
        sql,
        "INSERT INTO call (request, ticket, room, room_name, called_at, line) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         RETURNING id",
        values![request, ticket.id, room.id.as_str(), room.name.as_str(), now, line_word(changed.line)],
    )?;
    let id = row.ok_or_else(|| damaged("the call was not written"))?.int()?;
    let call = Call {
        number: ticket.ticket.number,
        service: changed.service.clone(),
        room: room.id.clone(),
        room_name: room.name.clone(),
        called_at: now,
        mark: CallMark { line: changed.line, recalls: 0, provisional: ticket.ticket.standing.provisional },
    };
    let subject = Subject { ticket: ticket.id, zone: &changed.zone, day, call: Some(id) };
    let written = events::append_after(sql, newest, subject, BoardEventKind::TicketCalled { call: call.clone() })?;
    Ok(Made { id, call, now: changed, written, ended })
}

/// Ends whoever the room is busy with. Displays need no event: the call that follows takes the room.
fn finish_open(sql: &mut dyn Sql, day: ServiceDay, room: &RoomId) -> SqlResult<String> {
    let Some(open) = tickets::at_room(sql, day, room)? else {
        return Ok(String::new());
    };
    let done = Now { state: TicketState::Done, ..open.now.clone() };
    tickets::change(sql, open.id, open.now.state, &done)?;
    Ok(format!("ends {}", open.ticket.number))
}

/// The first of each service and lane that `room` may call.
fn heads(sql: &mut dyn Sql, day: ServiceDay, room: &Room) -> SqlResult<Vec<Waiting>> {
    let mut waiting = Vec::new();
    for service in &room.services {
        waiting.extend(heads_of(sql, day, room, service)?);
    }
    Ok(waiting)
}

macro_rules! head {
    ($lane:literal) => {
        concat!(
            "SELECT * FROM (SELECT ",
            waiting_columns!(),
            " FROM ticket WHERE day = ?1 AND at_service = ?2 AND (room = '' OR room = ?3) AND state = 'waiting' AND lane = '",
            $lane,
            "' ORDER BY due, position, id LIMIT 1) AS ",
            $lane,
            "_head"
        )
    };
}

fn heads_of(sql: &mut dyn Sql, day: ServiceDay, room: &Room, service: &ServiceId) -> SqlResult<Vec<Waiting>> {
    sql.query(HEADS, &heads_values(day, room, service))?.into_iter().map(rows::waiting).collect()
}

const HEADS: &str = concat!(
    head!("emergency"),
    " UNION ALL ",
    head!("back"),
    " UNION ALL ",
    head!("booked"),
    " UNION ALL ",
    head!("priority"),
    " UNION ALL ",
    head!("normal")
);

fn heads_values(day: ServiceDay, room: &Room, service: &ServiceId) -> [Value; 3] {
    [day.to_string().into(), service.as_str().into(), room.id.as_str().into()]
}
