//! Ticket rows: found, changed by compare-and-set.

use queue_protocol::model::{KioskId, RequestId, RoomId, ServiceDay, ServiceId, TicketNumber, TicketState};

use crate::rows::{
    self, Now, TicketRow, claims_text, is_at_room, is_live, lane_cells, line_word, request_cell, room_cell,
    ticket_columns,
};
use crate::sql::{Ask, Result, Sql, Value, one, values};

pub(crate) fn by_id(sql: &mut dyn Sql, id: i64) -> Result<Option<TicketRow>> {
    let text = concat!("SELECT ", ticket_columns!(), " FROM ticket WHERE id = ?1");
    one(sql, text, values![id])?.map(rows::ticket).transpose()
}

/// The ticket of a request.
pub(crate) fn by_request(sql: &mut dyn Sql, request: RequestId) -> Result<Option<TicketRow>> {
    let text = concat!("SELECT ", ticket_columns!(), " FROM ticket WHERE request = ?1");
    one(sql, text, &[request_cell(request)])?.map(rows::ticket).transpose()
}

/// The kiosk that asked for the ticket of a request.
pub(crate) fn kiosk_of(sql: &mut dyn Sql, request: RequestId) -> Result<Option<KioskId>> {
    let text = "SELECT kiosk FROM ticket WHERE request = ?1";
    one(sql, text, &[request_cell(request)])?.map(|mut row| row.parsed()).transpose()
}

pub(crate) fn by_number(sql: &mut dyn Sql, day: ServiceDay, number: TicketNumber) -> Result<Option<TicketRow>> {
    let text = concat!("SELECT ", ticket_columns!(), " FROM ticket WHERE day = ?1 AND series = ?2 AND ordinal = ?3");
    let values = values![day.to_string(), number.series().to_string(), number.ordinal()];
    one(sql, text, values)?.map(rows::ticket).transpose()
}

/// The live ticket of a person for a service.
pub(crate) fn of_person(
    sql: &mut dyn Sql,
    day: ServiceDay,
    service: &ServiceId,
    person: &[u8; 32],
) -> Result<Option<TicketRow>> {
    one(sql, OF_PERSON, &of_person_values(day, service, person))?.map(rows::ticket).transpose()
}

/// What [`of_person`] asks.
pub(crate) fn ask_of_person(day: ServiceDay, service: &ServiceId, person: &[u8; 32]) -> Ask {
    Ask::new(OF_PERSON, &of_person_values(day, service, person))
}

const OF_PERSON: &str = concat!(
    "SELECT ",
    ticket_columns!(),
    " FROM ticket WHERE day = ?1 AND at_service = ?2 AND person = ?3 AND ",
    is_live!("")
);

fn of_person_values(day: ServiceDay, service: &ServiceId, person: &[u8; 32]) -> [Value; 3] {
    [day.to_string().into(), service.as_str().into(), Value::Bytes(person.to_vec())]
}

/// Whether the person of ticket `id` has another live ticket for `service`.
pub(crate) fn person_waits_there(sql: &mut dyn Sql, id: i64, service: &ServiceId) -> Result<bool> {
    let row = one(
        sql,
        concat!(
            "SELECT other.id FROM ticket JOIN ticket AS other ON other.day = ticket.day AND other.person = ticket.person
             WHERE ticket.id = ?1 AND other.id <> ?1 AND other.at_service = ?2 AND other.person IS NOT NULL AND ",
            is_live!("other.")
        ),
        values![id, service.as_str()],
    )?;
    Ok(row.is_some())
}

/// Who `room` is busy with.
pub(crate) fn at_room(sql: &mut dyn Sql, day: ServiceDay, room: &RoomId) -> Result<Option<TicketRow>> {
    one(sql, AT_ROOM, values![day.to_string(), room.as_str()])?.map(rows::ticket).transpose()
}

/// What [`at_room`] asks.
pub(crate) fn ask_at_room(day: ServiceDay, room: &RoomId) -> Ask {
    Ask::new(AT_ROOM, values![day.to_string(), room.as_str()])
}

const AT_ROOM: &str =
    concat!("SELECT ", ticket_columns!(), " FROM ticket WHERE day = ?1 AND room = ?2 AND ", is_at_room!());

/// Writes where a ticket is, only if it still is where it was read: in state `from`.
pub(crate) fn change(sql: &mut dyn Sql, id: i64, from: TicketState, now: &Now) -> Result<()> {
    let (lane, due) = lane_cells(now.lane);
    sql.change(
        "UPDATE ticket SET state = ?1, at_service = ?2, at_zone = ?3, room = ?4, line = ?5, lane = ?6, due = ?7,
             position = ?8, claims = ?9, rejoins = ?10
         WHERE id = ?11 AND state = ?12",
        values![
            now.state.word(),
            now.service.as_str(),
            now.zone.as_str(),
            room_cell(now.room.as_ref()),
            line_word(now.line),
            lane,
            due,
            now.position,
            claims_text(&now.claims),
            now.rejoins,
            id,
            from.word()
        ],
    )
}
